import pMap from 'p-map';
import { hasCode, type ProblemCode } from '../../contract/problem-codes.ts';
import { clusterArnOf, parseClusterArn } from '../../core/model/cluster-arn.ts';
import type { Problem } from '../../core/model/model.ts';
import { err, type Result } from '../../core/model/result.ts';
import { howMany } from '../../core/model/text/words.ts';
import {
  type Discovery,
  excludedCode,
  type Gap,
  type WantedClusters,
  wantedClusters,
} from '../../core/run/discovery.ts';
import { type ClusterItem, type RunItem, shuffled } from '../../core/run/item.ts';
import type { Account } from '../ports.ts';
import { problemOf } from '../problem-of.ts';
import { signalUntil } from '../signal-until.ts';
import type { RunPorts } from './ports.ts';

const accountsAtOnce = 8;
const regionsAtOnce = 4;

type Slice = Pick<RunPorts, 'accounts' | 'regions' | 'regionalClusters' | 'clock' | 'log' | 'progress'>;

export interface DiscoverRequest {
  readonly runId: string;
  readonly startedAt: string;
  /** Regions to look into; every enabled one of each account when empty. */
  readonly regions: readonly string[];
  /** Clusters by name or ARN; all when empty. With names, no Region is an item, since the rest of it is out of scope. */
  readonly names: readonly string[];
  /** ARNs of clusters that settings leave out: each is skipped by name, also one that matches nothing. */
  readonly excludeClusters?: readonly string[];
  /** When looking stops, so that what was found is kept; absent in a terminal. */
  readonly deadline?: Date;
  readonly signal: AbortSignal;
}

/**
 * Every cluster of every account and Region. What cannot be listed, or not before the deadline, is a gap, and what a policy or a setting leaves out is
 * skipped: neither stops the rest.
 * Throws `OperatorError` when no account can be listed, and the signal's reason when it aborts: half a discovery would look like a whole one.
 */
export async function discover(ports: Slice, request: DiscoverRequest): Promise<Discovery> {
  const { runId, startedAt, names, signal } = request;
  const wanted = wantedClusters(names);
  const limited = signalUntil(ports.clock, signal, request.deadline);

  const looked = await lookIntoAll(ports, { ...request, wanted, end: limited.signal })
    .finally(limited.stop)
    // An adapter may have reported the abort like any other failure.
    .finally(() => signal.throwIfAborted());
  const { listed: _, ...added } = addedUp(looked);
  const found = { ...added, skipped: [...offTogether(added.skipped), ...matchesNothing(added, request)] };
  ports.progress.clustersFound(found.items.filter(({ kind }) => kind === 'cluster').length);

  return {
    runId,
    startedAt,
    ...found,
    items: shuffled(found.items),
    gaps: [...found.gaps, ...wanted.missingFrom(found.items).map(notFound)],
  };
}

async function lookIntoAll(
  ports: Slice,
  { end, ...request }: DiscoverRequest & { readonly wanted: WantedClusters; readonly end: AbortSignal },
): Promise<readonly FoundEstate[]> {
  // All accounts are listed before the first is looked into, so that those without time left are reported by name.
  const all = await Array.fromAsync(ports.accounts.accounts(end));
  // An account that the directory lists twice must not be audited twice.
  const accounts = new Map(all.map((each, index) => [each.status === 'active' ? each.account.id : index, each]));
  const looking = { ...request, inTime: askingUntil(end) };

  return await pMap(
    accounts.values(),
    async (listed) =>
      listed.status === 'active'
        ? await lookIntoAccount(ports, listed.account, looking)
        : { ...nothing, [listed.status === 'gap' ? 'gaps' : 'skipped']: [listed.gap] },
    { concurrency: accountsAtOnce, signal: request.signal },
  );
}

interface FoundEstate extends Omit<Discovery, 'runId' | 'startedAt'> {
  /** Every cluster that was listed, in scope or not. */
  readonly listed: readonly ClusterItem[];
}

const nothing: FoundEstate = { accounts: 0, regions: 0, items: [], gaps: [], skipped: [], listed: [] };

const addedUp = (found: readonly FoundEstate[]): FoundEstate => ({
  accounts: found.reduce((sum, each) => sum + each.accounts, 0),
  regions: found.reduce((sum, each) => sum + each.regions, 0),
  items: found.flatMap((each) => each.items),
  listed: found.flatMap((each) => each.listed),
  gaps: found.flatMap((each) => each.gaps),
  skipped: found.flatMap((each) => each.skipped),
});

