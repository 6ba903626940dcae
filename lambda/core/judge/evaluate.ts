import type { Cluster, ClusterNode, KubeletFacts, ReadFailure, Verdict } from '../model/model.ts';
import type { SettingPath, SettingValue } from '../model/settings.ts';
import { originText, viaText } from '../model/text/origin-text.ts';
import { printable } from '../model/text/words.ts';
import { shownByAnonymousRefusal } from '../read/kubelet/anonymous-refusal.ts';
import { newerThanKnown } from '../read/kubelet/known-versions.ts';
import { settingFacts, unknownFact } from '../read/kubelet/setting-facts.ts';
import type { Control, JudgeOptions } from './control.ts';
import { canTell, onMachineOnly } from './controls/catalogue/shows.ts';

export interface KubeletReading {
  readonly facts?: KubeletFacts;
  /** What other sources read of the same kubelet, in order of preference: they decide where `facts` cannot tell. */
  readonly otherFacts?: readonly KubeletFacts[];
  /** What was tried before or failed, in order. */
  readonly failures: readonly ReadFailure[];
  readonly node?: ClusterNode;
}

export type EvaluateOptions = Omit<JudgeOptions, 'node'>;

/**
 * One control, one node: known values decide, and what could not be read is `unknown`. It is `warn` if the kubelet refused the API server and the
 * control's failure shows in just that way. Never `pass` without a value that was seen.
 */
export function evaluate(control: Control, reading: KubeletReading, options: EvaluateOptions = {}): Verdict {
  const { failures, node } = reading;
  const kubeletRefused = failures.some((failure) => failure.kind === 'kubelet-refused');
  const refused = kubeletRefused && control.suspectWhenRefused;

  if (node?.distrust !== undefined)
    return unread(`this node cannot be trusted: ${printable(node.distrust, 300)}`, failures, refused);

  const readings = readingsFor(control, reading);
  const ofAws = kubeletRefused ? undefined : productOf(node);
  const [first, ...others] = readings;
  let reason: string | undefined;

  if (first) {
    const verdict = judgeByAll(control, [first, ...others], { ...options, ...(node && { node }) });
    if (verdict.status === 'pass' && refused) return afterRefusal(verdict, readings, options.cluster);
    if (verdict.status !== 'unknown') return verdict;
    reason = verdict.because;
  }

  // A handshake, or an answer without credentials, says nothing about the other settings: for them this kubelet is as unread as without it.
  const isRead = readings.some(({ via }) => via !== 'tls' && via !== 'wire');
  if (ofAws && !isRead)
    return { status: 'not-applicable', because: `AWS runs this kubelet (${ofAws}), and it could not be read` };
  if (ofAws && onMachineOnly(control))
    return { status: 'not-applicable', because: `AWS runs this kubelet (${ofAws}), and nobody else sees its machine` };
  // Given files need no shell on the machine.
  const isInGivenFiles = canTell('files', control) && [...readings, ...failures].some(({ via }) => via === 'files');
  if (node?.kind === 'windows' && onMachineOnly(control) && !isInGivenFiles)
    return { status: 'not-applicable', because: onWindows };
  return unread(reason, failures, refused);
}

const onWindows = 'only a look at the machine shows it, and what looks is a POSIX shell, which Windows has not';

/**
 * What runs decides before what the files say, in any order of the sources. A kubelet that called the API server `system:anonymous` showed by that
 * answer that it lets anonymous clients in, and that it authorizes them.
 */
function readingsFor(
  { about }: Control,
  { facts, otherFacts = [], failures }: KubeletReading,
): readonly KubeletFacts[] {
  if (about.kind === 'connection') return connectionsOf({ ...(facts && { facts }), otherFacts, failures });
  const read = [...(facts ? [facts] : []), ...otherFacts].toSorted(
    (one, other) => Number(isOfFiles(one)) - Number(isOfFiles(other)),
  );
  const shown = failures.find(({ anonymousIsOn }) => anonymousIsOn);
  if (!shown || about.kind !== 'setting' || !(about.setting in shownByAnonymousRefusal)) return read;

  const running = read.filter((each) => !isOfFiles(each));
  return [...running, factsOfAnswer(shown), ...read.filter(isOfFiles)];
}

/** What a connection showed counts, whether or not the kubelet could be read by it. Other readings say nothing about it. */
function connectionsOf({ facts, otherFacts = [], failures }: KubeletReading): readonly KubeletFacts[] {
  const ofFailures = failures.flatMap(({ via, servingCertificate }) =>
    servingCertificate
      ? [{ via, servingCertificate, settings: settingFacts(() => unknownFact('it was not read')), notes: [] }]
      : [],
  );
  const read = [...(facts ? [facts] : []), ...otherFacts];
  return [...read.filter((each) => each.servingCertificate), ...ofFailures, ...read.slice(0, 1)];
}

const isOfFiles = ({ via }: KubeletFacts): boolean => via === 'ssm' || via === 'files';

const factsOfAnswer = ({ via }: ReadFailure): KubeletFacts => {
  const shown: Readonly<Partial<Record<SettingPath, SettingValue>>> = shownByAnonymousRefusal;
  return {
    via,
    settings: settingFacts((path) =>
      shown[path] === undefined
        ? unknownFact('an answer of the kubelet shows no other setting')
        : { state: 'known', value: shown[path], origin: { from: 'answer' } },
    ),
    notes: [
      'it called the API server system:anonymous and refused it, as only a kubelet does that lets anonymous clients in and authorizes them',
    ],
  };
};

