import type { ClusterNode, KubeletFacts, ReadFailure } from '../../core/model/model.ts';

export interface NodeRead {
  readonly node: ClusterNode;
  /** What each source read, in the order of the sources; at most one, unless every source was asked. */
  readonly readings: readonly KubeletFacts[];
  readonly failures: readonly ReadFailure[];
}

export const unread = (node: ClusterNode): NodeRead => ({ node, readings: [], failures: [] });

export function readingOf({ node, readings, failures }: NodeRead) {
  const [facts, ...otherFacts] = whatRunsFirst(readings);
  return { node, failures, ...(facts && { facts }), ...(otherFacts.length > 0 && { otherFacts }) };
}

export const isGone = ({ readings, failures }: NodeRead): boolean =>
  readings.length === 0 && failures.some((failure) => failure.kind === 'node-gone');

/** What runs decides before what the files say, in any order of the sources. */
const whatRunsFirst = (readings: readonly KubeletFacts[]): readonly KubeletFacts[] =>
  readings.toSorted((one, other) => Number(one.via === 'ssm') - Number(other.via === 'ssm'));
