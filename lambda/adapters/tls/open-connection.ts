import type { X509Certificate } from 'node:crypto';
import http from 'node:http';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { HttpAnswer } from '../../core/read/kubelet/configz/api-status.ts';

/** Made once: their code says it all, and a stack for each of ten thousand connections takes time. */
export const coded = (code: string): Error => Object.assign(new Error(code), { code });
const closed = coded('CLOSED');
const tooLarge = coded('TOO_LARGE');

/** Where a kubelet serves, unless its Node object names another port. */
export const usualKubeletPort = 10250;

/** Opens a TCP connection. The tests' leads to a server on loopback. */
export type Dial = (address: string, port: number) => Socket;

/** A plain TCP connection to an IP address: no name is looked up, no proxy is used. */
export const dialTcp: Dial = (address, port) => connectTcp({ host: address, port });

/** What came of one connection. */
export interface OpenConnection<T> {
  /** What `use` made of it, or why there is nothing, in a sentence. */
  readonly answer: Result<T, string>;
  /** Of TLS: what the server showed, verified or not. The handshake came to its end, so the server has the key. */
  readonly certificate?: X509Certificate;
  /** It asked for a client certificate, in TLS 1.2 or 1.3. */
  readonly asksForCertificate?: true;
  readonly hasNoCertificate?: true;
  readonly timedOut?: true;
  readonly aborted?: true;
}

export interface OpenConnectionOptions {
  readonly address: string;
  readonly port: number;
  /** Absent for a connection without TLS. */
  readonly tls?: SecureContext;
  /** Whether a certificate that verifies is the right server's. The socket is `authorized` only then. */
  readonly isNode?: (certificate: X509Certificate) => boolean;
  /** What a code means to the caller, before what it means here. */
  readonly faultOf?: (code: string) => string | undefined;
  readonly dial: Dial;
  /** Deadline for everything, connecting included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * A connection without any credential, closed after one use. Nothing is shown to the server that it could use, so a certificate that does not verify
 * is taken as it is: the caller judges it.
 */
export async function openConnection<T>(
  { address, port, tls, isNode, dial, timeoutMs, signal, ...caller }: OpenConnectionOptions,
  use: (socket: Socket) => Promise<T>,
): Promise<OpenConnection<T>> {
  const { promise, resolve } = Promise.withResolvers<OpenConnection<T>>();
  let certificate: X509Certificate | undefined;
  let shown: Pick<OpenConnection<T>, 'certificate' | 'asksForCertificate'> = {};
  const fail = (because: string, more: Partial<OpenConnection<T>> = {}) =>
    resolve({ answer: err(`port ${port}: ${because}`), ...shown, ...more });
  const onError = (error: Error) => {
    const code = 'code' in error ? String(error.code) : error.name;
    fail(caller.faultOf?.(code) ?? faultOf(code), code === noCertificateYet ? { hasNoCertificate: true } : {});
  };
  const onAbort = () => fail('it had not answered when the time for it ran out', { aborted: true });
  const timer = setTimeout(
    () => fail(`no whole answer within ${Number((timeoutMs / 1000).toFixed(1))} s`, { timedOut: true }),
    timeoutMs,
  );
  signal.addEventListener('abort', onAbort, { once: true });

  const raw = dial(address, port).on('error', onError);
  const useIt = (socket: Socket) => use(socket).then((value) => resolve({ answer: ok(value), ...shown }), onError);
  const secured: TLSSocket | undefined =
    tls &&
    connect({
      socket: raw,
      secureContext: tls,
      // Node would close before the certificate can be looked at.
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      checkServerIdentity: () => {
        certificate = secured?.getPeerX509Certificate();
        return !isNode || (certificate && isNode(certificate)) ? undefined : notThisNode;
      },
    });
  secured?.on('error', onError).once('secureConnect', () => {
    // Node gives it once.
    certificate ??= secured.getPeerX509Certificate();
    // OpenSSL knows schemes of the server only from its request for a certificate.
    const asks = secured.getSharedSigalgs().length > 0;
    shown = { ...(certificate && { certificate }), ...(asks && { asksForCertificate: true }) };
    void useIt(secured);
  });
  if (!secured) void useIt(raw);
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

const notThisNode = coded('NOT_THIS_NODE');
const noCertificateYet = 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR';

function faultOf(code: string): string {
  const known = connectionFaults[code];
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return `its answer is no HTTP that can be read (${code})`;
  if (!code.startsWith('ERR_SSL_')) return `the connection failed (${code.slice(0, 60)})`;
  const what = code.includes('ALERT')
    ? 'it ended the TLS handshake with an alert'
    : 'what it sent is not TLS, or none that can be read';
  return `${what} (${code.slice(0, 80)})`;
}

/** What it means, by the code of Node's error, that a node's own port gave no answer. */
const connectionFaults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no route to it from here',
  ENETUNREACH: 'there is no route to it from here',
  CLOSED: 'the connection was closed before the answer was whole',
  TOO_LARGE: 'it sent far more than a kubelet answers',
  ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR:
    'it ended the TLS handshake with the alert "internal error": it has no serving certificate yet (its signing request waits for approval)',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks neither TLS 1.2 nor 1.3',
};

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
