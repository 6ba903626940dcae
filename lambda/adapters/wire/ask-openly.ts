import type { X509Certificate } from 'node:crypto';
import http from 'node:http';
import { isIP, type Socket } from 'node:net';
import { connect, type SecureContext } from 'node:tls';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { HttpAnswer } from '../../core/read/kubelet/configz/api-status.ts';
import { wirePath } from '../../core/read/wire/wire-facts.ts';
import { connectionFaults } from '../connection-faults.ts';
import type { Dial } from '../tls/read-handshake.ts';

/** What came of one connection. */
export interface OpenAnswer {
  /** Or why there is none, in a sentence. */
  readonly answer: Result<HttpAnswer, string>;
  /** Of TLS: what the server showed, verified or not. */
  readonly certificate?: X509Certificate;
  readonly hasNoCertificate?: true;
  readonly timedOut?: true;
}

interface AskOpenlyOptions {
  readonly address: string;
  readonly port: number;
  /** For TLS: the CAs of the cluster. Plain HTTP without it. */
  readonly trust?: SecureContext;
  readonly dial: Dial;
  /** Deadline for everything, connecting included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What a kubelet answers has two letters, or a sentence. */
const maxBytes = 4 * 1024;

const noCertificateYet = 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR';

/**
 * One `GET /healthz` without any credential, over a connection of its own. No redirect is followed, no name looked up, no proxy used. Nothing is shown
 * to the server that it could use, so a certificate that does not verify is taken as it is: the caller judges it.
 */
export async function askOpenly(options: AskOpenlyOptions): Promise<OpenAnswer> {
  const { address, port, trust, dial, timeoutMs, signal } = options;
  const at = `port ${port}`;
  const { promise, resolve } = Promise.withResolvers<OpenAnswer>();
  let certificate: X509Certificate | undefined;
  const showing = () => ({ ...(certificate && { certificate }) });
  const fail = (because: string, more: Pick<OpenAnswer, 'hasNoCertificate' | 'timedOut'> = {}) =>
    resolve({ answer: err(`${at}: ${because}`), ...showing(), ...more });
  const onError = (error: Error) => {
    const code = 'code' in error ? String(error.code) : error.name;
    if (code === noCertificateYet) fail(waiting, { hasNoCertificate: true });
    else fail(connectionFaults[code] ?? `the connection failed (${code.slice(0, 60)})`);
  };
  const onAbort = () => fail('it had not answered when the time for it ran out');
  const timer = setTimeout(() => fail(`no whole answer within ${timeoutMs / 1000} s`, { timedOut: true }), timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });

  const raw = dial(address, port).on('error', onError);
  const host = isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  const askOn = (socket: Socket) =>
    ask(socket, host)
      .then((answer) => resolve({ answer: ok(answer), ...showing() }))
      .catch(onError);
  const secured =
    trust && connect({ socket: raw, secureContext: trust, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  secured?.on('error', onError).once('secureConnect', () => {
    certificate = secured.getPeerX509Certificate();
    void askOn(secured);
  });
  if (!secured) void askOn(raw);
  if (signal.aborted) onAbort();

  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    // Not in a callback of the handshake: a socket below TLS that is destroyed in it takes the process with it (Node 24).
    setImmediate(() => {
      secured?.destroy();
      raw.destroy();
    });
  }
}

const waiting =
  'it ended the TLS handshake with the alert "internal error": it has no serving certificate yet (its signing request waits for approval)';

function ask(socket: Socket, host: string): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  http
    .request({ createConnection: () => socket, method: 'GET', path: wirePath, headers: { host, connection: 'close' } })
    .on('error', reject)
    .once('close', () => reject(coded('ECONNRESET')))
    .once('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response
        .on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > maxBytes) reject(coded('TOO_LARGE'));
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

const coded = (code: string): Error => Object.assign(new Error(code), { code });
