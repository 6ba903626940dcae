import type { X509Certificate } from 'node:crypto';
import type { ClusterNode, ReadFailure } from '../../core/model/model.ts';
import type { ServingCertificateFacts } from '../../core/model/node-facts.ts';
import { printable } from '../../core/model/text/printable.ts';
import type { OpenConnection } from './open-connection.ts';
import {
  certificatesOf,
  isForServers,
  isMadeByKubelet,
  isSignedBy,
  looksLikeKubelet,
  namesNode,
} from './server-identity.ts';

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
  /** The CAs of the cluster, in PEM. */
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
  const authorities = certificatesOf(caPem ?? '');
  if (authorities.length === 0) return 'unknown';
  if (authorities.some((authority) => isSignedBy(certificate, authority))) return 'cluster-ca';
  return isMadeByKubelet(certificate) || certificate.checkIssued(certificate) ? 'itself' : 'another';
}

const shown = (name: string): string => printable(name.split('\n').join(', '), 120) || 'no name';
