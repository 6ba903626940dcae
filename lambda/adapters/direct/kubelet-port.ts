import type { X509Certificate } from 'node:crypto';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { HttpAnswer } from '../../core/read/kubelet/configz/api-status.ts';
import { connectionFaults } from '../connection-faults.ts';
import { closed, coded, oneRequest } from '../one-request.ts';
import { type Dial, faultOf, noCertificateYet } from '../tls/open-connection.ts';

/** Why there is no whole answer. */
export interface NoKubeletAnswer {
  readonly because: string;
  readonly timedOut?: true;
  readonly aborted?: true;
  /** The certificate that it showed, or that it has none. */
  readonly certificate?: ShownCertificate;
}

/** What the other end showed in a handshake that came to its end. */
export type ShownCertificate = X509Certificate | 'none';

/** An answer, and the certificate that was verified before. */
export interface KubeletAnswer extends HttpAnswer {
  readonly certificate: X509Certificate;
}

interface KubeletRequest {
  /** As AWS confirms it. */
  readonly address: string;
  readonly port: number;
  /** The node's name where it is known: a serving certificate may name either. */
  readonly name: string | undefined;
  /** Trusts the CA of the cluster and no other. One for all kubelets of a cluster: to make one takes longer than a handshake. */
  readonly trust: SecureContext;
  /** `Bearer …` */
  readonly authorization: string;
  readonly dial: Dial;
  /** What a node has for all that it is asked, connecting included, even if the kubelet sends slowly. */
  readonly timeoutMs: number;
  /** When that is over, as `performance.now()` counts. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** A kubelet's configuration is 2.6 to 3.4 KB; one that sends a hundred times as much is not listened to any longer. */
const maxBytes = 256 * 1024;

/**
 * `GET https://ADDRESS:PORT/configz` with a bearer token, over a connection of its own. The token is written only after the handshake has proved
 * that a certificate of the cluster's CA names this node. No redirect is followed, no name looked up, no proxy used.
 */
export async function getConfigz(request: KubeletRequest): Promise<Result<KubeletAnswer, NoKubeletAnswer>> {
  const { signal, until } = request;
  const stop = new AbortController();
  const onAbort = () => stop.abort();
  const timer = setTimeout(onAbort, Math.max(1, until - performance.now()));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) stop.abort();

  try {
    const verified = await handshake(request, stop.signal);
    if (!verified.ok) {
      const { error, certificate } = verified.error;
      return err({ ...whyNot(error, request), ...(certificate && { certificate }) });
    }

    const { socket, certificate } = verified.value;
    const answer = await ask(socket, request, stop.signal);
    socket.destroy();
    return answer.ok ? ok({ ...answer.value, certificate }) : err({ ...whyNot(answer.error, request), certificate });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

interface VerifiedConnection {
  readonly socket: TLSSocket;
  readonly certificate: X509Certificate;
}

interface NotVerified {
  readonly error: unknown;
  readonly certificate?: ShownCertificate;
}

/** A TLS connection whose other end has proved to be this node. */
function handshake(request: KubeletRequest, end: AbortSignal): Promise<Result<VerifiedConnection, NotVerified>> {
  const { address, port, name, trust, dial } = request;
  const { promise, resolve } = Promise.withResolvers<Result<VerifiedConnection, NotVerified>>();
  const raw = dial(address, port);
  let certificate: X509Certificate | undefined;
  const socket: TLSSocket = connect({
    socket: raw,
    secureContext: trust,
    // Node would close before its certificate can be looked at. Below, a connection that is not authorized is closed and never written to.
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    checkServerIdentity: () => {
      certificate = socket.getPeerX509Certificate();
      return certificate && namesNode(certificate, { address, name }) ? undefined : notThisNode;
    },
  });
  const giveUp = (error: unknown, shown?: ShownCertificate) => {
    // First, since destroying emits close, which would be the reason then.
    resolve(err({ error, ...(shown && { certificate: shown }) }));
    raw.destroy();
    socket.destroy();
  };
  const onEnd = () => giveUp(ended);

  end.addEventListener('abort', onEnd, { once: true });
  raw.once('error', (error) => giveUp(error));
  socket
    .on('error', (error) => giveUp(error, 'code' in error && error.code === noCertificateYet ? 'none' : undefined))
    .once('close', () => giveUp(closed))
    .once('secureConnect', () => {
      end.removeEventListener('abort', onEnd);
      // Without the object that Node makes of each of its fields.
      certificate ??= socket.getPeerX509Certificate();
      if (socket.authorized && certificate) resolve(ok({ socket, certificate }));
      // Not in this callback of the handshake: a socket below TLS that is destroyed in it takes the process with it (Node 24).
      else setImmediate(() => giveUp(socket.authorizationError, certificate));
    });
  if (end.aborted) onEnd();
  return promise;
}

function namesNode(certificate: X509Certificate, { address, name }: Pick<KubeletRequest, 'address' | 'name'>): boolean {
  if (certificate.checkIP(address) !== undefined) return true;
  return name !== undefined && certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined;
}

async function ask(
  socket: TLSSocket,
  { address, port, authorization }: KubeletRequest,
  end: AbortSignal,
): Promise<Result<HttpAnswer, unknown>> {
  const stopped = Promise.withResolvers<never>();
  end.addEventListener('abort', () => stopped.reject(ended), { once: true });
  const headers = { accept: 'application/json', authorization };
  const answer = oneRequest(socket, { address, port, path: '/configz', headers, maxBytes });
  return await Promise.race([answer, stopped.promise]).then(ok, err);
}

const ended = coded('ENDED');
const notThisNode = coded('NOT_THIS_NODE');

/** Codes of OpenSSL's verification, such as DEPTH_ZERO_SELF_SIGNED_CERT, UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERT_HAS_EXPIRED, INVALID_PURPOSE. */
const unverified = /CERT|SIGNATURE|INVALID_CA|INVALID_PURPOSE|^UNABLE_TO_|ISSUER|CRL/;

function whyNot(error: unknown, { port, timeoutMs, signal }: KubeletRequest): NoKubeletAnswer {
  // Without the address: what ten thousand nodes have in common is one gap.
  const at = `port ${port}`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);

  if (signal.aborted) return { because: `${at} had not answered when the time for it ran out`, aborted: true };
  if (code === 'ENDED') return { because: `no whole answer from ${at} within ${timeoutMs / 1000} s`, timedOut: true };
  if (code === notThisNode.message)
    return {
      because: `${at}: its serving certificate is signed by the CA of the cluster and names another node: it gets no token`,
    };
  if (connectionFaults[code]) return { because: `${at}: ${connectionFaults[code]}` };
  if (code.startsWith('HPE_')) return { because: `${at}: its answer is no HTTP that can be read (${code})` };
  if (!code.startsWith('ERR_SSL_') && unverified.test(code))
    return {
      because: `${at}: its serving certificate does not verify against the CA of the cluster (${code.slice(0, 60)}): it gets no token`,
    };
  return { because: `${at}: ${faultOf(code)}` };
}
