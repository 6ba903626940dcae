import { keyOfFinding, missingMemory, type Remembered } from '../../core/findings/lifecycle/memory.ts';
import { ownFields } from '../../core/findings/own-fields.ts';
import { clusterArnOf } from '../../core/model/cluster-arn.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import { ok, type Result } from '../../core/model/result.ts';
import type { StoredFinding } from '../../core/model/stored-finding.ts';
import type { FindingStore, RunMemory } from '../ports.ts';
import { auditItem, type ItemOptions, type ItemResult } from '../run/audit-item.ts';
import type { RequestPorts } from './ports.ts';

interface ReadAfterRunbookOptions extends Omit<ItemOptions, 'runStartedAt'> {
  readonly place: Place;
  readonly executionId: string;
}

/**
 * When a runbook has ended, well or not, its cluster is audited again, and its findings are updated at once. The next run announces what changed, as
 * it does after an audit from a terminal.
 */
export async function readAfterRunbook(
  ports: RequestPorts,
  { place, executionId, ...options }: ReadAfterRunbookOptions,
): Promise<Result<ItemResult, Problem>> {
  const ended = await ports.runbooks.ended(place, executionId);
  if (!ended.ok) return ended;
  const { cluster, stopped } = ended.value;
  if (stopped) {
    const because = `${stopped.message}; ${stopped.remedy}`;
    ports.log.error('the runbook stopped before it touched a node', { cluster, executionId, because });
  }

  const runStartedAt = ports.clock.now();
  const memory = publishedMemory(ports.findings, runStartedAt);
  return ok(
    await auditItem({ ...ports, memory }, { kind: 'cluster', ...place, cluster }, { ...options, runStartedAt }),
  );
}

/**
 * What cannot be read now stays as it was published. This function has no part in what runs remember: it takes what Security Hub holds as proved,
 * writes no memory and announces nothing. The next run compares all of it with the hub's own memory.
 */
const publishedMemory = (findings: FindingStore, now: Date): RunMemory => ({
  async read(place, cluster) {
    const { arn } = clusterArnOf(place, cluster);
    const proved: Record<string, Remembered> = {};
    for await (const stored of findings.stored(place, arn)) {
      const status = stored.recordState === 'ARCHIVED' ? undefined : provedStatus(stored);
      if (status) proved[keyOfFinding(stored.id, arn)] = { status };
    }
    return { ...missingMemory(now), findings: proved };
  },
  write: async () => undefined,
  async *clusters() {},
  async *everyCluster() {},
});

/** A waived failure is WARNING to Security Hub, and still a failure that was proved. */
function provedStatus({ complianceStatus, productFields }: StoredFinding): Remembered['status'] {
  if (complianceStatus === 'PASSED') return 'pass';
  if (complianceStatus === 'FAILED' || productFields[ownFields.verdict] === 'fail') return 'fail';
  return complianceStatus === 'WARNING' ? 'warn' : undefined;
}
