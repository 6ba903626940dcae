import type { Control, Surroundings } from './control.ts';
import { onMachineOnly } from './controls/catalogue/shows.ts';
import { settingFacts, unknownFact } from './kubelet/setting-facts.ts';
import type { SettingPath } from './kubelet/settings.ts';
import type { Cluster, ClusterNode, KubeletFacts, ReadFailure, Verdict } from './model.ts';
import { printable } from './text/printable.ts';

export interface Reading {
  readonly facts?: KubeletFacts;
  /** What other sources read of the same kubelet, in order of preference: they decide where `facts` cannot tell. */
  readonly otherFacts?: readonly KubeletFacts[];
  /** What was tried before, or in vain, in order. */
  readonly failures: readonly ReadFailure[];
  readonly node?: ClusterNode;
}

/**
 * One control, one node: what is known decides; what could not be read is `unknown`, or `warn` when the kubelet itself refused the API server and
 * the control is one whose failure shows in just that way. Never `pass` without a value that was seen.
 */
export function evaluate(control: Control, reading: Reading, surroundings: Omit<Surroundings, 'node'> = {}): Verdict {
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
    const verdict = judgeByAll(control, [first, ...others], { ...surroundings, ...(node && { node }) });
    if (verdict.status === 'pass' && refused) return afterRefusal(verdict, readings, surroundings.cluster);
    if (verdict.status !== 'unknown') return verdict;
    reason = verdict.because;
  }

  // A handshake says nothing about the other settings: for them this kubelet is as unread as without it.
  const isRead = readings.some(({ via }) => via !== 'tls');
  if (ofAws && !isRead)
    return { status: 'not-applicable', because: `AWS runs this kubelet (${ofAws}), and it could not be read` };
  if (ofAws && onMachineOnly(control))
    return { status: 'not-applicable', because: `AWS runs this kubelet (${ofAws}), and nobody else sees its machine` };
  const isOfGivenFiles = [...readings, ...failures].some(({ via }) => via === 'files');
  if (node?.kind === 'windows' && onMachineOnly(control) && !isOfGivenFiles)
    return { status: 'not-applicable', because: onWindows };
  return unread(reason, failures, refused);
}

const onWindows = 'only a look at the machine shows it, and what looks is a POSIX shell, which Windows has not';

/**
 * What runs decides before what the files say, whatever the order of the sources. A kubelet that called the API server `system:anonymous` showed by that
 * one answer that it lets anonymous clients in, and nothing else.
 */
function readingsFor({ about }: Control, { facts, otherFacts = [], failures }: Reading): readonly KubeletFacts[] {
  const read = [...(facts ? [facts] : []), ...otherFacts].toSorted(
    (one, other) => Number(isOfFiles(one)) - Number(isOfFiles(other)),
  );
  const shown = failures.find(({ anonymousIsOn }) => anonymousIsOn);
  if (!shown || about.kind !== 'setting' || about.setting !== anonymousSetting) return read;

  const running = read.filter((each) => !isOfFiles(each));
  return [...running, factsOfAnswer(shown), ...read.filter(isOfFiles)];
}

const isOfFiles = ({ via }: KubeletFacts): boolean => via === 'ssm' || via === 'files';

const anonymousSetting = 'authentication.anonymous.enabled' satisfies SettingPath;

const factsOfAnswer = ({ via }: ReadFailure): KubeletFacts => ({
  via,
  settings: settingFacts((path) =>
    path === anonymousSetting
      ? { state: 'known', value: true, origin: { from: 'answer' } }
      : unknownFact('an answer of the kubelet shows no other setting'),
  ),
  notes: ['it called the API server system:anonymous, as only a kubelet that lets anonymous clients in does'],
});

/** The first source that can tell decides. Where none can, the first one's reason stands; of what only SSM could have seen, SSM's. */
function judgeByAll(
  control: Control,
  readings: readonly [KubeletFacts, ...KubeletFacts[]],
  surroundings: Omit<Surroundings, 'otherFacts'>,
): Verdict {
  const judge = (facts: KubeletFacts) =>
    ofVersion(
      surroundings.node?.kubeletVersion,
      control.judge(facts, { ...surroundings, otherFacts: readings.filter((each) => each !== facts) }),
    );
  let reason = judge(readings[0]);

  for (const other of readings.slice(1)) {
    if (reason.status !== 'unknown') break;
    const verdict = judge(other);
    if (verdict.status !== 'unknown' || (other.via === 'ssm' && onMachineOnly(control))) reason = verdict;
  }
  return reason;
}

/** An auditor asks which kubelet it was: what a setting means depends on its version. */
function ofVersion(kubeletVersion: string | undefined, verdict: Verdict): Verdict {
  if (kubeletVersion === undefined || !('evidence' in verdict) || !verdict.evidence) return verdict;
  return { ...verdict, evidence: { ...verdict.evidence, kubeletVersion } };
}

/**
 * A client CA is set, by what was read, and the kubelet refused the API server all the same. What runs is proof (a running configuration that another
 * source read, a handshake that asks for a client certificate). By command line and files it is a pass only where they explain the refusal: the CA file
 * holds another CA than the cluster's, which is the failure of a control of its own. Else what runs may be otherwise, and nobody knows.
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

/** Whether a source saw the certificates of the client CA's file, and none of them is one that EKS names for the cluster. */
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
