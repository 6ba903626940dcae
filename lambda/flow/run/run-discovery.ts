import { parseMemory } from '../../core/findings/lifecycle/memory.ts';
import type { HubPorts, RunMemory } from '../../core/ports.ts';
import type { Discovery, Gap } from '../../core/run/discovery.ts';
import { type DiscoverRequest, discover } from './discover.ts';

/** What there is to audit in this run. A run that is started again audits what it found the first time: its answers are about that. */
export async function runDiscovery(ports: HubPorts, request: DiscoverRequest): Promise<Discovery> {
  const before = await ports.runs.discovery(request.runId);
  if (before) return before;

  const found = await discover(ports, request);
  const missing = ports.memory ? await missingPlaces(ports.memory, found, request) : [];
  const discovery = { ...found, gaps: [...found.gaps, ...missing] };
  await ports.runs.putDiscovery(discovery);
  return discovery;
}

/**
 * Accounts and Regions in which the hub remembers clusters, and which this run does not look into: a policy denies the Region, it or the account was switched off, or
 * the account left the organization. A gap until settings exclude it: who excludes it has seen it.
 */
async function missingPlaces(
  memory: RunMemory,
  { items, gaps, skipped }: Discovery,
  { regions }: DiscoverRequest,
): Promise<readonly Gap[]> {
  const lookedInto = new Set(items.map((each) => placeKey(each.accountId, each.region)));
  const told = new Set(gaps.map(({ accountId = '', region = '' }) => placeKey(accountId, region)));
  const reasons = new Map(skipped.map((each) => [placeKey(each.accountId ?? '', each.region ?? ''), each.problem]));
  const missing = new Map<
    string,
    { readonly accountId: string; readonly region: string; readonly clusters: string[] }
  >();

  for await (const { accountId, region, cluster } of memory.everyCluster()) {
    const key = placeKey(accountId, region);
    if (lookedInto.has(key) || told.has(key) || told.has(placeKey(accountId, ''))) continue;
    if (regions.length > 0 && !regions.includes(region)) continue;
    if (reasons.get(placeKey(accountId, ''))?.code === 'account-excluded') continue;

    const known = missing.get(key) ?? { accountId, region, clusters: [] };
    const remembered = parseMemory(await memory.read({ accountId, region, partition: '' }, cluster));
    if (!remembered || remembered.gone) continue;
    missing.set(key, { ...known, clusters: [...known.clusters, cluster] });
  }

  return [...missing].map(([key, { accountId, region, clusters }]) => {
    const reason = reasons.get(key) ?? reasons.get(placeKey(accountId, ''));
    return {
      accountId,
      region,
      problem: {
        code: 'remembered-clusters-unseen',
        message: `${clusters.length} clusters of ${accountId}/${region} were audited before (such as ${clusters[0]}), and this run does not look there: ${reason?.message ?? 'the account is not among those that were listed'}`,
        remedy:
          'let the audit look there again; or, if that is meant, exclude the account or name the Regions in the settings',
      },
    };
  });
}

const placeKey = (accountId: string, region: string): string => `${accountId}/${region}`;
