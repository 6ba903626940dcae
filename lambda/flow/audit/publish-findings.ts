import { controls as catalogue } from '../../core/controls/index.ts';
import { namedCluster } from '../../core/findings/findings-of.ts';
import { emptyMemory, type Memory, parseMemory } from '../../core/findings/lifecycle/memory.ts';
import { saysSomething } from '../../core/findings/lifecycle/published.ts';
import { reconcile, rememberUnsent } from '../../core/findings/lifecycle/reconcile.ts';
import type { ClusterArn, ClusterAudit, Problem } from '../../core/model.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Ports, StoredFinding } from '../../core/ports.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { AuditOptions } from './audit-options.ts';
import { writeChanges } from './write-changes.ts';
import { writeMemory } from './write-memory.ts';

type Slice = Pick<Ports, 'clock' | 'findings' | 'memory'>;

/**
 * Makes Security Hub say of the cluster what the audit found: what it holds, what is held back, the difference, and the account of it. Waivers are in the audit
 * already. Security Hub switched off or unreadable is a problem of the audit, whose verdicts are kept.
 */
export async function publishFindings(ports: Slice, audit: ClusterAudit, options: AuditOptions): Promise<ClusterAudit> {
  const { arn } = namedCluster(audit.cluster);
  const startedAt = options.runStartedAt ?? ports.clock.now();

  const stored = await readStored(ports, arn);
  const memory = await readMemory(ports, arn, startedAt);
  if (!stored.ok) {
    const value = memory && rememberUnsent(audit, { ...options, memory });
    const forgotten = value ? await writeMemory(ports.memory, { place: arn, cluster: arn.name, value }) : [];
    return { ...audit, problems: [...audit.problems, stored.error, ...forgotten] };
  }

  const { changes, isNews, remember } = reconcile(audit, {
    ...options,
    catalogue,
    waivers: options.waivers ?? [],
    run: { id: options.runId ?? startedAt.toISOString(), startedAt },
    stored: stored.value,
    ...(memory && { memory }),
  });
  const { published, problem } = await writeChanges(ports, { place: arn, changes, isNews });

  const failed = new Set([...published.rejected, ...published.notSent].map(({ id }) => id));
  const forgotten = await writeMemory(ports.memory, { place: arn, cluster: arn.name, value: remember(failed) });

  const problems = [...audit.problems, ...(problem ? [problem] : []), ...forgotten];
  return { ...audit, ...((!problem || saysSomething(published)) && { published }), problems };
}

/** Nobody can tell a change from a repetition without what is stored, nor keep dates and analysts' work: then nothing is sent, and the next run sends it. */
async function readStored(
  { findings }: Pick<Ports, 'findings'>,
  arn: ClusterArn,
): Promise<Result<ReadonlyMap<string, StoredFinding>, Problem>> {
  try {
    const stored = new Map<string, StoredFinding>();
    for await (const each of findings.stored(arn, arn.arn)) stored.set(each.id, each);
    return ok(stored);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return err({
      code: error.code,
      message: error.message,
      remedy:
        'nothing was sent, since without what Security Hub holds its dates would be lost; the next run that can read it sends what has changed',
    });
  }
}

async function readMemory(
  { memory }: Pick<Ports, 'memory'>,
  arn: ClusterArn,
  startedAt: Date,
): Promise<Memory | undefined> {
  if (!memory) return undefined;

  return parseMemory(await memory.read(arn, arn.name)) ?? emptyMemory(startedAt);
}
