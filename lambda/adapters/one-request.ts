import http from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { HttpAnswer } from '../core/read/kubelet/configz/api-status.ts';

interface OneRequestOptions {
  /** That was dialled. */
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An answer that is longer is not heard out. */
  readonly maxBytes: number;
}

/** One GET on a socket that is used for nothing else. No redirect is followed. Rejects with an error that has a code. */
export function oneRequest(
  socket: Socket,
  { address, port, path, headers, maxBytes }: OneRequestOptions,
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const host = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
  http
    .request({ createConnection: () => socket, path, headers: { host, connection: 'close', ...headers } })
    .on('error', reject)
    .once('close', () => reject(closed))
    .once('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response
        .on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > maxBytes) reject(tooLarge);
          else chunks.push(chunk);
        })
        .once('error', reject)
        .once('end', () => {
          const { server, 'content-type': type } = response.headers;
          const { 'x-content-type-options': [options] = [] } = response.headersDistinct;
          resolve({
            status: response.statusCode ?? 0,
            headers: { server: [server].flat()[0], 'content-type': type, 'x-content-type-options': options },
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
    })
    .end();
  return promise;
}

/** Made once: their code says it all, and a stack for each of ten thousand connections takes time. */
export const coded = (code: string): Error => Object.assign(new Error(code), { code });
const closed = coded('CLOSED');
const tooLarge = coded('TOO_LARGE');
