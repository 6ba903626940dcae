import type { CaBundleFacts, CaCertificate } from '../../model/node-facts.ts';
import type { JudgeOptions } from '../control.ts';
import { type BundleRuling, certificatesOf, clientCaControl, named } from './shared/client-ca-control.ts';

/**
 * The CA that the kubelet believes is the one that EKS names for the cluster: compared by SHA-256 of the certificates, never by their names.
 * While EKS rotates it (CreateCertificateAuthority, ActivateCertificateAuthority) there are several, and the file must hold them all.
 */
export const clientCaIsClusterCa = clientCaControl({
  slug: 'client-ca-is-cluster-ca',
  must: 'Client CA file of the kubelet must hold the CA of the cluster',
  failure: 'another client CA',
  expected: 'every certificate of the cluster’s CA, as DescribeCluster has them',
  why: (file) =>
    `The holder of the key of a CA in the ${file} can make clients that this kubelet believes, under any name. With another CA than ` +
    'the cluster’s the API server is not among them, so logs and exec fail; while EKS rotates the CA the kubelet needs the old one and the new one.',
  severity: 'HIGH',
  remedy:
    'Fill the file with all of certificateAuthority.data of `aws eks describe-cluster`, decoded from base64; a running kubelet takes it up without a restart.',
  caveats: [
    'Certificates are compared by their SHA-256: two CAs may have the same name, as most clusters’ have.',
    'A further CA in the file is no failure, but it is reported: clients that it signed are trusted, too.',
    'Without DescribeCluster (a kubeconfig, a kubectl proxy) the cluster’s CA is not known, and the verdict is unknown.',
  ],
  rule: compare,
});

function compare(bundle: CaBundleFacts, { cluster }: JudgeOptions): BundleRuling {
  const found = certificatesOf(bundle);
  if ('unclear' in found) return found;

  const wanted = cluster?.endpoint?.caFingerprints ?? [];
  if (wanted.length === 0)
    return { unclear: 'the certificates of the cluster’s own CA are not known: DescribeCluster showed none' };

  const held = new Set(found.certificates.map(({ sha256 }) => sha256));
  const missing = wanted.filter((each) => !held.has(each));
  const own = found.certificates.filter(({ sha256 }) => wanted.includes(sha256));
  const others = found.certificates.filter(({ sha256 }) => !wanted.includes(sha256));

  if (own.length === 0)
    return { holds: false, seen: `another CA: ${listed(others)}`, notes: [`the cluster’s CA is ${short(wanted)}`] };
  if (missing.length > 0)
    return {
      holds: false,
      seen: `does not hold ${wanted.length === 2 ? 'both CAs' : `all ${wanted.length} CAs`}: only ${listed(own)}`,
      notes: [`the cluster’s CA is being rotated, and ${short(missing)} is missing`, ...alsoTrusted(others)],
    };
  return { holds: true, seen: `the cluster’s CA: ${listed(own)}`, notes: alsoTrusted(others) };
}

const alsoTrusted = (others: readonly CaCertificate[]): readonly string[] =>
  others.length === 0 ? [] : [`clients of a further CA are believed too: ${listed(others)}`];

const listed = (certificates: readonly CaCertificate[]): string => certificates.map(named).join(', ');

const short = (fingerprints: readonly string[]): string =>
  `SHA-256 ${fingerprints.map((each) => `${each.slice(0, 16)}…`).join(' and ')}`;
