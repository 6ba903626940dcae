import { ownFields } from '../../core/findings/asff/own-fields.ts';
import { keyOfFinding, missingMemory, type RememberedFinding } from '../../core/findings/lifecycle/memory.ts';
import type { RunbookNodeEnd } from '../../core/fix/remediation/run/runbook.ts';
import { clusterArnOf } from '../../core/model/cluster-arn.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import { ok, type Result } from '../../core/model/result.ts';
import type { StoredFinding } from '../../core/model/stored-finding.ts';
import type { KubeletSource } from '../audit/ports.ts';
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
  const { cluster, nodes, stopped } = ended.value;
  if (stopped) {
    const because = `${stopped.message}; ${stopped.remedy}`;
    ports.log.error('the runbook stopped before it touched a further node', { cluster, executionId, because });
  }

  for (const { instanceId, outcome } of nodes)
    if ('because' in outcome) {
      const fields = { cluster, executionId, instanceId, because: outcome.because };
      if (outcome.state === 'untouched') ports.log.warn('the runbook left a node as it was', fields);
      else ports.log.error(messages[outcome.state], fields);
    }
  await reportUnready(ports, { place, cluster, executionId, nodes, signal: options.signal });

  const runStartedAt = ports.clock.now();
  const memory = publishedMemory(ports.findings, runStartedAt);
  return ok(
    await auditItem(
      { ...ports, memory, kubeletSources: ports.kubeletSources.map(noting(nodes)) },
      { kind: 'cluster', ...place, cluster },
      { ...options, runStartedAt },
    ),
  );
}

const messages = {
  restored: 'a node was put back as it was, and the runbook ended',
  lost: 'a node did not come back as planned, and the runbook ended',
} as const;

/** Reports each node that was changed and is not Ready now: it may have died after it was read again. */
async function reportUnready(
  { readiness, regionalClusters, log }: RequestPorts,
  {
    place,
    cluster: name,
    executionId,
    nodes,
    signal,
  }: Pick<ReadAfterRunbookOptions, 'place' | 'executionId' | 'signal'> & {
    readonly cluster: string;
    readonly nodes: readonly RunbookNodeEnd[];
  },
): Promise<void> {
  const changed = nodes.filter(({ outcome }) => ['done', 'restored', 'lost'].includes(outcome.state));
  if (changed.length === 0) return;
  const described = await regionalClusters.describe(place, name);
  const cluster = described.find((each) => each.ok)?.value;
  const all = cluster && (await readiness.all(cluster, signal));
  if (!all?.ok) {
    const because = all?.error.message ?? 'EKS does not describe it';
    log.warn('whether the changed nodes are Ready is not known', { cluster: name, executionId, because });
    return;
  }

  for (const { instanceId } of changed) {
    // One without a Node object has left, or never joins again: the audit that follows shows which.
    const unready = all.value.find((each) => each.instanceId === instanceId && !each.ready);
    if (unready)
      log.error('a node that the runbook changed is not Ready', {
        cluster: name,
        executionId,
        instanceId,
        because: unready.because ?? 'its condition Ready is not True',
      });
  }
}

/** Says in the finding of a node why the runbook did not fix it. */
const noting =
  (nodes: readonly RunbookNodeEnd[]) =>
  (source: KubeletSource): KubeletSource => ({
    ...source,
    async *read(cluster, listed, signal) {
      for await (const { node, result } of source.read(cluster, listed, signal)) {
        const note = noteOf(nodes.find(({ instanceId }) => instanceId === node.key));
        yield {
          node,
          result: result.ok && note ? ok({ ...result.value, notes: [note, ...result.value.notes] }) : result,
        };
      }
    },
  });

function noteOf(end: RunbookNodeEnd | undefined): string | undefined {
  if (!end || !('because' in end.outcome)) return undefined;
  const { state, because } = end.outcome;
  return `the runbook ${state === 'untouched' ? 'left it as it was' : state === 'restored' ? 'put it back' : 'lost it'}: ${because}`;
}

/**
 * What cannot be read now stays as it was published. This function has no part in what runs remember: it takes what Security Hub holds as proved,
 * writes no memory and announces nothing. The next run compares all of it with the hub's own memory.
 */
const publishedMemory = (findings: FindingStore, now: Date): RunMemory => ({
  async read(place, cluster) {
    const { arn } = clusterArnOf(place, cluster);
    const proved: Record<string, RememberedFinding> = {};
    for await (const stored of findings.stored(place, arn)) {
      const status = stored.recordState === 'ARCHIVED' ? undefined : provedStatus(stored);
      const listed = stored.productFields[ownFields.sweptListed];
      if (status) proved[keyOfFinding(stored.id, arn)] = { status, ...(isTime(listed) && { listed }) };
    }
    return { value: { ...missingMemory(now), findings: proved } };
  },
  write: async () => true,
  async *clusters() {},
  async *everyCluster() {},
});

/** A waived failure is WARNING to Security Hub, and still a failure that was proved. */
function provedStatus({ complianceStatus, productFields }: StoredFinding): RememberedFinding['status'] {
  if (complianceStatus === 'PASSED') return 'pass';
  if (complianceStatus === 'FAILED' || productFields[ownFields.verdict] === 'fail') return 'fail';
  return complianceStatus === 'WARNING' ? 'warn' : undefined;
}

/** What a sweep saw after the runbook's audit listed the nodes is not for that audit to end. */
const isTime = (text: string | undefined): text is string =>
  text !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text);
