import type { Control, Surroundings } from './control.ts';
import type { ClusterNode, KubeletFacts, ReadFailure, Verdict } from './model.ts';
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
  const { facts, failures, node, otherFacts = [] } = reading;
  const kubeletRefused = failures.some((failure) => failure.kind === 'kubelet-refused');
  const refused = kubeletRefused && control.suspectWhenRefused;

  if (node?.distrust !== undefined)
    return unread(`this node cannot be trusted: ${printable(node.distrust, 300)}`, failures, refused);

  const ofAws = kubeletRefused ? undefined : productOf(node);
  if (facts !== undefined) {
    const verdict = judgeByAll(control, [facts, ...otherFacts], { ...surroundings, ...(node && { node }) });
    if (verdict.status !== 'unknown') return verdict;
    if (ofAws && seenOnTheNodeOnly(control))
      return {
        status: 'not-applicable',
        because: `AWS runs this kubelet (${ofAws}), and nobody else sees its machine`,
      };
    // A handshake says nothing about the other settings: for them this kubelet is as unread as without it.
    if (!ofAws || [facts, ...otherFacts].some((each) => each.via !== 'tls'))
      return unread(verdict.because, failures, refused);
  }

  if (ofAws) return { status: 'not-applicable', because: `AWS runs this kubelet (${ofAws}), and it could not be read` };
  return unread(undefined, failures, refused);
}

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
    if (verdict.status !== 'unknown' || (other.via === 'ssm' && seenOnTheNodeOnly(control))) reason = verdict;
  }
  return reason;
}

/** An auditor asks which kubelet it was: what a setting means depends on its version. */
function ofVersion(kubeletVersion: string | undefined, verdict: Verdict): Verdict {
  if (kubeletVersion === undefined || !('evidence' in verdict) || !verdict.evidence) return verdict;
  return { ...verdict, evidence: { ...verdict.evidence, kubeletVersion } };
}

/** Modes, owners, flags and contents of files: nothing but a program on the machine can tell, and AWS lets none in where it runs the kubelet. */
const seenOnTheNodeOnly = ({ about }: Control): boolean => about.kind !== 'setting';

function productOf(node: ClusterNode | undefined): string | undefined {
  if (node?.kind === 'fargate') return 'Fargate';
  return node?.kind === 'auto-mode' ? 'EKS Auto Mode' : undefined;
}

function unread(reason: string | undefined, failures: readonly ReadFailure[], refused: boolean): Verdict {
  const tried = failures.map(({ via, because }) => `${via}: ${printable(because, 300)}`);
  const because = [...(reason === undefined ? [] : [reason]), ...tried].join('; ') || 'no source was tried';

  return { status: refused ? 'warn' : 'unknown', because: printable(because, 1000) };
}
