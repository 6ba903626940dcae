import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { serverPool } from '../../../lambda/adapters/kubernetes/server-pool.ts';

it('fails the calls that wait for the only connection one after the other, where the server refuses it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');

  const pool = await serverPool(`https://127.0.0.1:${port}`, { connections: 1, tls: {} });
  const call = () =>
    new Promise<Error>((resolve) => {
      let release = (): void => undefined;
      pool.dispatch(
        { path: '/', method: 'GET' },
        {
          isOver: false,
          onRequestStart: () => undefined,
          onResponseStart: () => undefined,
          onResponseData: () => undefined,
          onResponseEnd: () => undefined,
          onConnection: (_, done) => {
            release = done;
          },
          onResponseError: (_, error) => {
            release();
            resolve(error);
          },
        },
      );
    });

  const errors = await Promise.all([call(), call(), call()]);
  expect(errors.map((error) => Object(error).code)).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
  pool.destroy();
});
