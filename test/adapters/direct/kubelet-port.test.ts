import { connect } from 'node:net';
import { createSecureContext } from 'node:tls';
import { expect, it } from 'vitest';
import { getConfigz } from '../../../lambda/adapters/direct/direct-source.ts';
import { seconds } from '../../patience.ts';

it('says of a stopped kubelet that its port refused the connection, and names no address', async () => {
  const dialled: string[] = [];
  const answer = await getConfigz({
    address: '10.99.0.1',
    port: 10251,
    name: 'a.internal',
    trust: createSecureContext(),
    authorization: 'Bearer x',
    dial: (address, port) => {
      dialled.push(`${address}:${port}`);
      return connect({ host: '127.0.0.1', port: 1 });
    },
    timeoutMs: seconds(5),
    signal: new AbortController().signal,
  });

  expect(answer).toEqual({
    answer: { ok: false, error: 'port 10251: nothing listens there (connection refused)' },
  });
  expect(dialled).toEqual(['10.99.0.1:10251']);
});
