import type { KubeletFacts, Via } from '../../model/model.ts';
import type { ServingCertificate, ServingCertificateFacts } from '../../model/node-facts.ts';
import type { Control, JudgeOptions } from '../control.ts';
import { nameOf, titleOf } from './shared/about.ts';
import { evidence } from './shared/evidence.ts';

const about = { kind: 'connection', what: 'shown serving certificate' } as const;
const expected = 'one of the cluster’s CA that names the node and is valid';

/**
 * A client of the kubelet can know that it talks to this node. The benchmark gives this reason for its controls of the serving certificate (CIS Amazon
 * EKS Benchmark 1.2.0, 3.2.11). Their settings say nothing about what is shown.
 */
export const servingCertificate: Control = {
  slug: 'kubelet-serving-certificate',
  about,
  title: titleOf('Kubelet must present a certificate signed by the CA of the cluster', about),
  failure: 'serving certificate can’t be verified',
  rationale:
    'A client that cannot verify the shown serving certificate of a kubelet can be led to another server: connections for logs, exec and metrics can then be intercepted. ' +
    'It can verify one that the cluster’s CA signed for this node.',
  expected,
  severity: 'MEDIUM',
  numbers: {},
  suspectWhenRefused: false,
  remedy:
    'Set serverTLSBootstrap to true, leave tlsCertFile and tlsPrivateKeyFile out, and have the signing requests of signer kubernetes.io/kubelet-serving approved (kubectl get csr).',
  caveats: [
    'It says that a client that verifies can. AWS does not say whether the API server of EKS verifies; ' +
      'public reports show it refusing certificates that it can’t verify (aws/eks-hybrid#413, InftyAI/Nebula#69).',
    'Only direct, tls and wire see it. Without one of them among the sources it is left out.',
    'What answers at an address that AWS does not confirm fails only if its certificate looks like a kubelet’s.',
  ],
  judge: (facts, options = {}) => {
    const seen = facts.servingCertificate;
    if (!seen) return { status: 'unknown', because: notSeen[facts.via] };
    const ruling = seen.state === 'none' ? ruledNone(seen) : ruled(seen, options);
    if ('unclear' in ruling) return { status: 'unknown', because: ruling.unclear };
    const { broken, notes = [] } = ruling;
    return {
      status: broken === undefined ? 'pass' : 'fail',
      evidence: evidence({
        facts,
        setting: nameOf(about),
        fact: { value: valueShown(seen, broken), origin: { from: 'handshake' } },
        expected,
        notes,
      }),
    };
  },
};

type CertificateRuling =
  | { readonly broken: string | undefined; readonly notes?: readonly string[] }
  | { readonly unclear: string };

const ruledNone = ({
  at,
  isOfNode,
  because,
}: Extract<ServingCertificateFacts, { readonly state: 'none' }>): CertificateRuling =>
  isOfNode
    ? { broken: because, notes: [intercepted] }
    : { unclear: `who answered at ${at} is not known to be this node: ${because}` };

function ruled(seen: ServingCertificate, { now }: JudgeOptions): CertificateRuling {
  const { at, signedBy, forServers, namesNode, keyProven, isOfNode } = seen;
  if (signedBy === 'unknown')
    return { unclear: 'the cluster’s CA is not known here, so no certificate can be verified' };
  if (now === undefined) return { unclear: 'the time of the audit is not known' };

  const broken = brokenBy(seen, now);
  if (broken !== undefined && !isOfNode)
    return { unclear: `who answered at ${at} is not known to be this node, and its certificate ${broken}` };
  // A copy of a certificate is shown by anybody: only its key makes it this node's.
  if (broken === undefined && !keyProven)
    return { unclear: `who answered at ${at} did not prove that it holds the key of its certificate` };
  return {
    broken,
    ...(signedBy === 'cluster-ca' && forServers && namesNode ? {} : { notes: [intercepted] }),
  };
}

const intercepted =
  'a client cannot verify that it talks to this node, so a connection to it can be intercepted: the benchmark’s own reason';

function brokenBy(
  { signedBy, forServers, namesNode, notBefore, notAfter }: ServingCertificate,
  now: Date,
): string | undefined {
  if (signedBy === 'itself') return 'is self-signed';
  if (signedBy !== 'cluster-ca') return 'is not signed by the cluster’s CA';
  if (!forServers) return 'is not one for servers';
  if (!namesNode) return 'names another node';
  if (now.getTime() > Date.parse(notAfter)) return `expired on ${notAfter.slice(0, 10)}`;
  if (now.getTime() < Date.parse(notBefore)) return `is valid from ${notBefore.slice(0, 10)} on only`;
  return undefined;
}

/** Dates are the certificate's, and no days that are left: those would change the finding each night. */
function valueShown(seen: ServingCertificateFacts, broken: string | undefined): string {
  if (seen.state === 'none') return `none: ${seen.because}`;
  const { subject, issuer, notAfter, sha256 } = seen;
  const what = `${subject}, by ${issuer}, until ${notAfter.slice(0, 10)} (SHA-256 ${sha256.slice(0, 16)}…)`;
  return broken === undefined ? what : `${broken}: ${what}`;
}

const notSeen: Readonly<Record<Via, string>> = {
  direct: 'the kubelet was not asked on its own port',
  configz: 'the API server connects to the kubelet, and does not show its certificate: direct, tls or wire see it',
  ssm: 'only a connection shows it: direct, tls or wire see it',
  files: 'only a connection shows it: direct, tls or wire see it',
  tls: 'the handshake did not come as far as the certificate',
  wire: 'the connection did not come as far as the certificate',
} satisfies Readonly<Record<KubeletFacts['via'], string>>;
