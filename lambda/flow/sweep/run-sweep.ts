import pMap from 'p-map';
import { sweepMetric } from '../../contract/metrics.ts';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { shortHash } from '../../core/model/text/words.ts';
import { executionName } from '../../core/run/item.ts';
import type { SweepAnswer, SweepItem, SweepState } from '../../core/run/sweep.ts';
import {
  awaitedMs,
  decideSweep,
  placeKey,
  runningMachines,
  type SeenPlace,
  type SweepTime,
  type SweptRun,
  sinceWhen,
} from '../../core/run/sweeps/decide-sweep.ts';
import { problemOf } from '../problem-of.ts';
import { signalUntil } from '../signal-until.ts';
import type { RunSweepPorts } from './ports.ts';

const placesAtOnce = 16;
const objectsAtOnce = 16;

interface RunSweepOptions extends SweepTime {
  readonly excludes: (accountId: string) => boolean;
  readonly excludeClusters?: readonly string[];
  /** Regions of the settings; every one when empty. */
  readonly regions: readonly string[];
  /** When asking stops: what is left is asked by the next sweep. */
  readonly deadline: Date;
  readonly signal: AbortSignal;
}

/**
 * - `done`: it looked, and kept what it found.
 * - `already`: this sweep or a later one was done before; what it had started is started.
 * - `busy`: another sweep kept its own findings meanwhile, and nothing of this one counts.
 * - `no-run`: no run was summed up yet, so it is not known where to look.
 */
type SweepStatus = 'done' | 'already' | 'busy' | 'no-run';

export interface SweepDone {
  readonly sweepAt: string;
  readonly status: SweepStatus;
  /** Account-Regions that answered, and those that did not. */
  readonly asked: number;
  readonly notAsked: number;
  readonly items: number;
  /** Lines of the census. */
  readonly lines: number;
}

/**
 * Looks which machines came and went since the sweep before, and has the new ones read. What it decides is written in one object first, on the condition that
 * no other sweep wrote there. What follows from it can be done again: executions by name, and an object of the census that is written once.
 */
export async function runSweep(ports: RunSweepPorts, options: RunSweepOptions): Promise<SweepDone> {
  const { sweepAt } = options;
  const nothing = { sweepAt, asked: 0, notAsked: 0, items: 0, lines: 0 };

  const held = await ports.states.read();
  const before = held?.state;
  const answers = await answersOf(ports, before);
  if (before) await complete(ports, before, { answers, sweepAt });
  if (before && before.sweptAt >= sweepAt) return { ...nothing, status: 'already' };

  const run = await sweptRun(ports, options);
  if (!run) return { ...nothing, status: 'no-run' };

  const lookedAt = ports.clock.now().toISOString();
  const seen = await lookEverywhere(ports, { ...options, run, before });
  const state = decideSweep({ ...options, lookedAt, run, before, seen, answers });
  if (!(await ports.states.write(state, held?.tag))) return { ...nothing, status: 'busy' };

  await complete(ports, state, { answers, sweepAt });
  const asked = [...seen.values()].filter((each) => each.ok).length;
  // One that reached nothing has not looked, and one that leaves machines waiting for long does not reach everybody: the alarm hears of neither.
  if ((asked > 0 || run.places.length === 0) && !isOverdue(state, run))
    ports.metrics.publish({ [sweepMetric]: 1 }, { sweepAt });
  return {
    sweepAt,
    status: 'done',
    asked,
    notAsked: run.places.length - asked,
    items: state.started.filter((item) => item.sweepAt === sweepAt).length,
    // Without the head.
    lines: Math.max(0, state.records.length - 1),
  };
}

/** A machine in scope that no item was started for, three sweeps after it could have been read. */
function isOverdue({ machines, sweptAt, everyMinutes }: SweepState, { places, excluded }: SweptRun): boolean {
  const inScope = new Set(places.map(placeKey));
  return machines.some(
    (each) =>
      each.reading === 'wanted' &&
      each.attempt === 0 &&
      !each.ended &&
      each.notJudged?.kind === 'waiting' &&
      Date.parse(sweptAt) - Date.parse(each.launchedAt) > 4 * everyMinutes * 60_000 &&
      inScope.has(placeKey(each)) &&
      !excluded?.has(`${placeKey(each)}/${each.cluster}`),
  );
}

/** What follows from a sweep's state. A sweep that died in between is completed by the next one, but for items that are given up by now. */
async function complete(
  { executions, census }: RunSweepPorts,
  { sweptAt, started, records }: SweepState,
  { answers, sweepAt }: { readonly answers: readonly SweepAnswer[]; readonly sweepAt: string },
): Promise<void> {
  const answered = new Set(answers.map(({ item }) => itemExecution(item)));
  const oldest = Date.parse(sweepAt) - awaitedMs;
  const open = started.filter((item) => !answered.has(itemExecution(item)) && Date.parse(item.sweepAt) > oldest);
  await pMap(open, async (item) => await executions.start(itemExecution(item), { item }), {
    concurrency: objectsAtOnce,
  });
  if (records.length > 0) await census.put(sweptAt, records);
}

