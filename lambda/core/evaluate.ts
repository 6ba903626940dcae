import type { Control, Surroundings } from './control.ts';
import { printable } from './kubelet/printable.ts';
import type { ClusterNode, KubeletFacts, ReadFailure, Verdict } from './model.ts';

export interface Reading {
  readonly facts?: KubeletFacts;
  /** What was tried before, or in vain, in order. */
  readonly failures: readonly ReadFailure[];
  readonly node?: ClusterNode;
}

/**
 * One control, one node: what is known decides; what could not be read is `unknown`, or `warn` when the kubelet itself refused the API server and
 * the control is one whose failure shows in just that way. Never `pass` without a value that was seen.
 */
export function evaluate(
  control: Control,
  { facts, failures, node }: Reading,
  surroundings: Omit<Surroundings, 'node'> = {},
): Verdict {
  const kubeletRefused = failures.some((failure) => failure.kind === 'kubelet-refused');
  const refused = kubeletRefused && control.suspectWhenRefused;

  if (node?.distrust !== undefined)
    return unread(`this node cannot be trusted: ${printable(node.distrust, 300)}`, failures, refused);

  if (facts !== undefined) {
    const verdict = control.judge(facts, { ...surroundings, ...(node && { node }) });
    return verdict.status === 'unknown' ? unread(verdict.because, failures, refused) : verdict;
  }

  const ofAws = node?.kind === 'fargate' || node?.kind === 'auto-mode';
  if (ofAws && !kubeletRefused) {
    const product = node.kind === 'fargate' ? 'Fargate' : 'EKS Auto Mode';
    return { status: 'not-applicable', because: `AWS runs this kubelet (${product}), and it could not be read` };
  }
  return unread(undefined, failures, refused);
}

function unread(reason: string | undefined, failures: readonly ReadFailure[], refused: boolean): Verdict {
  const tried = failures.map(({ via, because }) => `${via}: ${printable(because, 300)}`);
  const because = [...(reason === undefined ? [] : [reason]), ...tried].join('; ') || 'no source was tried';

  return { status: refused ? 'warn' : 'unknown', because: printable(because, 1000) };
}
