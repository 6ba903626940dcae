import { alikeBy } from '../../model/alike-by.ts';
import type { Instance, Place, Problem } from '../../model/model.ts';
import type { Result } from '../../model/result.ts';
import { byText } from '../../model/text/by-text.ts';
import { printable } from '../../model/text/printable.ts';
import type { CensusLine } from '../census.ts';
import type { CensusGap, CensusRecord } from '../census-record.ts';
import { mostAttempts, mostSweptMachines, type SweepAnswer, type SweepItem, type SweptMachine } from '../sweep.ts';
import { type KnownMachine, mostKnownMachines, type SweepState } from './sweep-state.ts';

/** A machine as EC2 describes it now. */
export interface SeenMachine extends Instance {
  /** Of one that is shutting down or terminated; `at` where EC2 names the time. */
  readonly ended?: { readonly at?: string; readonly because: string };
}

/** What the last run that was summed up went through. */
export interface SweptRun {
  readonly runId: string;
  readonly startedAt: string;
  readonly places: readonly Place[];
  /** By `ACCOUNT/REGION/CLUSTER`: the other Regions of the account that have a cluster of this name. */
  readonly clusters: ReadonlyMap<string, readonly string[]>;
  /** Clusters that settings leave out, by the same key: not even their new machines are read. */
  readonly excluded?: ReadonlySet<string>;
}

export interface SweepTime {
  /** To the minute. */
  readonly sweepAt: string;
  readonly everyMinutes: number;
}

/** What EC2 said of one account's Region. */
export interface SeenPlace {
  readonly machines: readonly SeenMachine[];
  /** Ids that were asked for and that EC2 does not list any more. */
  readonly unlisted: readonly string[];
}

interface DecideSweepOptions extends SweepTime {
  readonly run: SweptRun;
  readonly before: SweepState | undefined;
  /** By `ACCOUNT/REGION`: one that is missing was not asked in time. */
  readonly seen: ReadonlyMap<string, Result<SeenPlace, Problem>>;
  /** Of the items that the sweeps before started, as far as they have come. */
  readonly answers: readonly SweepAnswer[];
}

const minute = 60_000;
/** EC2 lists a machine while it boots: no kubelet answers so early, and the next sweep comes soon. */
const tooYoungMs = 3 * minute;
/** An item without an answer is taken for dead: its executions have ended by then. */
export const awaitedMs = 60 * minute;
/** For so long the state machine tries an item again that failed. */
const retriedMs = 15 * minute;
/** For how long a machine is looked up by its id. A run comes in between, and EC2 lists what ends with its tags for some minutes at least. */
const knownMs = 48 * 60 * minute;
const mostItems = 100;

export const placeKey = ({ accountId, region }: Pick<Place, 'accountId' | 'region'>): string =>
  `${accountId}/${region}`;
const clusterKey = (at: Pick<Place, 'accountId' | 'region'> & { readonly cluster: string }): string =>
  `${placeKey(at)}/${at.cluster}`;
const itemKey = (item: SweepAnswer['item']): string => `${item.sweepAt} ${clusterKey(item)} ${item.part}`;

/** From when on a sweep asks for machines that were launched: each launch is in the time of two sweeps, since EC2 shows it only after a while. */
export function sinceWhen(
  { before, run, everyMinutes }: Pick<DecideSweepOptions, 'before' | 'run' | 'everyMinutes'>,
  place: Place,
): Date {
  const behind = before?.behind.find((each) => placeKey(each) === placeKey(place));
  const last = behind?.since ?? before?.sweptAt ?? run.startedAt;
  // What was launched before a run began, that run has listed.
  return new Date(Math.max(Date.parse(last), Date.parse(run.startedAt)) - everyMinutes * minute);
}

/** By `ACCOUNT/REGION`, the machines that run as far as the sweeps know: those that EC2 does not show now are looked up by their ids. */
export const runningMachines = (before: SweepState | undefined): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...Map.groupBy(before?.machines ?? [], placeKey)].map(([key, all]) => [
      key,
      all.flatMap(({ instanceId, ended }) => (ended ? [] : [instanceId])),
    ]),
  );

