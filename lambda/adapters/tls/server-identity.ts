import { X509Certificate } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ClusterNode, ReadFailure } from '../../core/model/model.ts';
import type { ServingCertificateFacts } from '../../core/model/node-facts.ts';
import { printable } from '../../core/model/text/words.ts';
import type { ServerIdentity } from '../../core/read/tls/handshake-facts.ts';
import { certificateBlocks } from '../pem.ts';
import type { OpenConnection } from './open-connection.ts';

interface HandshakeClaim extends Omit<ServingCertificateOptions, 'at'> {
  readonly certificate: X509Certificate;
  readonly now: Date;
}

/**
 * Which server answered. Its certificate is signed by the cluster's CA itself, is meant for servers, is in time and names the node. That it has the
 * key, the handshake has proven. A kubelet's serving certificate has the subject `CN=system:node:NAME, O=system:nodes` and the node's names and
 * addresses (signer `kubernetes.io/kubelet-serving`).
 */
export function serverIdentity(claimed: HandshakeClaim): ServerIdentity {
  try {
    return identify(claimed);
  } catch {
    // OpenSSL reads much of a certificate only when it is asked for.
    return { is: 'unproven', because: 'its certificate cannot be read', looksLikeKubelet: false };
  }
}

/**
 * Whether a certificate looks like a kubelet's, which proves nothing. It has the subject that the cluster signs, or the one that a kubelet signs for
 * itself (`NODE@SECONDS` by `NODE-ca@SECONDS`). A certificate of `--tls-cert-file` has the node's name or address.
 */
function looksLikeKubelet(certificate: X509Certificate, node: ClusterNode, address: string): boolean {
  const { subject } = certificate;
  const isOwn = isMadeByKubelet(certificate);
  const isNamed =
    certificate.checkIP(address) !== undefined ||
    (node.name !== undefined && certificate.checkHost(node.name, { wildcards: false }) !== undefined);
  return isOwn || isNamed || /^CN=system:node:/m.test(subject);
}

/** A kubelet without `serverTLSBootstrap` makes a CA, signs its certificate with it, and forgets its key. */
const isMadeByKubelet = ({ subject, issuer }: X509Certificate): boolean =>
  /^CN=\S+@\d{9,11}$/m.test(subject) && /^CN=\S+-ca@\d{9,11}$/m.test(issuer);

function identify({ certificate, address, node, caPem, now }: HandshakeClaim): ServerIdentity {
  const unproven = (because: string): ServerIdentity => ({
    is: 'unproven',
    because,
    looksLikeKubelet: looksLikeKubelet(certificate, node, address),
  });

  const authorities = certificatesByPem.memo(caPem ?? '');
  if (authorities.length === 0) return unproven("the cluster's CA is not known here");
  if (!authorities.some((authority) => isSignedBy(certificate, authority)))
    return unproven(`its certificate (${shown(certificate.subject)}) is not signed by the cluster's CA`);
  if (!isForServers(certificate))
    return unproven(`its certificate (${shown(certificate.subject)}) is not one for servers`);
  if (!(now >= certificate.validFromDate && now <= certificate.validToDate))
    return unproven(
      `its certificate is valid from ${certificate.validFromDate.toISOString()} to ${certificate.validToDate.toISOString()}, not now`,
    );

  if (namesNode(certificate, node, address)) return { is: 'this-node' };
  const because = `its certificate is that of ${shown(certificate.subject)}, which does not name this node`;
  return /^CN=system:node:/m.test(certificate.subject) ? { is: 'another-node', because } : unproven(because);
}

/**
 * By the node's name where it is known: its address is a claim, and another node may have it by now. A node known only by AWS's tags has no name
 * here, but an address by AWS's word.
 */
function namesNode(certificate: X509Certificate, { name }: ClusterNode, address: string): boolean {
  if (name === undefined) return certificate.checkIP(address) !== undefined;

  const inSubject = certificate.subject.split('\n').includes(`CN=system:node:${name}`);
  return inSubject || certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined;
}

/** Its extended key usage. */
const isForServers = ({ keyUsage }: X509Certificate): boolean => keyUsage?.includes(serverAuthentication) ?? false;

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Ten thousand nodes of a cluster have the same CA, so the last texts are parsed once. */
const certificatesByPem = new LRUCache<string, readonly X509Certificate[]>({
  max: 2,
  memoMethod: (pem) => certificateBlocks(pem).flatMap((each) => certificateOf(each) ?? []),
});

const serverAuthentication = '1.3.6.1.5.5.7.3.1';

const shown = (name: string): string => printable(name.split('\n').join(', '), 120) || 'no name';

/** What a connection showed of its server's certificate, or that there is none. */
export function certificateShown(
  { answer, certificate, hasNoCertificate }: OpenConnection<unknown>,
  { isOfNode, ...options }: ServingCertificateOptions & { readonly isOfNode: boolean },
): Pick<ReadFailure, 'servingCertificate'> {
  const servingCertificate =
    hasNoCertificate && !answer.ok
      ? ({ state: 'none', at: options.at, because: answer.error, isOfNode } as const)
      : certificate && servingCertificateFacts(certificate, options);
  return { ...(servingCertificate && { servingCertificate }) };
}

interface ServingCertificateOptions {
  /** `port 10250` */
  readonly at: string;
  /** The address that was dialled. */
  readonly address: string;
  readonly node: ClusterNode;
  /** The CAs of the cluster, in PEM: two of them while EKS rotates its CA. */
  readonly caPem: string | undefined;
}

/** What a verifying client would make of a certificate that a server showed. `undefined` when it cannot be read. */
function servingCertificateFacts(
  certificate: X509Certificate,
  { at, address, node, caPem }: ServingCertificateOptions,
): ServingCertificateFacts | undefined {
  try {
    const signedBy = signerOf(certificate, caPem);
    const isConfirmed = node.addressConfirmed === true;
    // The API server dials the address, which is the node's only by AWS's word; a name is the node's own.
    const isNamed =
      namesNode(certificate, node, address) || (isConfirmed && certificate.checkIP(address) !== undefined);
    const isOfAnother = signedBy === 'cluster-ca' && !isNamed;
    return {
      state: 'shown',
      at,
      subject: shown(certificate.subject),
      issuer: shown(certificate.issuer),
      sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      notBefore: certificate.validFromDate.toISOString(),
      notAfter: certificate.validToDate.toISOString(),
      signedBy,
      forServers: isForServers(certificate),
      namesNode: isNamed,
      // OpenSSL ends no handshake without that proof.
      keyProven: true,
      isOfNode: isConfirmed || (!isOfAnother && looksLikeKubelet(certificate, node, address)),
    };
  } catch {
    // OpenSSL reads much of a certificate only when it is asked for.
    return undefined;
  }
}

function signerOf(
  certificate: X509Certificate,
  caPem: string | undefined,
): 'cluster-ca' | 'itself' | 'another' | 'unknown' {
  const authorities = certificatesByPem.memo(caPem ?? '');
  if (authorities.length === 0) return 'unknown';
  if (authorities.some((authority) => isSignedBy(certificate, authority))) return 'cluster-ca';
  return isMadeByKubelet(certificate) || certificate.checkIssued(certificate) ? 'itself' : 'another';
}
