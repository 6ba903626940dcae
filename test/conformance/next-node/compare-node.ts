import { isDeepStrictEqual } from 'node:util';
import { nextNode } from '../../../lambda/core/next-node/read/next-node.ts';
import { nodeadmAnswer } from '../../../lambda/core/next-node/read/nodeadm/nodeadm-answer.ts';
import { isTreeMap, type Tree } from '../../../lambda/core/read/kubelet/documents/tree.ts';
import type { RecordedNode } from './recorded-node.ts';

/** What this program makes of one node's user data, beside nodeadm's answer. */
export interface NodeComparison {
  readonly id: string;
  /** Whether nodeadm reads a NodeConfig in it. */
  readonly isRead: boolean;
  readonly outcome: 'right' | 'gave up' | 'wrong' | 'joins wrong';
  readonly because?: string;
}

export function compareNode({ id, userData, nodeadm }: RecordedNode): NodeComparison {
  const bytes = new Uint8Array(Buffer.from(userData, 'base64'));
  const pieces = [{ from: 'user-data', bytes }] as const;
  const answer = nodeadmAnswer(pieces);
  const isRead = 'dropin' in nodeadm;
  const told = (outcome: NodeComparison['outcome'], because?: string): NodeComparison => ({
    id,
    isRead,
    outcome,
    ...(because !== undefined && { because }),
  });

  if (!answer.ok && answer.error.kind === 'not-read') return told('gave up', answer.error.because);
  const readsOne = answer.ok && answer.value.layers.length > 0;
  if (readsOne !== isRead) return told('joins wrong', answer.ok ? 'reads it' : answer.error.because);

  // Whatever comes of the kubelet's own start and of scripts beside it, the node's fate may not contradict nodeadm.
  const { joins } = nextNode({ kind: 'al2023', kubeletMinor: 34, ami: 'standard', cluster: 'whole', pieces });
  if (!isRead && (joins.status === 'yes' || joins.status === 'no-cluster')) return told('joins wrong', joins.status);
  if (isRead && joins.status === 'no' && joins.because.startsWith('nodeadm cannot read'))
    return told('joins wrong', joins.because);
  if (!isRead || !answer.ok) return told('right');

  const dropIn = answer.value.dropIn === undefined ? null : plain(answer.value.dropIn);
  if (!isDeepStrictEqual(dropIn, nodeadm.dropin)) return told('wrong', `drop-in ${JSON.stringify(dropIn)}`);
  return isDeepStrictEqual(answer.value.flags, nodeadm.flags ?? [])
    ? told('right')
    : told('wrong', `flags ${JSON.stringify(answer.value.flags)}`);
}

function plain(tree: Tree): unknown {
  if (Array.isArray(tree)) return tree.map((item) => plain(item));
  return isTreeMap(tree) ? Object.fromEntries([...tree].map(([key, value]) => [key, plain(value)])) : tree;
}

/** The last line of `npm run conformance:next-node`. */
export function nodeSummary(all: readonly NodeComparison[]): string {
  const count = (outcome: NodeComparison['outcome']): number => all.filter((each) => each.outcome === outcome).length;
  return (
    `cases ${all.length}: right ${count('right')}, gave up ${count('gave up')} (${share(count('gave up'), all.length)} %), ` +
    `wrong ${count('wrong')}, joins wrong ${count('joins wrong')}`
  );
}

/** How much of what nodeadm reads this program does not. */
export function readSummary(all: readonly NodeComparison[]): string {
  const read = all.filter(({ isRead }) => isRead);
  const givenUp = read.filter(({ outcome }) => outcome === 'gave up').length;
  return `of ${read.length} that nodeadm reads: gave up ${givenUp} (${share(givenUp, read.length)} %)`;
}

const share = (part: number, whole: number): string => ((100 * part) / Math.max(whole, 1)).toFixed(1);