/** The first source that can show it decides. If none can, the first one's reason is given; for what only SSM could have seen, SSM's. */
function judgeByAll(
  control: Control,
  readings: readonly [KubeletFacts, ...KubeletFacts[]],
  options: Omit<JudgeOptions, 'otherFacts'>,
): Verdict {
  const judge = (facts: KubeletFacts) =>
    ofVersion(
      options.node?.kubeletVersion,
      control.judge(facts, { ...options, otherFacts: readings.filter((each) => each !== facts) }),
    );
  const [first] = readings;
  let reason = judge(first);

  for (const other of readings.slice(1)) {
    if (reason.status !== 'unknown') break;
    const verdict = judge(other);
    if (verdict.status !== 'unknown' || (other.via === 'ssm' && onMachineOnly(control))) reason = verdict;
  }
  if (!readings.some(({ via }) => via === 'wire')) return reason;
  const via = 'evidence' in reason ? reason.evidence?.via : undefined;
  const others = readings.filter((each) => (via === 'wire' ? each.via !== 'wire' : each.via === 'wire'));
  return others.reduce((verdict: Verdict, other) => worse(verdict, judge(other)), reason);
}

/** What a client without credentials is answered, against what the configuration says: the worse counts, and both are shown. */
function worse(verdict: Verdict, onTheWire: Verdict): Verdict {
  const statuses = [verdict.status, onTheWire.status].toSorted().join();
  if (statuses !== 'fail,pass' || !('evidence' in verdict && 'evidence' in onTheWire)) return verdict;
  const [failed, passed] = verdict.status === 'fail' ? [verdict, onTheWire] : [onTheWire, verdict];
  if (!failed.evidence || !passed.evidence) return verdict;
  const { setting, value, via, origin } = passed.evidence;
  const note = `contradicted: ${setting} is ${value} by ${viaText[via]} (${originText(origin)})`;
  return { ...failed, evidence: { ...failed.evidence, notes: [...failed.evidence.notes, note] } };
}

/** An auditor asks which kubelet it was: what a setting means depends on its version. */
function ofVersion(kubeletVersion: string | undefined, verdict: Verdict): Verdict {
  if (kubeletVersion === undefined || !('evidence' in verdict) || !verdict.evidence) return verdict;

  const { notes, via } = verdict.evidence;
  // Files say so among their own notes.
  const newer = via === 'ssm' || via === 'files' ? undefined : newerThanKnown(kubeletVersion);
  return {
    ...verdict,
    evidence: { ...verdict.evidence, kubeletVersion, notes: newer === undefined ? notes : [...notes, newer] },
  };
}

/**
 * The readings say that a client CA is set, but the kubelet refused the API server. The running configuration from another source, or a handshake
 * that asks for a client certificate, is proof. Command line and files pass only if they explain the refusal: the CA file holds another CA than the
 * cluster's, which another control fails. Without that, the kubelet may run with something else, and the verdict is open.
 */
function afterRefusal(
  verdict: Extract<Verdict, { readonly status: 'pass' }>,
  readings: readonly KubeletFacts[],
  cluster: Cluster | undefined,
): Verdict {
  const { evidence } = verdict;
  if (evidence.via !== 'ssm' && evidence.via !== 'files')
    return noted(verdict, 'its kubelet refused the API server although it runs with a client CA: not the cluster’s');
  if (holdsAnotherCa(readings, cluster))
    return noted(
      verdict,
      'its kubelet refused the API server, since the client CA file holds another CA than the cluster’s',
    );

  return {
    status: 'warn',
    because:
      'its kubelet refused the API server, and its command line and files, which set a client CA, do not explain that: it may run with others than it would start with now',
    evidence,
  };
}

const noted = (verdict: Extract<Verdict, { readonly status: 'pass' }>, note: string): Verdict => ({
  ...verdict,
  evidence: { ...verdict.evidence, notes: [...verdict.evidence.notes, note] },
});

/** Whether a source saw the certificates of the client CA's file, and EKS names none of them for the cluster. */
function holdsAnotherCa(readings: readonly KubeletFacts[], cluster: Cluster | undefined): boolean {
  const wanted = cluster?.endpoint?.caFingerprints ?? [];
  const bundle = readings.find(({ clientCa }) => clientCa?.state === 'read')?.clientCa;

  return (
    wanted.length > 0 &&
    bundle?.state === 'read' &&
    bundle.certificates.length > 0 &&
    bundle.certificates.every(({ sha256 }) => !wanted.includes(sha256))
  );
}

function productOf(node: ClusterNode | undefined): string | undefined {
  if (node?.kind === 'fargate') return 'Fargate';
  return node?.kind === 'auto-mode' ? 'EKS Auto Mode' : undefined;
}

function unread(reason: string | undefined, failures: readonly ReadFailure[], refused: boolean): Verdict {
  const tried = failures.map(({ via, because }) => `${via}: ${printable(because, 300)}`);
  const because = [...(reason === undefined ? [] : [reason]), ...tried].join('; ') || 'no source was tried';

  return { status: refused ? 'warn' : 'unknown', because: printable(because, 1000) };
}
