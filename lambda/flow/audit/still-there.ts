import type { ListedNode } from '../../core/model/listed-node.ts';
import type { Cluster, ClusterNode, KubeletFacts, Problem, ReadFailure } from '../../core/model/model.ts';
import type { Result } from '../../core/model/result.ts';
import { fateOf, instanceIdToAsk } from '../../core/read/inventory/gone.ts';
import type { AuditPorts } from './ports.ts';

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

/**
 * The API server dials the address in the Node object, which can be changed between the list and the reading. So the list is read
 * again: a reading counts if the Node object still says what it said. The next source reads the others.
 */
export async function checkUnchanged(
  { nodeList }: Pick<AuditPorts, 'nodeList'>,
  { cluster, reads, signal, given }: CheckOptions & { readonly given: ReadonlySet<string> },
): Promise<readonly string[]> {
  const isAsked = ({ node, readings }: NodeRead) =>
    given.has(node.key) && readings.some(({ via }) => via === 'configz');
  // A person who stops the audit keeps what was read.
  if (!nodeList || signal.aborted || ![...reads.values()].some(isAsked)) return [];

  const listed = await nodeList.nodes(cluster, signal);
  const now = listed.ok && new Map(listed.value.map((each) => [each.name, each]));
  return [...reads.values()].filter(isAsked).flatMap((read) => {
    const { node, readings, failures } = read;
    const failure = now ? changeOf(node, now.get(node.name ?? '')) : notListedAgain(listed);
    if (!failure) return [];

    reads.set(node.key, {
      node,
      readings: readings.filter(({ via }) => via !== 'configz'),
      failures: [...failures, failure],
    });
    return [node.key];
  });
}

function changeOf({ internalIp, kubeletPort }: ClusterNode, now: ListedNode | undefined): ReadFailure | undefined {
  const via = 'configz';
  if (!now) return { via, kind: 'node-gone', because: 'its Node object was deleted while its kubelet was asked' };
  if (now.internalIp === internalIp && now.kubeletPort === kubeletPort) return undefined;
  const other = 'its Node object named another address or port after its kubelet was asked';
  return { via, kind: 'unreadable', because: `${other}, so another one may have answered` };
}

const notListedAgain = (listed: Result<unknown, Problem>): ReadFailure => ({
  via: 'configz',
  kind: 'unreadable',
  because: 'the nodes could not be listed again, so nothing says that their addresses are still the same',
  ...(!listed.ok && { problem: listed.error }),
});

interface CheckOptions {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  readonly reads: Map<string, NodeRead>;
}

/** A node stays gone only if no machine runs under its id: a Node object can be deleted while its kubelet is asked. The next source asks the others. */
export async function checkGone(
  { instanceLookup }: Pick<AuditPorts, 'instanceLookup'>,
  { cluster, reads, signal }: CheckOptions,
): Promise<void> {
  const gone = [...reads.values()].filter(isGone);
  const ids = gone.flatMap(({ node }) => instanceIdToAsk(node) ?? []);
  const found = ids.length > 0 ? await instanceLookup?.find(cluster, { ids }, signal) : undefined;
  for (const { node: asked } of gone) {
    const fate = fateOf(asked, found);
    // The next source may have read it meanwhile.
    const read = reads.get(asked.key);
    if (fate === 'gone' || !read) continue;

    const node = fate === 'running' ? { ...read.node, unlisted: true as const } : read.node;
    reads.set(node.key, { ...read, node, failures: read.failures.map((each) => notGone(each, fate, found)) });
  }
}

/** What the API server said of a node that isn't gone, or that AWS did not report as gone. */
function notGone(
  failure: ReadFailure,
  fate: 'running' | 'unknown',
  found: Result<unknown, Problem> | undefined,
): ReadFailure {
  if (failure.kind !== 'node-gone') return failure;
  const problem = found && !found.ok ? found.error : undefined;
  const but = problem
    ? ', and AWS did not say whether its machine runs'
    : fate === 'running'
      ? ', but its machine runs'
      : '; it failed before, and nothing proves that a hybrid machine is gone';
  return { via: failure.via, kind: 'unreadable', because: `${failure.because}${but}`, ...(problem && { problem }) };
}