/**
 * What a sweep does, from EC2's answers and from what the sweep before kept: items to start, lines of the census, and what it keeps. A sweep with neither
 * items nor lines is quiet.
 */
export function decideSweep(options: DecideSweepOptions): SweepState {
  const { sweepAt, everyMinutes, run, before, seen, answers } = options;
  const now = Date.parse(sweepAt);
  const machines = new Map((before?.machines ?? []).map((each) => [each.instanceId, each]));
  const newClusters = new Map(
    before?.runId === run.runId ? before.newClusters.map((each) => [clusterKey(each), each]) : [],
  );
  const touched = new Set<string>();
  const put = (machine: KnownMachine, isNews: boolean) => {
    machines.set(machine.instanceId, machine);
    if (isNews) touched.add(machine.instanceId);
  };

  const awaited = takeAnswers();
  for (const place of run.places) {
    const found = seen.get(placeKey(place));
    if (!found?.ok) continue;
    const since = sinceWhen(options, place).getTime();
    for (const machine of found.value.machines) takeMachine(place, machine, since);
    for (const id of found.value.unlisted) {
      const known = machines.get(id);
      if (known && !known.ended)
        put({ ...known, ended: { seenAt: sweepAt, because: 'EC2 does not list it any more' } }, true);
    }
  }
  const items = itemsToStart();
  const lines = [...touched].flatMap((id) => {
    const machine = machines.get(id);
    return machine ? [lineOf(machine, sweepAt)] : [];
  });
  const behind = run.places.flatMap(behindNow);
  const gaps = [...pause(), ...behind.flatMap(gapOf), ...caughtUp()];
  const begunAt = before?.begunAt ?? sweepAt;
  const head: CensusRecord = { version: 1, sweepAt, everyMinutes, begunAt };

  return {
    version: 1,
    sweptAt: sweepAt,
    everyMinutes,
    begunAt,
    runId: run.runId,
    behind,
    newClusters: [...newClusters.values()],
    machines: kept([...machines.values()], now),
    started: [...awaited, ...items],
    records: lines.length + gaps.length > 0 ? [head, ...gaps, ...lines] : [],
  };

  /** Takes over what items came to. Returns those that are awaited further. */
  function takeAnswers(): readonly SweepItem[] {
    const byItem = new Map(answers.map((each) => [itemKey(each.item), each]));
    return (before?.started ?? []).filter((item) => {
      const answer = byItem.get(itemKey(item));
      if (answer?.status === 'done') takeDone(item, answer);
      else if (answer?.status === 'gone') takeGone(item);
      else if (now < (answer ? Date.parse(answer.finishedAt) + retriedMs : Date.parse(item.sweepAt) + awaitedMs))
        return true;
      else takeFailed(item, answer?.problems[0]?.message ?? 'the execution of its sweep left no answer');
      return false;
    });
  }

  function takeDone(item: SweepItem, { lines: answered, retry }: SweepAnswer): void {
    const again = new Map(retry.map((each) => [each.instanceId, each]));
    for (const { version: _, sweepAt: __, ...line } of answered) {
      const known = machines.get(line.instanceId);
      const judged = known?.judged ?? line.judged;
      const retried = judged ? undefined : again.get(line.instanceId);
      const { notJudged: ___, ...rest } = { nodeNames: [], attempt: 0, ...known, ...line };
      put(
        {
          ...rest,
          ...(retried && { attempt: retried.attempt }),
          reading: retried ? 'wanted' : 'settled',
          ...(judged ? { judged } : line.notJudged && { notJudged: bounded(line.notJudged) }),
          ...(line.ended && { ended: bounded(line.ended) }),
        },
        true,
      );
    }
    // A machine of the item that its answer does not name is read once more.
    const named = new Set(answered.map(({ instanceId }) => instanceId));
    for (const id of askedBy(item)) if (!named.has(id)) tryAgain(id, 'the answer of its sweep does not name it');
    if (!item.machines) setCluster(item, 'known');
  }

  /** Of an item that reads all of a cluster: those that it was started for. */
  function askedBy(item: SweepItem): readonly string[] {
    if (item.machines) return item.machines.map(({ instanceId }) => instanceId);
    return [...machines.values()].flatMap((each) =>
      each.reading === 'asked' && clusterKey(each) === clusterKey(item) ? [each.instanceId] : [],
    );
  }

  function takeGone(item: SweepItem): void {
    for (const id of askedBy(item)) settle(id, 'EKS has no cluster of the name in its tags');
    if (!item.machines) setCluster(item, 'absent');
  }

  function takeFailed(item: SweepItem, because: string): void {
    for (const id of askedBy(item)) tryAgain(id, because);
    if (!item.machines) newClusters.delete(clusterKey(item));
  }

  function tryAgain(id: string, because: string): void {
    const known = machines.get(id);
    if (known?.reading !== 'asked') return;
    const attempt = known.attempt + 1;
    const notJudged = { kind: 'unreadable', because: printable(because, 300) } as const;
    if (attempt < mostAttempts) put({ ...known, attempt, reading: 'wanted' }, false);
    else put({ ...known, attempt, reading: 'settled', notJudged }, true);
  }

  function settle(id: string, because: string): void {
    const known = machines.get(id);
    if (known) put({ ...known, reading: 'settled', notJudged: { kind: 'never-joined', because } }, true);
  }

  function setCluster(at: SweepItem, status: 'known' | 'absent' | 'asked'): void {
    const { accountId, region, cluster } = at;
    newClusters.set(clusterKey(at), { accountId, region, cluster, status });
  }

  function takeMachine(place: Place, machine: SeenMachine, since: number): void {
    const known = machines.get(machine.id);
    const ended = machine.ended && { ended: { seenAt: sweepAt, ...machine.ended } };
    // One that was stopped and started again lives anew.
    if (known && (machine.launchedAt === undefined || machine.launchedAt <= known.launchedAt)) {
      if (ended && !known.ended) put({ ...known, ...ended }, true);
      return;
    }

    const { launchedAt = sweepAt, clusters = [] } = machine;
    const names = clusters.filter((cluster) => run.clusters.has(clusterKey({ ...place, cluster })));
    const [cluster = names[0] ?? clusters[0]] = names;
    if (cluster === undefined || newClusters.get(clusterKey({ ...place, cluster }))?.status === 'absent') return;
    if (run.excluded?.has(clusterKey({ ...place, cluster }))) return;
    const isNew = Date.parse(launchedAt) >= since;
    // It was there before the sweeps: only its end is news.
    if (!isNew && !ended) return;

    const waiting = { kind: 'waiting', because: 'a sweep reads it next' } as const;
    put(
      {
        instanceId: machine.id,
        accountId: place.accountId,
        region: place.region,
        cluster,
        group: machine.group ?? { kind: 'self-managed', name: 'self-managed' },
        launchedAt,
        nodeNames: nodeNames(machine, place),
        attempt: 0,
        reading: ended ? 'settled' : 'wanted',
        ...(isNew && { notJudged: waiting }),
        ...ended,
      },
      true,
    );
  }

  /** One or several for each cluster that has machines to read; one for all of a cluster that no run knew. */
  function itemsToStart(): readonly SweepItem[] {
    const wanted = [...machines.values()].filter(
      ({ reading, ended, launchedAt }) => reading === 'wanted' && !ended && now - Date.parse(launchedAt) >= tooYoungMs,
    );
    const placeOf = new Map(run.places.map((place) => [placeKey(place), place]));
    const byCluster = [...alikeBy(wanted, clusterKey)].toSorted(byText(([key]) => key));
    const found: SweepItem[] = [];

    for (const [key, all] of byCluster) {
      if (found.length >= mostItems) break;
      const [first] = all;
      const place = placeOf.get(placeKey(first));
      if (!place || run.excluded?.has(key)) continue;
      const namesakes = run.clusters.get(key);
      const item = { ...place, cluster: first.cluster, sweepAt, ...(namesakes?.length && { namesakes }) };
      const isNewCluster = !namesakes && !newClusters.has(key);
      const size = isNewCluster ? all.length : mostSweptMachines;
      for (let from = 0; from < all.length && found.length < mostItems; from += size) {
        const part = all.slice(from, from + size);
        found.push({
          ...item,
          part: from / size + 1,
          ...(!isNewCluster && { machines: part.map(toSwept) }),
        });
        for (const each of part) put({ ...each, reading: 'asked' }, false);
      }
      if (isNewCluster) setCluster({ ...item, part: 1 }, 'asked');
    }
    return found;
  }

  function behindNow(place: Place): SweepState['behind'] {
    if (seen.get(placeKey(place))?.ok) return [];
    const since = before?.behind.find((each) => placeKey(each) === placeKey(place))?.since ?? before?.sweptAt;
    return [{ accountId: place.accountId, region: place.region, since: since ?? run.startedAt }];
  }

  /** No sweep came for longer than the settings promise. */
  function pause(): readonly CensusGap[] {
    if (!before || now - Date.parse(before.sweptAt) <= 1.5 * before.everyMinutes * minute) return [];
    return [{ version: 1, sweepAt, gap: { from: before.sweptAt, to: sweepAt, because: 'no sweep ran' } }];
  }

  function gapOf({ accountId, region, since: from }: SweepState['behind'][number]): readonly CensusGap[] {
    if (now - Date.parse(from) <= 1.5 * everyMinutes * minute) return [];
    const found = seen.get(placeKey({ accountId, region }));
    const because = printable(found && !found.ok ? found.error.message : 'there was no time to ask', 300);
    return [{ version: 1, sweepAt, accountId, region, gap: { from, to: sweepAt, because } }];
  }

  /** The end of what the sweeps before reported as a gap. */
  function caughtUp(): readonly CensusGap[] {
    const still = new Set(behind.map(placeKey));
    return (before?.behind ?? []).flatMap(({ accountId, region, since: from }) =>
      still.has(placeKey({ accountId, region })) || now - Date.parse(from) <= 1.5 * everyMinutes * minute
        ? []
        : [{ version: 1, sweepAt, accountId, region, gap: { from, to: sweepAt, because: 'it could not be asked' } }],
    );
  }
}

