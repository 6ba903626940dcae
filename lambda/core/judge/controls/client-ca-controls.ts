import type { CaBundleFacts, CaCertificate } from '../../model/node-facts.ts';
import type { SettingPath } from '../../model/settings.ts';
import { howMany, printable } from '../../model/text/words.ts';
import { absolutePath } from '../../read/kubelet/absolute-path.ts';
import type { Control, JudgeOptions } from '../control.ts';
import { clientCaFile } from './client-ca-file.ts';
import { describe, nameOf, titleOf } from './shared/about.ts';
import { evidence, notSeenBy, shown } from './shared/evidence.ts';

const setting = 'authentication.x509.clientCAFile' satisfies SettingPath;
const about = { kind: 'content', setting } as const;

/** What a check makes of the file. `seen` is what a person should know of it, as the evidence's value. */
type BundleRuling =
  | { readonly holds: boolean; readonly seen: string; readonly notes?: readonly string[] }
  | { readonly unclear: string };

interface Definition extends Pick<Control, 'slug' | 'failure' | 'expected' | 'severity' | 'remedy' | 'caveats'> {
  /** What is required, as the title's first half: `Client CA file of the kubelet must hold the CA of the cluster`. */
  readonly must: string;
  /** Why it matters; given how a person names the file. */
  readonly why: (file: string) => string;
  readonly rule: (bundle: CaBundleFacts, options: JudgeOptions) => BundleRuling;
}

/**
 * An own check of the file at the path of the client CA. It has no number in any benchmark and never changes the verdict of the control that has one:
 * by the benchmark's letter a path is enough.
 */
function clientCaControl({ must, why, rule, caveats = [], ...rest }: Definition): Control {
  return {
    ...rest,
    about,
    title: titleOf(must, about),
    rationale: why(describe(about)),
    numbers: {},
    suspectWhenRefused: false,
    caveats: ['Only SSM looks into the file: where configz answers, --complete is needed.', ...caveats],
    judge: (facts, options = {}) => {
      const fact = facts.settings[setting];
      if (fact.state === 'unknown') return unknown(fact.because);
      const running = runningPath(options);
      const pending = running === undefined ? fact.pendingRestart : undefined;
      if (fact.value === undefined || fact.value === '') {
        if (running !== undefined)
          return unknown(`the kubelet runs with ${running}, which its files do not name any more`);
        return pending === undefined
          ? { status: 'not-applicable', because: noneSet }
          : unknown(`which client CA runs is not known: ${pending}`);
      }

      const bundle = facts.clientCa;
      if (bundle === undefined) return unknown(notSeenBy(facts, notSeen));

      const ruling = rule(bundle, options);
      if ('unclear' in ruling) return unknown(ruling.unclear);

      const { holds, seen, notes = [] } = ruling;
      if (holds && pending !== undefined)
        return unknown(
          `which client CA runs is not known: ${pending}; ${printable(bundle.path)} is that of the next start`,
        );
      const origin = { from: 'node', file: printable(bundle.path, 300) } as const;
      return {
        status: holds ? 'pass' : 'fail',
        evidence: evidence({
          facts,
          setting: nameOf(about),
          fact: { value: seen, origin },
          expected: rest.expected,
          notes: [...notes, ...anotherRuns(running, bundle.path)],
        }),
      };
    },
  };
}

const unknown = (because: string) => ({ status: 'unknown', because }) as const;

/** The certificates of the file, or why nothing can be said of them. */
function certificatesOf(
  bundle: CaBundleFacts,
): { readonly certificates: readonly CaCertificate[] } | { readonly unclear: string } {
  const path = printable(bundle.path);

  switch (bundle.state) {
    case 'read':
      return bundle.certificates.length > 0 ? bundle : { unclear: `${path} holds no certificate; ${keptInMemory}` };
    case 'gone':
      return { unclear: `${path} is gone; ${keptInMemory}` };
    case 'unreadable':
      return { unclear: `${path} could not be looked into: ${printable(bundle.because, 300)}` };
  }
}

/** A certificate in the words of a reader: its name, and enough of its fingerprint to find it. */
const named = ({ subject, sha256 }: CaCertificate): string => `${subject} (SHA-256 ${sha256.slice(0, 16)}…)`;

/** The client CA that the kubelet runs with, where another source shows it. */
function runningPath({ otherFacts = [] }: JudgeOptions): string | undefined {
  const facts = otherFacts.map((each) => each.settings[setting]);
  const running = facts.find((fact) => fact.state === 'known' && fact.origin.from === 'running');
  return running?.state === 'known' && running.value ? shown(running.value) : undefined;
}

