import type { ClusterNode, Instance, Problem } from '../../model/model.ts';
import type { Result } from '../../model/result.ts';

/** What AWS said of the ids that it was asked about, in any state; or why it did not say. */
type LookupAnswer = Result<readonly Pick<Instance, 'id' | 'state'>[], Problem>;

/** Whether a machine has to be accounted for. One that stops or has stopped is gone until it starts again. */
export const isAlive = ({ state }: Pick<Instance, 'state'>): boolean => state === 'pending' || state === 'running';

/** Whether nothing can start the machine again. One that shuts down still counts in this run. */
export const hasEnded = ({ state }: Pick<Instance, 'state'>): boolean => state === 'terminated';

/** The id by which EC2, or for `mi-…` SSM, would know the node's machine: the one that AWS confirmed, or the one that its Node object claims. */
export function instanceIdToAsk({ key, machine }: Pick<ClusterNode, 'key' | 'machine'>): string | undefined {
  const id = machine.status === 'confirmed' ? machine.instanceId : key;
  return /^m?i-[0-9a-f]+$/.test(id) ? id : undefined;
}

/**
 * What became of a node that the API server no longer knows. Anyone who may delete Node objects can cause that answer, so it proves nothing about a machine:
 * - `gone`: EC2 shows no pending or running instance with its id, it never was an instance, or AWS isn't part of this audit. One that failed before is
 *   gone only when it is terminated or EC2 doesn't know its id. A hybrid one is never gone: SSM forgets a machine that runs on.
 * - `running`: its machine runs without a Node object
 * - `unknown`: AWS did not say
 */
export function fateOf(
  node: Pick<ClusterNode, 'key' | 'machine' | 'failedBefore'>,
  answer: LookupAnswer | undefined,
): 'gone' | 'running' | 'unknown' {
  const id = instanceIdToAsk(node);
  const isHybrid = id === undefined || id.startsWith('mi-');
  if (id === undefined || answer === undefined) return node.failedBefore && isHybrid ? 'unknown' : 'gone';
  if (!answer.ok) return 'unknown';
  const counts = (each: Pick<Instance, 'state'>) => (node.failedBefore ? !hasEnded(each) : isAlive(each));
  if (answer.value.some((each) => each.id === id && counts(each))) return 'running';
  return node.failedBefore && isHybrid ? 'unknown' : 'gone';
}
