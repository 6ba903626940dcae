import pMap, { pMapIterable } from 'p-map';
import type { ClusterGranted, GrantPlan, OrganizationGrant } from '../../core/fix/grant/grant-plan.ts';
import type { Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { byText } from '../../core/model/text/words.ts';
import type { Gap } from '../../core/run/discovery.ts';
import { type ClusterItem, itemName } from '../../core/run/item.ts';
import { problemOf } from '../problem-of.ts';
import { discover } from '../run/discover.ts';
import { applyGrant, type GrantOptions, planFor } from './grant.ts';
import type { OrganizationGrantPorts } from './ports.ts';

/** Clusters that are looked at, and then changed, at once; each asks EKS and its own API server. */
const clustersAtOnce = 8;

/**
 * One plan for every cluster of every account. Changes nothing. An account, a Region or a cluster that cannot be looked at is a gap, and stops no other.
 * @param options without regions, every enabled Region of each account
 * @throws OperatorError when no account can be listed; the signal's reason when it aborts
 */
export async function planOrganization(
  ports: OrganizationGrantPorts,
  { regions, ...options }: GrantOptions & { readonly regions: readonly string[] },
): Promise<OrganizationGrant> {
  const { signal } = options;
  const startedAt = ports.clock.now().toISOString();
  const found = await discover(ports, { runId: 'grant', startedAt, regions, names: [], signal });

  const clusters = found.items.filter((item): item is ClusterItem => item.kind === 'cluster');
  const looked = await pMap(clusters, async (item) => await planOf(ports, item, options), {
    concurrency: clustersAtOnce,
    signal,
  });
  return {
    accounts: found.accounts,
    regions: found.regions,
    plans: looked.flatMap((each) => (each.ok ? [each.value] : [])).toSorted(byText(({ target }) => target.arn.arn)),
    gaps: [...found.gaps, ...looked.flatMap((each) => (each.ok ? [] : [each.error]))],
    skipped: found.skipped,
  };
}

async function planOf(
  ports: OrganizationGrantPorts,
  item: ClusterItem,
  options: GrantOptions,
): Promise<Result<GrantPlan, Gap>> {
  const { accountId, region, cluster } = item;
  const gap = (problem: Problem) => err({ accountId, region, cluster, problem });
  try {
    const answers = await ports.regionalClusters.describe(item, item.cluster);
    const described = answers.find((each) => each.ok) ?? answers.find((each) => !each.ok);
    if (!described) return gap({ code: 'cluster-not-found', message: 'the cluster is gone', remedy: 'nothing' });
    if (!described.ok) return gap(described.error);

    try {
      return ok(await planFor(ports, described.value, options));
    } finally {
      ports.release(described.value);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    return gap(problemOf(ports.log, error, `the grant for ${itemName(item)}`));
  }
}

/**
 * Grants what is missing, cluster by cluster, and yields each as it is done. A cluster that refuses stops no other. When the signal aborts, the
 * current cluster is finished and no other is started. Finished steps are kept, so the same command goes on from there.
 */
export async function* applyOrganization(
  ports: Pick<OrganizationGrantPorts, 'accessEntries' | 'rbacObjects' | 'release'>,
  plans: readonly GrantPlan[],
  { revokeOther, signal }: { readonly revokeOther: boolean; readonly signal: AbortSignal },
): AsyncGenerator<ClusterGranted> {
  const untilStopped = function* () {
    for (const plan of plans) if (!signal.aborted) yield plan;
  };
  // Half a cluster would be worse than a late end: each step has a deadline of its own.
  const begun = new AbortController().signal;

  yield* pMapIterable(
    untilStopped(),
    async (plan): Promise<ClusterGranted> => {
      try {
        return { plan, steps: await applyGrant(ports, plan, { revokeOther, signal: begun }) };
      } finally {
        ports.release(plan.target.cluster);
      }
    },
    { concurrency: clustersAtOnce },
  );
}