type DiscoverContext = DiscoverRequest & { readonly wanted: WantedClusters; readonly inTime: AskInTime };

async function lookIntoAccount(ports: Slice, account: Account, looking: DiscoverContext): Promise<FoundEstate> {
  const asked = looking.wanted.regionsOf(account.id, looking.regions);
  if (asked.length === 0) return nothing;
  ports.progress.accountListed(account);

  try {
    const { regions, ...beside } = await enabledOf(ports, { account, asked }, looking);
    const found = await pMap(regions, async (region) => await lookIntoRegion(ports, { account, region }, looking), {
      concurrency: regionsAtOnce,
      signal: looking.signal,
    });
    const all = addedUp([{ ...nothing, ...beside, accounts: 1 }, ...found]);
    return { ...all, items: withNamesakes(all), listed: [] };
  } catch (error) {
    looking.signal.throwIfAborted();
    const problem = problemOf(ports.log, error, `the discovery of account ${account.id}`);
    return { ...nothing, accounts: 1, gaps: [{ accountId: account.id, problem }] };
  } finally {
    ports.progress.accountFinished(account);
  }
}

/** A token for one of two clusters of the same name is valid at the other one. */
function withNamesakes({ items, listed }: Pick<FoundEstate, 'items' | 'listed'>): readonly RunItem[] {
  const regionsOf = Map.groupBy(listed, ({ cluster }) => cluster);
  return items.map((item) => {
    if (item.kind !== 'cluster') return item;
    const others = (regionsOf.get(item.cluster) ?? []).flatMap(({ region }) =>
      region === item.region ? [] : [region],
    );
    return others.length > 0 ? { ...item, namesakes: others.toSorted() } : item;
  });
}

/** The requested Regions that are switched on in this account. */
async function enabledOf(
  ports: Slice,
  { account, asked }: { readonly account: Account; readonly asked: readonly string[] | 'any' },
  { inTime }: DiscoverContext,
): Promise<Pick<FoundEstate, 'gaps' | 'skipped'> & { readonly regions: readonly string[] }> {
  const accountId = account.id;
  const late = notInTime(`account ${accountId}`);
  const known = await inTime((signal) => ports.regions.regionsOf(account, signal), late);

  // Without the role, or time, no Region can be listed either: one gap says it all.
  if (!known.ok && (asked === 'any' || saysItAll(known.error)))
    return { regions: [], gaps: [{ accountId, problem: known.error }], skipped: [] };
  if (!known.ok) {
    const { code, message } = known.error;
    const about = { accountId, code, message };
    ports.log.warn('the enabled Regions are not known: the configured ones are looked into', about);
    return { regions: asked === 'any' ? [] : asked, gaps: [], skipped: [] };
  }

  const { enabled, off: others } = known.value;
  const regions = asked === 'any' ? [...new Set(enabled)] : asked.filter((region) => enabled.includes(region));
  const off = asked === 'any' ? others : asked.filter((region) => !enabled.includes(region));
  const skipped = off.map((region) => ({ accountId, region, problem: notEnabled(accountId, region) }));
  return { regions, gaps: [], skipped };
}

async function lookIntoRegion(
  ports: Slice,
  { account, region }: { readonly account: Account; readonly region: string },
  { wanted, signal, inTime, excludeClusters = [] }: DiscoverContext,
): Promise<FoundEstate> {
  const place = { partition: account.partition, accountId: account.id, region };
  const gap = (problem: Problem): Gap => ({ accountId: account.id, region, problem });

  try {
    const late = notInTime(`${region} of account ${account.id}`);
    const names = await inTime((until) => ports.regionalClusters.names(place, until), late);
    if (!names.ok && hasCode('region-denied-by-policy')(names.error))
      return { ...nothing, skipped: [gap(names.error)] };
    if (!names.ok) return { ...nothing, gaps: [gap(names.error)] };

    const clusters = [...new Set(names.value)].map((cluster): ClusterItem => ({ kind: 'cluster', ...place, cluster }));
    const inScope = clusters.filter(wanted.has);
    const isExcluded = ({ cluster }: ClusterItem) => excludeClusters.includes(clusterArnOf(place, cluster).arn);
    return {
      ...nothing,
      regions: 1,
      items: [
        ...inScope.filter((each) => !isExcluded(each)),
        ...(wanted.all ? [{ kind: 'region', ...place } as const] : []),
      ],
      skipped: inScope.filter(isExcluded).map(({ cluster }) => ({ ...gap(excludedByName(cluster)), cluster })),
      listed: clusters,
    };
  } catch (error) {
    signal.throwIfAborted();
    return { ...nothing, gaps: [gap(problemOf(ports.log, error, `listing the clusters of ${account.id}/${region}`))] };
  }
}

