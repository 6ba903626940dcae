import type { ClusterNode, Problem } from '../../model/model.ts';
import type { Result } from '../../model/result.ts';

/** Of the ids that EC2 was asked about, those of instances that are pending or running; or why EC2 did not say. */
export type RunningAnswer = Result<ReadonlySet<string>, Problem>;

/** The id by which EC2 would know the node's machine: the one that AWS confirmed, or the one that its Node object claims. */
export function instanceIdToAsk({ key, machine }: Pick<ClusterNode, 'key' | 'machine'>): string | undefined {
  const id = machine.status === 'confirmed' ? machine.instanceId : key;
  return /^i-[0-9a-f]+$/.test(id) ? id : undefined;
}

/**
 * What became of a node that the API server no longer knows. Anyone who may delete Node objects can cause that answer, so it proves nothing about a machine:
 * - `gone`: EC2 shows no pending or running instance with its id, it never was an instance, or AWS isn't part of this audit
 * - `running`: its machine runs without a Node object
 * - `unknown`: EC2 did not say
 */
export function fateOf(
  node: Pick<ClusterNode, 'key' | 'machine'>,
  running: RunningAnswer | undefined,
): 'gone' | 'running' | 'unknown' {
  const id = instanceIdToAsk(node);
  if (id === undefined || running === undefined) return 'gone';
  if (!running.ok) return 'unknown';
  return running.value.has(id) ? 'running' : 'gone';
}
