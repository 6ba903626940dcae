import { emptyMemory } from '../../core/findings/lifecycle/memory.ts';
import type { Place, Problem } from '../../core/model.ts';
import type { RunMemory } from '../../core/ports.ts';
import type { RequestPorts } from '../../core/remediation/ports.ts';
import { ok, type Result } from '../../core/result.ts';
import { auditItem, type ItemOptions, type ItemResult } from '../run/audit-item.ts';

interface ReadAfterRunbookOptions extends Omit<ItemOptions, 'runStartedAt'> {
  readonly place: Place;
  readonly executionId: string;
}

/**
 * A runbook has ended: its cluster is audited again, and its findings say at once what is true now, however it ended. The next run announces what changed,
 * as it does after an audit from a terminal.
 */
export async function readAfterRunbook(
  ports: RequestPorts,
  { place, executionId, ...options }: ReadAfterRunbookOptions,
): Promise<Result<ItemResult, Problem>> {
  const cluster = await ports.runbooks.clusterOf(place, executionId);
  if (!cluster.ok) return cluster;

  const runStartedAt = ports.clock.now();
  const memory = unwritten(runStartedAt);
  return ok(
    await auditItem(
      { ...ports, memory },
      { kind: 'cluster', ...place, cluster: cluster.value },
      { ...options, runStartedAt },
    ),
  );
}

/** What cannot be read just now stays as it was proved, and the count of runs that could not read it is the runs' own. */
const unwritten = (now: Date): RunMemory => ({
  read: async () => emptyMemory(now),
  write: async () => undefined,
});
