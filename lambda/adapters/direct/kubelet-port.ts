import type { X509Certificate } from 'node:crypto';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { HttpAnswer } from '../../core/read/kubelet/configz/api-status.ts';
import { coded, oneRequest } from '../one-request.ts';
import { type Dial, type OpenConnection, openConnection } from '../tls/open-connection.ts';

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
  /** What is left of a node's time, connecting included, even if the kubelet sends slowly. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A kubelet's configuration is 2.6 to 3.4 KB; one that sends a hundred times as much is not listened to any longer. */
const maxBytes = 256 * 1024;

/**
 * `GET https://ADDRESS:PORT/configz` with a bearer token, over a connection of its own. The token is written only after the handshake has proved
 * that a certificate of the cluster's CA names this node. No redirect is followed, no name looked up, no proxy used.
 */
export function getConfigz(request: KubeletRequest): Promise<OpenConnection<HttpAnswer>> {
  const { address, port, authorization, trust: tls } = request;
  const isNode = (certificate: X509Certificate) => namesNode(certificate, request);
  return openConnection({ ...request, tls, isNode, faultOf: refusalOf }, async (socket) => {
    if (!(socket instanceof TLSSocket && socket.authorized))
      throw coded(socket instanceof TLSSocket ? String(socket.authorizationError) : 'CERT_MISSING');
    const headers = { accept: 'application/json', authorization };
    return await oneRequest(socket, { address, port, path: '/configz', headers, maxBytes });
  });
}

function namesNode(certificate: X509Certificate, { address, name }: Pick<KubeletRequest, 'address' | 'name'>): boolean {
  if (certificate.checkIP(address) !== undefined) return true;
  return name !== undefined && certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined;
}

/** Codes of OpenSSL's verification, such as DEPTH_ZERO_SELF_SIGNED_CERT, UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERT_HAS_EXPIRED, INVALID_PURPOSE. */
const unverified = /CERT|SIGNATURE|INVALID_CA|INVALID_PURPOSE|^UNABLE_TO_|ISSUER|CRL/;

const refusalOf = (code: string): string | undefined => {
  if (code.includes('NOT_THIS_NODE'))
    return 'its serving certificate is signed by the CA of the cluster and names another node: it gets no token';
  return !code.startsWith('ERR_SSL_') && unverified.test(code)
    ? `its serving certificate does not verify against the CA of the cluster (${code.slice(0, 60)}): it gets no token`
    : undefined;
};