const excludedByName = (cluster: string): Problem => ({
  code: excludedCode,
  message: `the settings leave out cluster ${cluster}`,
  remedy: 'do nothing if this is intended; otherwise remove it from excludeClusters',
});

/** ARNs of the settings that leave out nothing: a misspelled one would, and its cluster would be audited. */
function matchesNothing(
  { skipped, gaps }: Pick<FoundEstate, 'skipped' | 'gaps'>,
  { excludeClusters = [] }: DiscoverRequest,
): readonly Gap[] {
  return excludeClusters.flatMap((text) => {
    const arn = parseClusterArn(text);
    if (!arn) return [];
    const { accountId, region, name: cluster } = arn;
    const isHere = (each: Gap) => (each.accountId ?? accountId) === accountId && (each.region ?? region) === region;
    const isLeftOut = skipped.some(
      (each) => each.problem.code === excludedCode && each.cluster === cluster && isHere(each),
    );
    // Where clusters could not be listed, it may be one of them.
    if (isLeftOut || gaps.some(isHere)) return [];
    return [{ accountId, region, cluster, problem: excludesNothing(text) }];
  });
}

const excludesNothing = (arn: string): Problem => ({
  code: 'excluded-cluster-not-found',
  message: `excludeClusters names ${arn}, and no such cluster was listed`,
  remedy: 'correct it if it is misspelled; remove it if the cluster is gone',
});

const saysItAll = hasCode('member-role-missing', 'operator-role-missing', 'discovery-out-of-time');

const notInTime = (where: string): Problem => ({
  code: 'discovery-out-of-time',
  message: `there was no time left to look into ${where}`,
  remedy:
    'see which accounts are throttled or do not answer, or name fewer Regions in the settings; the next run looks again',
});

/** A Region that several accounts have switched off is listed once: there are many such Regions. */
function offTogether(skipped: readonly Gap[]): readonly Gap[] {
  const isOff = ({ problem }: Gap) => problem.code === offCode;
  const byRegion = Map.groupBy(skipped.filter(isOff), ({ region }) => region ?? '');
  return [
    ...skipped.filter((each) => !isOff(each)),
    ...[...byRegion].flatMap(([region, alike]): readonly Gap[] => {
      const [first, ...more] = alike;
      if (!first || more.length === 0) return alike;
      return [{ region, problem: { ...first.problem, message: `not enabled: ${howMany(alike.length, 'account')}` } }];
    }),
  ];
}

const offCode = 'region-not-enabled' satisfies ProblemCode;

const notEnabled = (accountId: string, region: string): Problem => ({
  code: offCode,
  message: `Region ${region} is not enabled in account ${accountId}`,
  remedy: 'nothing: no cluster can be there',
});

function notFound(wanted: ReturnType<WantedClusters['missingFrom']>[number]): Gap {
  const byName = typeof wanted === 'string';
  return {
    ...(!byName && { accountId: wanted.accountId, region: wanted.region }),
    cluster: byName ? wanted : wanted.name,
    problem: {
      code: 'cluster-not-found',
      message: `cluster '${byName ? wanted : wanted.arn}' is in none of the accounts and Regions that were listed`,
      remedy: 'check its name, the accounts and the Regions, and fix what could not be listed',
    },
  };
}

type AskInTime = <T>(
  ask: (signal: AbortSignal) => Promise<Result<T, Problem>>,
  late: Problem,
) => Promise<Result<T, Problem>>;

/**
 * Requests with one common time limit: what is not answered by then is `late`. The request itself is not waited for, since assuming a role ignores
 * the signal.
 */
function askingUntil(end: AbortSignal): AskInTime {
  const over = new Promise<void>((resolve) => end.addEventListener('abort', () => resolve(), { once: true }));

  return async (ask, late) => {
    if (end.aborted) return err(late);

    const answer = await Promise.race([ask(end), over]);
    // A request that was stopped reports it like any other failure.
    return answer && (answer.ok || !end.aborted) ? answer : err(late);
  };
}
