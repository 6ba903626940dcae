import { alikeBy } from '../../model/alike-by.ts';
import type { Instance, Place, Problem } from '../../model/model.ts';
import type { Result } from '../../model/result.ts';
import { byText, printable } from '../../model/text/words.ts';
import type { CensusGap, CensusLine, CensusRecord } from '../census.ts';
import {
  type KnownMachine,
  mostAttempts,
  mostSweptMachines,
  type SweepAnswer,
  type SweepItem,
  type SweepState,
  type SweptMachine,
} from '../sweep.ts';

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
  /** When it really looked: a sweep that is tried again looks later than it should. */
  readonly lookedAt?: string;
}

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
/** Of these, so many are for names that no run knew: anyone who may tag a machine makes some up. */
const shareOfUnknown = 10;

export const placeKey = ({ accountId, region }: Pick<Place, 'accountId' | 'region'>): string =>
  `${accountId}/${region}`;
const clusterKey = (at: Pick<Place, 'accountId' | 'region'> & { readonly cluster: string }): string =>
  `${placeKey(at)}/${at.cluster}`;
const itemKey = (item: SweepAnswer['item']): string => `${item.sweepAt} ${clusterKey(item)} ${item.part}`;

/** The last sweep that asked an account-Region, where that was not the last of all. */
const lastAsked = (before: SweepState | undefined, place: Pick<Place, 'accountId' | 'region'>): string | undefined =>
  before?.behind.find((each) => placeKey(each) === placeKey(place))?.since;