/** The file that was looked into is the one of the next start. */
const anotherRuns = (running: string | undefined, path: string): readonly string[] =>
  running === undefined || (absolutePath(running, undefined) ?? running) === path
    ? []
    : [`the running kubelet took its client CA from another file, ${running}`];

const noneSet = `no client CA is set, so there is no such file: ${clientCaFile.slug} judges that`;

const keptInMemory = 'the certificates that the kubelet read before are not known';

const notSeen = {
  onlyBySsm: 'what the client CA file holds is seen by SSM only',
  files: 'what the client CA file holds was not saved',
  ssm: 'the probe did not look into the client CA file of this node',
};

/**
 * Path missing, or no certificate in it: a running kubelet keeps the last good bundle and does not start again. Source: measured on kubelet 1.34
 * (over a minute each); kubernetes `cmd/kubelet/app/server.go`.
 */
export const clientCaFilePresent = clientCaControl({
  slug: 'client-ca-file-present',
  must: 'Client CA file of the kubelet must exist and hold a certificate',
  failure: 'client CA file missing or empty',
  expected: 'a file with at least one certificate',
  why: (file) =>
    `The kubelet reads the ${file} when it starts, and does not start without a certificate in it. ` +
    'While it runs it hides the loss: it goes on with what it read before, until a restart or reboot takes the node down.',
  severity: 'MEDIUM',
  remedy: 'Put the CA bundle of the cluster back in its place before anything restarts the kubelet.',
  rule: judgeFile,
});

function judgeFile(bundle: CaBundleFacts): BundleRuling {
  if (bundle.state === 'gone') return { holds: false, seen: 'the file is gone', notes: [willNotRestart] };
  if (bundle.state === 'read' && bundle.certificates.length === 0)
    return { holds: false, seen: 'the file holds no certificate', notes: [willNotRestart] };

  const found = certificatesOf(bundle);
  if ('unclear' in found) return found;

  const { certificates } = found;
  const counted = howMany(certificates.length, 'certificate');
  return { holds: true, seen: `${counted}: ${certificates.map(named).join(', ')}` };
}

const willNotRestart =
  'the kubelet will not survive a restart: it runs on with the certificates that it read before, and does not start without them';

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

const day = 86_400_000;
const noticeDays = 30;

/** Go's verification holds a root to its dates as it does any other certificate. Source: Go `crypto/x509/verify.go`. */
export const clientCaExpiry = clientCaControl({
  slug: 'client-ca-expiry',
  must: `Client CA of the kubelet must stay valid for more than ${noticeDays} days`,
  failure: 'client CA expires soon',
  expected: `certificates that stay valid for more than ${noticeDays} days`,
  why: (file) =>
    `When a CA in the ${file} expires, every client that it signed is turned away from that moment on, the API server included.`,
  severity: 'MEDIUM',
  remedy:
    'Put the successor of the certificate into the file (while EKS rotates the CA: beside the old one), and take out what has expired.',
  rule: judgeDates,
});

function judgeDates(bundle: CaBundleFacts, { now }: JudgeOptions): BundleRuling {
  const found = certificatesOf(bundle);
  if ('unclear' in found) return found;
  if (now === undefined) return { unclear: 'the time of the audit is not known' };

  const ends = found.certificates
    .map((certificate) => ({ certificate, left: Date.parse(certificate.notAfter) - now.getTime() }))
    .toSorted((one, other) => one.left - other.left);
  const undated = ends.find(({ left }) => Number.isNaN(left));
  if (undated) return { unclear: `the end of ${named(undated.certificate)} is no date` };

  const ending = ends.filter(({ left }) => left <= noticeDays * day);
  const [first] = ends;
  if (ending.length === 0)
    return { holds: true, seen: first ? `the first to expire is ${endText(first)}` : 'no certificate' };

  const lasting = ends.length - ending.length;
  const stay = lasting === 1 ? '1 stays' : `${lasting} stay`;
  return {
    holds: false,
    seen: ending.map(endText).join(', '),
    notes: lasting === 0 ? [] : [`of the file’s ${ends.length} certificates ${stay} valid longer`],
  };
}

/** A date and no days that are left: those would change the finding each night. */
const endText = ({ certificate, left }: { readonly certificate: CaCertificate; readonly left: number }): string =>
  `${named(certificate)}, which ${left <= 0 ? 'expired' : 'expires'} on ${certificate.notAfter.slice(0, 10)}`;