/** The name of an item's execution: a name is started once. */
function itemExecution({ accountId, region, cluster, sweepAt, part }: Omit<SweepItem, 'machines'>): string {
  return `${executionName(new Date(sweepAt))}-${shortHash(`${accountId}/${region}/${cluster}`)}-${part}`;
}

async function answersOf(ports: RunSweepPorts, before: SweepState | undefined): Promise<readonly SweepAnswer[]> {
  const found = await pMap(before?.started ?? [], async (item) => await ports.sweeps.answer(item), {
    concurrency: objectsAtOnce,
  });
  return found.filter((each) => each !== undefined);
}

/** Where the last run looked, without what the settings have left out since. */
async function sweptRun(
  { runs, log }: RunSweepPorts,
  { excludes, regions, excludeClusters = [] }: RunSweepOptions,
): Promise<SweptRun | undefined> {
  const last = await runs.lastRun();
  const discovery = last && (await runs.discovery(last.runId));
  if (!last || !discovery) {
    log.warn('no sweep before the first run is over: where its clusters are is not known');
    return undefined;
  }

  const excluded = new Set(
    excludeClusters.flatMap((arn) => {
      const cluster = parseClusterArn(arn);
      return cluster ? [`${placeKey(cluster)}/${cluster.name}`] : [];
    }),
  );
  // A cluster may come to an empty Region between two runs.
  const empty = (discovery.empty ?? []).map((place) => ({ kind: 'region', ...place }) as const);
  const inScope = [...discovery.items, ...empty].filter(
    (item) =>
      !excludes(item.accountId) &&
      (regions.length === 0 || regions.includes(item.region)) &&
      !(item.kind === 'cluster' && excluded.has(`${placeKey(item)}/${item.cluster}`)),
  );
  return {
    runId: last.runId,
    startedAt: discovery.startedAt,
    places: inScope.flatMap(({ kind, partition, accountId, region }) =>
      kind === 'region' ? [{ partition, accountId, region }] : [],
    ),
    clusters: new Map(
      inScope.flatMap((item) =>
        item.kind === 'cluster' ? [[`${placeKey(item)}/${item.cluster}`, item.namesakes ?? []] as const] : [],
      ),
    ),
    excluded,
  };
}

type SweepContext = RunSweepOptions & { readonly run: SweptRun; readonly before: SweepState | undefined };

async function lookEverywhere(
  ports: RunSweepPorts,
  { deadline, signal, ...looking }: SweepContext,
): Promise<ReadonlyMap<string, Result<SeenPlace, Problem>>> {
  const limited = signalUntil(ports.clock, signal, deadline);
  const running = runningMachines(looking.before);
  const seen = new Map<string, Result<SeenPlace, Problem>>();

  await pMap(
    looking.run.places,
    async (place) => {
      if (limited.signal.aborted) return;
      const key = placeKey(place);
      const found = await lookInto(ports, {
        place,
        since: sinceWhen(looking, place),
        running: running.get(key) ?? [],
        signal: limited.signal,
      });
      if (limited.signal.aborted && !found.ok) return;
      seen.set(key, found);
      if (!found.ok) ports.log.warn(found.error.message, { ...place, code: found.error.code });
    },
    { concurrency: placesAtOnce },
  ).finally(limited.stop);
  signal.throwIfAborted();
  return seen;
}

/** Two requests, and one more for each 200 machines that sweeps know to run and that neither of them showed. */
async function lookInto(
  { machines, clock, log }: RunSweepPorts,
  { place, since, running, signal }: { place: Place; since: Date; running: readonly string[]; signal: AbortSignal },
): Promise<Result<SeenPlace, Problem>> {
  try {
    const [launched, ended] = await Promise.all([
      machines.launched(place, { since, until: clock.now() }, signal),
      machines.ended(place, signal),
    ]);
    if (!launched.ok) return launched;
    if (!ended.ok) return ended;

    const shown = new Map([...launched.value, ...ended.value].map((each) => [each.id, each]));
    const hidden = running.filter((id) => !shown.has(id));
    const lookedUp = hidden.length > 0 ? await machines.byId(place, hidden, signal) : ok([]);
    if (!lookedUp.ok) return lookedUp;

    for (const each of lookedUp.value) shown.set(each.id, each);
    const others = [...shown.values()].filter(({ otherNames }) => otherNames);
    const names = [...new Set(others.flatMap(({ otherNames = [] }) => otherNames))];
    if (names.length > 0)
      log.info('tags name clusters that EKS does not have', {
        ...place,
        machines: others.length,
        names: names.slice(0, 10),
      });
    return ok({ machines: [...shown.values()], unlisted: hidden.filter((id) => !shown.has(id)) });
  } catch (error) {
    return err(problemOf(log, error, `looking for machines of ${placeKey(place)}`));
  }
}
