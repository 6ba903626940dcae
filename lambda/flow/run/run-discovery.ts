import pMap from 'p-map';
import { hasCode } from '../../contract/problem-codes.ts';
import type { Memory } from '../../core/findings/lifecycle/memory.ts';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import type { Problem } from '../../core/model/model.ts';
import { howMany } from '../../core/model/text/words.ts';
import { type Discovery, excludedCode, type Gap } from '../../core/run/discovery.ts';
import type { RunItem } from '../../core/run/item.ts';
import { readMemories } from '../audit/remember.ts';
import type { RememberedPlace, RunMemory } from '../ports.ts';
import { readGone } from './archive-gone-clusters.ts';
import { type DiscoverRequest, discover } from './discover.ts';
import type { HubPorts } from './ports.ts';

interface RunDiscoveryRequest extends DiscoverRequest {
  /** Whether settings leave this account out. */
  readonly excludes: (accountId: string) => boolean;
  /** Whether Security Hub gets findings, which may then be left of a cluster that is gone. */
  readonly publish: boolean;
}

/** What this run audits. A run that is started again audits what it found the first time: its answers are about that. */
export async function runDiscovery(ports: HubPorts, request: RunDiscoveryRequest): Promise<Discovery> {
  const before = await ports.runs.discovery(request.runId);
  if (before) return before;

  const found = await discover(ports, request);
  const known = ports.memory ? await Array.fromAsync(ports.memory.everyCluster()) : [];
  const { gaps, skipped } = ports.memory
    ? await missingPlaces(ports.memory, { ...found, known }, request)
    : nothingMissing;
  // What the hub remembers of an excluded cluster says more than its name.
  const remembered = new Set(skipped.map(clusterKey));
  const others = found.skipped.filter((each) => !remembered.has(clusterKey(each)));
  const empty = await emptyRegions(ports, { ...found, known }, request);
  const isEmpty = new Set<RunItem>(empty);
  const discovery = {
    ...found,
    items: found.items.filter((each) => !isEmpty.has(each)),
    empty: empty.map(({ kind: _, ...place }) => place),
    gaps: [...found.gaps, ...gaps],
    skipped: [...others, ...skipped],
  };
  await ports.runs.putDiscovery(discovery);
  return discovery;
}

type RegionItem = RunItem & { readonly kind: 'region' };
type KnownDiscovery = Discovery & { readonly known: readonly RememberedPlace[] };
const regionsAtOnce = 16;

/**
 * Regions in which nothing can be out of date. They have no cluster, no memory of one, and no active finding, which a terminal may have published.
 * An item for each would cost steps in every run. Where Security Hub can't tell, the item stays and reports it.
 */
async function emptyRegions(
  { findings, clock }: HubPorts,
  { items, skipped, known }: KnownDiscovery,
  { publish, deadline, signal }: RunDiscoveryRequest,
): Promise<readonly RegionItem[]> {
  const withClusters = [...items, ...skipped, ...known].flatMap((each) =>
    'cluster' in each ? [placeKey(each.accountId ?? '', each.region ?? '')] : [],
  );
  const isUsed = new Set(withClusters);
  const regions = items.flatMap((each) =>
    each.kind === 'region' && !isUsed.has(placeKey(each.accountId, each.region)) ? [each] : [],
  );
  const isClear = async ({ kind: _, ...place }: RegionItem): Promise<boolean> => {
    if (!publish) return true;
    if (signal.aborted || (deadline && clock.now() >= deadline)) return false;
    const left = await readGone({ findings }, place, new Set());
    return left.ok ? left.value.length === 0 : hasCode('security-hub-off')(left.error);
  };
  const clear = await pMap(regions, isClear, { concurrency: regionsAtOnce, signal });
  return regions.filter((_, index) => clear[index]);
}

type DiscoveryGaps = Pick<Discovery, 'gaps' | 'skipped'>;

const nothingMissing: DiscoveryGaps = { gaps: [], skipped: [] };

