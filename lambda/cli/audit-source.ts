import { hasCode } from '../contract/problem-codes.ts';
import type { ClusterAudit, Problem } from '../core/model/model.ts';
import { ok, type Result } from '../core/model/result.ts';
import type { ItemAnswer } from '../core/run/answer.ts';
import { type Coverage, coverageOf } from '../core/run/coverage.ts';
import { totalsOf } from '../core/run/tally.ts';
import { auditClusters } from '../flow/audit/audit-cluster.ts';
import type { Ports } from '../flow/audit/ports.ts';
import { auditItems, type ItemOptions } from '../flow/run/audit-item.ts';
import { type DiscoverRequest, discover } from '../flow/run/discover.ts';
import type { RunPorts } from '../flow/run/ports.ts';
import type { Settings } from '../wiring/settings.ts';

/** The clusters of an audit, each with its result. */
export interface AuditSource {
  readonly results: AsyncIterable<Result<ClusterAudit, Problem>>;
  /** The coverage of a run over accounts, once all results were taken. */
  readonly coverage: () => Coverage | undefined;
}

// Loaded when they are needed: the AWS and Kubernetes clients are slow to load, and the other commands never need them.
export async function openAuditPorts(
  settings: Settings,
  options: Pick<Ports, 'log' | 'progress'> & { readonly sendsNothing?: true },
) {
  const { accessPath } = settings;
  if (accessPath.by === 'aws' && accessPath.accounts.kind !== 'own') {
    const { openRunPorts } = await import('../wiring/open/run.ts');
    return await openRunPorts(settings, options);
  }
  const { openPorts } = await import('../wiring/open/terminal.ts');
  return await openPorts(settings, options);
}

type SourceOptions = ItemOptions & { readonly runId: string };

/** The clusters of many accounts, or those of the caller's own account, of a kubeconfig or of a proxy. */
export async function auditSource(
  ports: RunPorts | Ports,
  { accessPath, names, excludeClusters }: Pick<Settings, 'accessPath' | 'names' | 'excludeClusters'>,
  options: SourceOptions,
): Promise<AuditSource> {
  if (!('accounts' in ports))
    return {
      results: auditClusters(without(ports, excludeClusters), { ...options, names }),
      coverage: () => undefined,
    };
  const regions = accessPath.by === 'aws' ? accessPath.regions : [];
  return await clustersOfAccounts(ports, options, { regions, names, excludeClusters });
}

/** Leaves out the clusters that the settings exclude, each with a warning. */
const without = (ports: Ports, excluded: readonly string[]): Ports => ({
  ...ports,
  clusters: {
    async *clusters(names, found) {
      const left = new Set(excluded);
      for await (const each of ports.clusters.clusters(names, found)) {
        const arn = each.ok && each.value.arn?.arn;
        if (!arn || !excluded.includes(arn)) yield each;
        else if (left.delete(arn)) ports.log.warn(`excludeClusters leaves out ${arn}`);
      }
      if (names.length === 0) for (const arn of left) ports.log.warn(`excludeClusters names ${arn}, which is not here`);
    },
  },
});

/** The steps of the state machine in one process. Throws `OperatorError` when no account can be listed. */
export async function clustersOfAccounts(
  ports: RunPorts,
  options: SourceOptions,
  wanted: Pick<DiscoverRequest, 'regions' | 'names' | 'excludeClusters'>,
): Promise<AuditSource> {
  const { runId, runStartedAt, signal } = options;
  const discovery = await discover(ports, { ...wanted, runId, startedAt: runStartedAt.toISOString(), signal });

  const answers: ItemAnswer[] = [];
  async function* results() {
    for await (const { answer, audit } of auditItems(ports, discovery, options)) {
      answers.push(answer);
      // A cluster that could not be described is a gap of the coverage, which names it.
      if (audit) yield ok(audit);
    }
  }
  return {
    results: results(),
    coverage: () => {
      const coverage = coverageOf(discovery, totalsOf(discovery.items, answers).looked);
      if (!signal.aborted) return coverage;
      // The person who interrupts knows that the rest was not audited, so the number is enough.
      return { ...coverage, gaps: coverage.gaps.filter(({ problem }) => !isUntouched(problem)) };
    },
  };
}

/** Where no cluster is, for a person who may have meant another place. */
export async function noClusterText({ accessPath, excludeClusters }: Settings): Promise<string> {
  const { caller } = await import('../wiring/open/caller.ts');
  if (accessPath.by !== 'aws') return 'no cluster was found';
  const { regions, accounts, homeRegion, profile } = accessPath;
  const who = accounts.kind === 'own' ? await caller(homeRegion, profile) : undefined;
  const account = who?.ok ? `account ${who.value.accountId}` : 'these accounts';
  const excluded = excludeClusters.length > 0 ? ' that is not excluded' : '';
  return `no EKS cluster${excluded} in ${regions.join(', ') || 'any Region'} of ${account}, and nothing was audited; choose other Regions with --region, or other credentials with --profile`;
}

const isUntouched = hasCode('not-audited');