/** From when on a sweep asks for machines that were launched: each launch is in the time of two sweeps, since EC2 shows it only after a while. */
export function sinceWhen(
  { before, run, everyMinutes }: Pick<DecideSweepOptions, 'before' | 'run' | 'everyMinutes'>,
  place: Place,
): Date {
  const last = lastAsked(before, place) ?? before?.sweptAt ?? run.startedAt;
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
 * items nor lines is quiet, unless it is the first.
 */
export function decideSweep(options: DecideSweepOptions): SweepState {
  const { sweepAt, lookedAt = sweepAt, everyMinutes, run, before } = options;
  const decision = new SweepDecision(options);
  const awaited = decision.takeAnswers();
  decision.takeSeen();
  const items = decision.itemsToStart();

  const { behind, gaps } = gapsOf(options);
  const known = fitting(kept(decision.machines, Date.parse(sweepAt)), mostBytes.machines);
  const reported = fitting(decision.lines, mostBytes.lines);
  const left = Math.max(known.left, reported.left);
  const begunAt = before?.begunAt ?? sweepAt;
  const head: CensusRecord = { version: 1, sweepAt, everyMinutes, begunAt };
  return {
    ...{ version: 1, sweptAt: sweepAt, lookedAt, everyMinutes, begunAt, runId: run.runId, behind },
    newClusters: [...decision.newClusters.values()],
    machines: known.all,
    started: [...awaited, ...items],
    // The first one says since when there is a census, also where it saw nothing: what was before it may be lost.
    records:
      reported.all.length + gaps.length + left > 0 || !before
        ? [head, ...gaps, ...(left > 0 ? [tooMany(left, options)] : []), ...reported.all]
        : [],
  };
}

/** S3 gives back 64 MiB of a state. Beside these it has at most 100 items of 500 machines. */
const mostBytes = { machines: 24 * 1024 * 1024, lines: 24 * 1024 * 1024 };

/** Those launched last, as many as fit into so many bytes, and how many do not. */
function fitting<Each extends { readonly launchedAt: string }>(some: readonly Each[], most: number) {
  const sizeOf = (each: Each) => Buffer.byteLength(JSON.stringify(each)) + 1;
  let bytes = some.reduce((sum, each) => sum + sizeOf(each), 0);
  if (bytes <= most) return { all: [...some], left: 0 };
  const sorted = some.toSorted(byText(({ launchedAt }) => launchedAt));
  const left = sorted.findIndex((each) => {
    bytes -= sizeOf(each);
    return bytes <= most;
  });
  return { all: sorted.slice(left + 1), left: left + 1 };
}

function tooMany(count: number, { sweepAt, lookedAt = sweepAt, before, run }: DecideSweepOptions): CensusGap {
  const because = `${count} machines are not kept: one sweep remembers and reports so many bytes, those launched last first`;
  return {
    version: 1,
    sweepAt,
    gap: { from: before?.lookedAt ?? before?.sweptAt ?? run.startedAt, to: lookedAt, because },
  };
}

/** The machines and clusters that a sweep knows, step by step as it takes over answers. */
class SweepDecision {
  readonly #options: DecideSweepOptions;
  readonly #now: number;
  readonly #machines: Map<string, KnownMachine>;
  readonly newClusters: Map<string, SweepState['newClusters'][number]>;
  /** Machines of which the census gets a line. */
  readonly #touched = new Set<string>();

  constructor(options: DecideSweepOptions) {
    const { before, run, sweepAt } = options;
    this.#options = options;
    this.#now = Date.parse(sweepAt);
    this.#machines = new Map((before?.machines ?? []).map((each) => [each.instanceId, each]));
    const known = before?.runId === run.runId ? before.newClusters.filter((each) => !this.#isOver(each)) : [];
    this.newClusters = new Map(known.map((each) => [clusterKey(each), each]));
  }

  get machines(): readonly KnownMachine[] {
    return [...this.#machines.values()];
  }

  get lines(): readonly CensusLine[] {
    return this.machines
      .filter(({ instanceId }) => this.#touched.has(instanceId))
      .map((machine) => lineOf(machine, this.#options.sweepAt));
  }

  /** Takes over what items came to. Returns those that are awaited further. */
  takeAnswers(): readonly SweepItem[] {
    const byItem = new Map(this.#options.answers.map((each) => [itemKey(each.item), each]));
    return (this.#options.before?.started ?? []).filter((item) => {
      const answer = byItem.get(itemKey(item));
      const lastMs = answer ? Date.parse(answer.finishedAt) + retriedMs : Date.parse(item.sweepAt) + awaitedMs;
      if (answer?.status === 'done') this.#takeDone(item, answer);
      else if (answer?.status === 'gone') {
        const notJudged = { kind: 'never-joined', because: 'EKS has no cluster of the name in its tags' } as const;
        for (const id of this.#askedBy(item)) this.#change(id, { reading: 'settled', notJudged }, true);
        if (!item.machines) this.#setCluster(item, 'absent');
      } else if (this.#now < lastMs) return true;
      else {
        const because = answer?.problems[0]?.message ?? 'the execution of its sweep left no answer';
        for (const id of this.#askedBy(item)) this.#tryAgain(id, because);
        if (!item.machines) this.newClusters.delete(clusterKey(item));
      }
      return false;
    });
  }

  /** Takes over what EC2 shows of each place, and what it does not list any more. */
  takeSeen(): void {
    const { run, seen, sweepAt } = this.#options;
    for (const place of run.places) {
      const found = seen.get(placeKey(place));
      if (!found?.ok) continue;
      const since = sinceWhen(this.#options, place).getTime();
      for (const machine of found.value.machines) this.#takeMachine(place, machine, since);
      for (const id of found.value.unlisted) {
        const known = this.#machines.get(id);
        const ended = { seenAt: sweepAt, because: 'EC2 does not list it any more' };
        if (known && !known.ended) this.#change(id, { ended }, true);
      }
    }
  }

  /** One or several for each cluster that has machines to read; one for all of a cluster that no run knew. */
  itemsToStart(): readonly SweepItem[] {
    const waiting = [...alikeBy(this.#wanted(), clusterKey).values()].flatMap((machines) => this.#itemsOf(machines));
    const unknown = inTurn(waiting.filter(({ item }) => !item.machines));
    const known = inTurn(waiting.filter(({ item }) => item.machines));
    const found = known.slice(0, mostItems - Math.min(unknown.length, shareOfUnknown));
    const items = [...found, ...unknown.slice(0, mostItems - found.length)];
    for (const item of items) {
      for (const { instanceId } of item.machines ?? this.#ofCluster(item, 'wanted'))
        this.#change(instanceId, { reading: 'asked' });
      if (!item.machines) this.#setCluster(item, 'asked');
    }
    return items;
  }

  /** Machines that can be read now, of clusters that are in scope and that EKS may know. */
  #wanted(): readonly KnownMachine[] {
    return this.machines.filter((machine) => {
      const { reading, ended, launchedAt } = machine;
      if (reading !== 'wanted' || ended || this.#now - Date.parse(launchedAt) < tooYoungMs) return false;
      const key = clusterKey(machine);
      return this.newClusters.get(key)?.status !== 'absent' && !this.#options.run.excluded?.has(key);
    });
  }

  #itemsOf(machines: readonly [KnownMachine, ...KnownMachine[]]): readonly WaitingItem[] {
    const { run, sweepAt } = this.#options;
    const [{ cluster }] = machines;
    const key = clusterKey(machines[0]);
    const place = run.places.find((each) => placeKey(each) === placeKey(machines[0]));
    if (!place) return [];
    const namesakes = run.clusters.get(key);
    const item = { ...place, cluster, sweepAt, ...(namesakes?.length && { namesakes }) };
    const oldest = machines.toSorted(byText(({ launchedAt }) => launchedAt));
    const since = oldest[0]?.launchedAt ?? '';
    if (!namesakes && !this.newClusters.has(key)) return [{ since, item: { ...item, part: 1 } }];
    const parts = Map.groupBy(oldest.map(toSwept), (_, index) => Math.floor(index / mostSweptMachines));
    return [...parts].map(([index, of]) => ({ since, item: { ...item, part: index + 1, machines: of } }));
  }

  /** Machines of a whole cluster, as its one item reads them. */
  #ofCluster(item: SweepItem, reading: KnownMachine['reading']): readonly KnownMachine[] {
    const key = clusterKey(item);
    return this.machines.filter((each) => each.reading === reading && !each.ended && clusterKey(each) === key);
  }

  #put(machine: KnownMachine, isNews = false): void {
    this.#machines.set(machine.instanceId, machine);
    if (isNews) this.#touched.add(machine.instanceId);
  }

  #change(id: string, change: Partial<KnownMachine>, isNews = false): void {
    const known = this.#machines.get(id);
    if (known) this.#put({ ...known, ...change }, isNews);
  }

  /** A name that EKS did not know is asked for again after one interval: the cluster may be created right after its first machines. */
  #isOver({ status, at }: SweepState['newClusters'][number]): boolean {
    const { everyMinutes } = this.#options;
    return status === 'absent' && (at === undefined || this.#now - Date.parse(at) >= everyMinutes * minute);
  }

  #takeDone(item: SweepItem, { lines: answered, retry }: SweepAnswer): void {
    const again = new Map(retry.map((each) => [each.instanceId, each]));
    for (const { version: _, sweepAt: __, ...line } of answered) {
      const known = this.#machines.get(line.instanceId);
      const judged = known?.judged ?? line.judged;
      const { attempt } = (judged ? undefined : again.get(line.instanceId)) ?? {};
      const { notJudged: ___, ...rest } = { nodeNames: [], attempt: 0, ...known, ...line };
      this.#put(
        {
          ...rest,
          ...(attempt === undefined ? { reading: 'settled' } : { attempt, reading: 'wanted' }),
          ...(judged ? { judged } : line.notJudged && { notJudged: bounded(line.notJudged) }),
          ...(line.ended && { ended: bounded(line.ended) }),
        },
        true,
      );
    }
    // A machine of the item that its answer does not name is read once more.
    const named = new Set(answered.map(({ instanceId }) => instanceId));
    for (const id of this.#askedBy(item))
      if (!named.has(id)) this.#tryAgain(id, 'the answer of its sweep does not name it');
    if (!item.machines) this.#setCluster(item, 'known');
  }

  /** Of an item that reads all of a cluster: those that it was started for. */
  #askedBy = (item: SweepItem): readonly string[] =>
    (item.machines ?? this.#ofCluster(item, 'asked')).map(({ instanceId }) => instanceId);

  #tryAgain(id: string, because: string): void {
    const known = this.#machines.get(id);
    if (known?.reading !== 'asked') return;
    const attempt = known.attempt + 1;
    const notJudged = bounded({ kind: 'unreadable', because } as const);
    if (attempt < mostAttempts) this.#change(id, { attempt, reading: 'wanted' });
    else this.#change(id, { attempt, reading: 'settled', notJudged }, true);
  }

  #setCluster({ accountId, region, cluster }: SweepItem, status: 'known' | 'absent' | 'asked'): void {
    const since = status === 'absent' && { at: this.#options.sweepAt };
    const place = { accountId, region, cluster };
    this.newClusters.set(clusterKey(place), { ...place, status, ...since });
  }

  #takeMachine(place: Place, machine: SeenMachine, since: number): void {
    const { run, sweepAt } = this.#options;
    const { id, launchedAt = sweepAt, clusters = [], group = { kind: 'self-managed', name: 'self-managed' } } = machine;
    const known = this.#machines.get(id);
    const ended = machine.ended && { ended: { seenAt: sweepAt, ...machine.ended } };
    // One that was stopped and started again lives anew.
    if (known && (machine.launchedAt === undefined || launchedAt <= known.launchedAt)) {
      if (ended && !known.ended) this.#change(id, ended, true);
      return;
    }

    const names = clusters.filter((cluster) => run.clusters.has(clusterKey({ ...place, cluster })));
    const cluster = names[0] ?? clusters[0];
    if (cluster === undefined || run.excluded?.has(clusterKey({ ...place, cluster }))) return;
    const isNew = Date.parse(launchedAt) >= since;
    // It was there before the sweeps: only its end is news.
    if (!isNew && !ended) return;

    const { accountId, region } = place;
    const waiting = { kind: 'waiting', because: 'a sweep reads it next' } as const;
    this.#put(
      {
        ...{ instanceId: id, accountId, region, cluster, group, launchedAt },
        nodeNames: namesOf(machine, place),
        attempt: 0,
        reading: ended ? 'settled' : 'wanted',
        ...(isNew && { notJudged: waiting }),
        ...ended,
      },
      true,
    );
  }
}

/** What could be read now, and the launch of the oldest machine of its cluster. */
interface WaitingItem {
  readonly item: SweepItem;
  readonly since: string;
}

/** Who waits longest comes first, one item of each account after another, and one of each cluster: who has many keeps nobody else waiting. */
function inTurn(waiting: readonly WaitingItem[]): readonly SweepItem[] {
  const sorted = waiting.toSorted(
    byText(({ item, since }) => `${String(item.part).padStart(6, '0')} ${since} ${clusterKey(item)}`),
  );
  const accounts = [...Map.groupBy(sorted, ({ item }) => item.accountId).values()];
  const rounds = accounts.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: rounds }, (_, round) => accounts.flatMap((all) => all[round]?.item ?? [])).flat();
}

/** Account-Regions that were not asked, and the times in which nobody looked. */
function gapsOf({ sweepAt, lookedAt = sweepAt, everyMinutes, run, before, seen }: DecideSweepOptions) {
  const now = Date.parse(lookedAt);
  const isLong = (from: string, every = everyMinutes) => now - Date.parse(from) > 1.5 * every * minute;
  const unseen = run.places.filter((place) => !seen.get(placeKey(place))?.ok);
  const behind = unseen.map(({ accountId, region }) => ({
    accountId,
    region,
    since: lastAsked(before, { accountId, region }) ?? before?.sweptAt ?? run.startedAt,
  }));
  const gap = (from: string, because: string, place?: SweepState['behind'][number]): CensusGap => ({
    ...{ version: 1, sweepAt, gap: { from, to: lookedAt, because } },
    ...(place && { accountId: place.accountId, region: place.region }),
  });

  const last = before && (before.lookedAt ?? before.sweptAt);
  const pause = before && last !== undefined && isLong(last, before.everyMinutes) ? [gap(last, 'no sweep ran')] : [];
  const unasked = behind.flatMap((place) => {
    const found = seen.get(placeKey(place));
    const because = printable(found && !found.ok ? found.error.message : 'there was no time to ask', 300);
    return isLong(place.since) ? [gap(place.since, because, place)] : [];
  });
  // The end of what the sweeps before reported as a gap.
  const still = new Set(behind.map(placeKey));
  const caughtUp = (before?.behind ?? []).flatMap((place) =>
    still.has(placeKey(place)) || !isLong(place.since) ? [] : [gap(place.since, 'it could not be asked', place)],
  );
  return { behind, gaps: [...pause, ...unasked, ...caughtUp] };
}

const bounded = <T extends { readonly because: string }>(each: T): T => ({
  ...each,
  because: printable(each.because, 300),
});

const toSwept = ({ instanceId, launchedAt, nodeNames, group, attempt }: KnownMachine): SweptMachine => ({
  instanceId,
  launchedAt,
  state: 'running',
  nodeNames,
  group,
  attempt,
});

/** Names that EC2's settings give the Node object of a machine: its private DNS name, its resource name, and the id alone in EKS Auto Mode. */
function namesOf({ id, privateDnsName }: SeenMachine, { region }: Place): string[] {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  const names = [privateDnsName?.toLowerCase(), `${id}.${domain}`, id];
  return [...new Set(names)].filter(
    (each) => each !== undefined && /^[a-z0-9][a-z0-9.-]{0,252}$/.test(each),
  ) as string[];
}

function lineOf({ nodeNames: _, attempt: __, reading: ___, ...machine }: KnownMachine, sweepAt: string): CensusLine {
  const { judged, notJudged, ...line } = machine;
  const isBefore = line.ended && notJudged?.kind === 'waiting';
  const why = isBefore ? ({ kind: 'ended', because: 'it ended before a sweep could read it' } as const) : notJudged;
  return { version: 1, sweepAt, ...line, ...(judged ? { judged } : why && { notJudged: why }) };
}

/** Without what ended, or was launched, so long ago that no sweep and no run asks for it any more. */
function kept(machines: readonly KnownMachine[], now: number): KnownMachine[] {
  const isOld = ({ launchedAt, ended, reading }: KnownMachine) =>
    reading !== 'asked' && now - Date.parse(ended?.seenAt ?? launchedAt) > knownMs;
  return machines.filter((each) => !isOld(each));
}