/**
 * Accounts and Regions where the hub remembers clusters and this run does not look. A policy denies the Region, it or the account
 * was switched off, or the account left. Each is a gap until settings exclude it; then each cluster is listed as left out on purpose. A memory that is
 * refused is a gap of its cluster: nothing else shows that it was audited.
 */
async function missingPlaces(
  memory: RunMemory,
  { items, gaps, skipped, known }: KnownDiscovery,
  { regions, excludes, excludeClusters = [] }: RunDiscoveryRequest,
): Promise<DiscoveryGaps> {
  const excluded: Gap[] = [];
  const refused: Gap[] = [];
  const byName = new Set(
    excludeClusters.flatMap((arn) => {
      const parsed = parseClusterArn(arn);
      return parsed ? [clusterKey({ ...parsed, cluster: parsed.name })] : [];
    }),
  );
  const lookedInto = new Set(items.map((each) => placeKey(each.accountId, each.region)));
  const reported = new Set(gaps.map(({ accountId = '', region = '' }) => placeKey(accountId, region)));
  const reasons = new Map(skipped.map((each) => [placeKey(each.accountId ?? '', each.region ?? ''), each.problem]));
  const missing = new Map<
    string,
    { readonly accountId: string; readonly region: string; readonly clusters: string[] }
  >();

  const isExplained = (where: RememberedPlace): boolean => {
    const key = placeKey(where.accountId, where.region);
    return lookedInto.has(key) || reported.has(key) || reported.has(placeKey(where.accountId, ''));
  };
  const unexplained = known.filter((where) => byName.has(clusterKey(where)) || !isExplained(where));
  for await (const { where, read } of readMemories(memory, unexplained)) {
    const { accountId, region, cluster } = where;
    const key = placeKey(accountId, region);
    const isExcluded = byName.has(clusterKey(where));
    const { value: remembered } = read;
    if (read.refused) refused.push({ accountId, region, cluster, problem: read.refused });
    if (!remembered || remembered.gone) continue;
    if (isExcluded || excludes(accountId) || (regions.length > 0 && !regions.includes(region))) {
      const what = isExcluded ? 'it' : excludes(accountId) ? `account ${accountId}` : `Region ${region}`;
      excluded.push({ accountId, region, cluster, problem: leftOut(cluster, what, remembered) });
      continue;
    }

    const known = missing.get(key) ?? { accountId, region, clusters: [] };
    missing.set(key, { ...known, clusters: [...known.clusters, cluster] });
  }

  const unseen = [...missing].map(([key, { accountId, region, clusters }]) => {
    const reason = reasons.get(key) ?? reasons.get(placeKey(accountId, '')) ?? reasons.get(placeKey('', region));
    return {
      accountId,
      region,
      problem: {
        code: 'remembered-clusters-unseen',
        message: `${howMany(clusters.length, 'cluster')} of ${accountId}/${region} ${clusters.length === 1 ? 'was' : 'were'} audited before (such as ${clusters[0]}), and this run does not look there: ${reason?.message ?? 'the account is not among those that were listed'}`,
        remedy:
          'let the audit look there again; or, if that is meant, exclude the account or name the Regions in the settings',
      },
    };
  });
  return { gaps: [...unseen, ...refused], skipped: excluded };
}

function leftOut(cluster: string, what: string, { findings }: Memory): Problem {
  const failures = Object.values(findings).filter(({ status, waived }) => status === 'fail' && !waived).length;
  return {
    code: excludedCode,
    message: `cluster ${cluster} was audited before, with ${howMany(failures, 'failure')} when it was read last, and the settings leave out ${what} now`,
    remedy: 'do nothing if you no longer want to audit it; otherwise add it to the settings again',
  };
}

const clusterKey = ({ accountId = '', region = '', cluster = '' }: Omit<Gap, 'problem'>): string =>
  `${accountId}/${region}/${cluster}`;

const placeKey = (accountId: string, region: string): string => `${accountId}/${region}`;