const bounded = <T extends { readonly because: string }>(each: T): T => ({
  ...each,
  because: printable(each.because, 300),
});

const toSwept = ({ instanceId, launchedAt, nodeNames: names, group, attempt }: KnownMachine): SweptMachine => ({
  instanceId,
  launchedAt,
  state: 'running',
  nodeNames: names,
  group,
  attempt,
});

/** Names that EC2's settings give the Node object of a machine: its private DNS name, its resource name, and the id alone in EKS Auto Mode. */
function nodeNames({ id, privateDnsName }: SeenMachine, { region }: Place): string[] {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  const names = [privateDnsName?.toLowerCase(), `${id}.${domain}`, id];
  return [...new Set(names)].filter(
    (each) => each !== undefined && /^[a-z0-9][a-z0-9.-]{0,252}$/.test(each),
  ) as string[];
}

function lineOf(machine: KnownMachine, sweepAt: string): CensusLine {
  const { instanceId, accountId, region, cluster, group, launchedAt, ended, judged, notJudged } = machine;
  const before = ended && notJudged?.kind === 'waiting';
  const why = before ? ({ kind: 'ended', because: 'it ended before a sweep could read it' } as const) : notJudged;
  return {
    version: 1,
    sweepAt,
    accountId,
    region,
    cluster,
    instanceId,
    group,
    launchedAt,
    ...(ended && { ended }),
    ...(judged ? { judged } : why && { notJudged: why }),
  };
}

/** Without what ended, or was launched, so long ago that no sweep and no run asks for it any more. */
function kept(machines: readonly KnownMachine[], now: number): KnownMachine[] {
  const isOld = ({ launchedAt, ended, reading }: KnownMachine) =>
    reading !== 'asked' && now - Date.parse(ended?.seenAt ?? launchedAt) > knownMs;
  const all = machines.filter((each) => !isOld(each));
  if (all.length <= mostKnownMachines) return all;
  return all.toSorted(byText(({ launchedAt }) => launchedAt)).slice(-mostKnownMachines);
}
