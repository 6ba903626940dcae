import { eventTypes } from '../../../lambda/contract/events.ts';
import type { AsffFinding } from '../../../lambda/core/findings/asff/asff.ts';
import { CensusCount } from '../../../lambda/core/report/history/census-history.ts';
import type { SweepAnswer } from '../../../lambda/core/run/sweep.ts';
import { arnOf } from '../program.ts';
import { slugs } from '../true-world.ts';
import type { Machine, Machines } from './machines.ts';
import type { Mishap, SweptEstate } from './swept-estate.ts';

const minute = 60_000;
const interval = 15;
/** AWS's word on how long a machine may boot. */
const grace = 15;

/**
 * What runs and sweeps must come to together, in plain steps over what people were sent and what Security Hub and the census hold. It uses none of the
 * program's code:
 *
 * 1. No sweep ends anything, and one that finds nothing new sends nothing.
 * 2. What a sweep saw failing was announced, and is open until a run ends it: never while one of its machines is there and fails.
 * 3. What was announced last is what Security Hub shows after a run.
 * 4. Every machine that lived longer than one interval is in the census, with its end.
 * 5. Every machine that lived longer than grace and interval, and that answers, was judged, and as it is.
 * 6. What was not judged is in the census with the reason, and is counted by it, however long it lived.
 * 7. A time without a sweep is a gap in the history, and so is the time before a state that was lost.
 * 8. A sweep has nothing read that was there when the last run began.
 */
export class Law {
  readonly #machines: Machines;
  readonly #real: SweptEstate;
  /** What somebody who listens to the bus believes, by finding. */
  readonly #heard = new Map<string, string>();
  #eventsHeard = 0;
  /** Machines that somebody saw failing. */
  readonly #seenFailing = new Set<Machine>();
  /** By finding, machines that only sweeps saw failing since a run looked. */
  readonly #ofSweeps = new Map<string, Set<Machine>>();
  #firstSweep: number | undefined;
  /** When sweeps looked. */
  readonly #sweeps: number[] = [];
  /** Machines that were there in a pause: what the sweeps say of them is not held to the minute. */
  readonly #pausedFor = new Set<Machine>();
  /** Machines of which the sweeps forgot what they knew. */
  readonly #lost = new Set<Machine>();

  constructor(machines: Machines, real: SweptEstate) {
    this.#machines = machines;
    this.#real = real;
  }

  async sweep(mishap: Mishap = {}): Promise<void> {
    this.#firstSweep ??= this.#machines.now;
    this.#sweeps.push(this.#machines.now);
    const before = this.#shown();
    const writes = this.#real.fakes.findings.writes.length;
    const wasOpen = new Set([...this.#heard].flatMap(([id, kind]) => (kind === 'opened' ? [id] : [])));
    const begun = Date.parse((await this.#real.fakes.runs.lastRun())?.startedAt ?? '');
    await this.#real.sweep(mishap);
    const withRun = mishap.turns?.withRun === true;
    const events = this.#listen();
    if (withRun) for (const each of this.#readable((each) => each.isRead === 'always')) this.#seenFailing.add(each);

    this.#expectLookBack(begun);
    const answers = await Array.fromAsync(this.#real.sweeps.answers(new Date(this.#machines.now).toISOString()));
    const failing = this.#judged(answers);
    if (!withRun) {
      for (const { type, id } of events)
        if (type !== eventTypes.opened) throw new Error(`ended: a sweep sent ${type} of ${id}`);
      for (const [id, status] of this.#shown())
        if (rank(status) < rank(before.get(id) ?? 'PASSED')) throw new Error(`ended: a sweep made ${id} ${status}`);
      const isNews = failing.some((each) => !wasOpen.has(idOf(each)) || rank(before.get(idOf(each)) ?? 'PASSED') === 0);
      if (!isNews && !mishap.dies && (events.length > 0 || this.#real.fakes.findings.writes.length > writes))
        throw new Error('not quiet: a sweep that found nothing new sent something');
    }
    for (const each of failing) {
      this.#seenFailing.add(each);
      const id = idOf(each);
      if (!wasOpen.has(id) || this.#ofSweeps.has(id))
        this.#ofSweeps.set(id, (this.#ofSweeps.get(id) ?? new Set()).add(each));
    }
    // The run may have judged them as well.
    if (withRun) this.#ofSweeps.clear();
    this.#expectOpen('a sweep');
  }

  /** No sweep came for a time that is over now; and what they remembered may be lost. */
  paused(isLost: boolean): void {
    for (const each of this.#machines.all) {
      if (each.endsAt > (this.#sweeps.at(-1) ?? 0)) this.#pausedFor.add(each);
      if (isLost) this.#lost.add(each);
    }
  }

  /** @param meanwhile what happens after the nodes of `blue` were read, and before that is published */
  async run(meanwhile?: () => Promise<void>): Promise<void> {
    const known = meanwhile ? undefined : new Map(this.#ofSweeps);
    const before = meanwhile ? this.#readable((each) => each.cluster === 'blue') : [];
    await this.#real.run(
      meanwhile &&
        (async () => {
          this.#listen();
          await meanwhile();
        }),
    );
    for (const each of [...before, ...this.#readable((each) => !meanwhile || each.cluster !== 'blue')]) {
      this.#seenFailing.add(each);
      this.#ofSweeps.delete(idOf(each));
    }
    for (const id of this.#ofSweeps.keys()) if (!meanwhile || !id.includes('cluster/blue/')) this.#ofSweeps.delete(id);
    for (const { type, id, because } of this.#listen()) {
      if (type !== eventTypes.resolved) continue;
      const machines = [...(known?.get(id) ?? [])];
      const isGone = because.startsWith('gone, not fixed');
      const isThere = ({ id: of }: Machine) =>
        this.#machines.all.some((each) => each.id === of && this.#machines.isAlive(each));
      if (machines.length > 0 && !machines.some(isThere) && !isGone)
        throw new Error(`called fixed: ${id}, whose machines are gone`);
      if (isGone && machines.some(isThere)) throw new Error(`called gone: ${id}, of which a machine is there`);
    }
    this.#expectOpen('a run');
  }

  async again(): Promise<void> {
    await this.#real.again();
    this.#listen();
    this.#expectOpen('a run that was done again');
  }

  /** When all is over: a sweep has looked at each end, and a run at what is left. */
  async end(): Promise<void> {
    await this.run();
    for (const [id, status] of this.#shown())
      if ((this.#heard.get(id) === 'opened') !== rank(status) > 0)
        throw new Error(`told otherwise: ${id} is ${status}, and ${this.#heard.get(id) ?? 'nothing'} was announced`);
    const writes = this.#real.fakes.findings.writes.length;
    await this.#real.run();
    // What can't be read becomes not available after some runs.
    const isUnread = this.#machines.all.some((each) => each.isRead === 'never' && this.#machines.isAlive(each));
    if (!isUnread && (this.#listen().length > 0 || this.#real.fakes.findings.writes.length > writes))
      throw new Error('not quiet: a second run sent something');

    for (const each of this.#machines.all) {
      // What was there before is for the run to judge.
      if (this.#firstSweep === undefined || each.launchedAt < this.#firstSweep || this.#lost.has(each)) continue;
      const isPaused = this.#pausedFor.has(each);
      const lived = (Math.min(each.endsAt, this.#machines.now) - each.launchedAt) / minute;
      const lines = this.#real.linesOf(each);
      const words = `${each.id}, which lived for ${lived} minutes`;
      if (!isPaused && lived > interval && lines.length === 0) throw new Error(`forgotten: ${words}`);
      if (each.isReplaced) continue;
      const isOver = each.endsAt < this.#machines.now - (interval + 1) * minute;
      // What sweeps know they look up by its id for two days, also where EC2 has shown its end while they paused.
      const isKnown = isPaused ? lines.length > 0 && lived < 47 * 60 : lived > interval;
      if (isKnown && isOver && !lines.some(({ ended }) => ended)) throw new Error(`forgotten: the end of ${words}`);
      if (isPaused) continue;
      const isJudged = lines.some(({ judged }) => judged);
      if (lived > interval + grace && each.isRead === 'always' && !isJudged) throw new Error(`not judged: ${words}`);
      // A line of an end alone leaves the reason of the one before.
      const last = lines.flatMap(({ notJudged }) => notJudged ?? []).at(-1);
      const isCounted = isJudged || (last !== undefined && last.kind !== 'waiting');
      if (lived > interval && isOver && !isCounted) throw new Error(`not counted: ${words}`);
    }
    await this.#expectHistory();
  }

  /** What people read of the machines between the runs, after sweeps have stopped. */
  async #expectHistory(): Promise<void> {
    this.#machines.now += 60 * minute;
    await this.#real.run();
    const count = new CensusCount();
    for (const text of this.#real.census) count.add(text);
    for (const { startedAt, sweptAt } of this.#real.runs)
      count.addRun({ startedAt: startedAt.toISOString(), ...(sweptAt && { sweptAt }) });
    const { history } = count;
    if (!history) return;

    const looked = [...this.#sweeps, this.#machines.now];
    for (const [index, to] of looked.entries()) {
      const from = looked[index - 1];
      if (from === undefined || to - from <= 1.5 * interval * minute) continue;
      const isGap = history.gaps.some(
        (gap) => Date.parse(gap.from) <= from + minute && to - minute <= Date.parse(gap.to),
      );
      if (!isGap)
        throw new Error(`no gap: no sweep came from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`);
    }

    const lives = [
      ...Map.groupBy(this.#real.lines, ({ instanceId, launchedAt }) => `${instanceId} ${launchedAt}`).values(),
    ];
    const counted = lives.filter((lines) => lines.some(({ judged, notJudged }) => judged ?? notJudged));
    const judged = counted.flatMap((lines) => lines.flatMap((each) => each.judged ?? []).slice(0, 1));
    const failed = judged.filter(({ worst }) => worst === 'fail');
    const expected = { launched: counted.length, judged: judged.length, failed: failed.length };
    for (const [what, number] of Object.entries(expected))
      if (history[what as keyof typeof expected] !== number)
        throw new Error(`miscounted: ${history[what as keyof typeof expected]} ${what}, and ${number} are true`);
    const unread = this.#machines.all.filter(
      (each) =>
        each.launchedAt >= (this.#firstSweep ?? 0) &&
        each.isRead === 'never' &&
        !each.isReplaced &&
        !this.#pausedFor.has(each),
    );
    const longUnread = unread.filter(({ launchedAt, endsAt }) => endsAt - launchedAt > 5 * interval * minute);
    if (history.notJudged.unreadable < longUnread.filter(({ endsAt }) => endsAt < this.#machines.now).length)
      throw new Error(
        `miscounted: ${history.notJudged.unreadable} could not be read, and ${longUnread.length} are true`,
      );
  }

  /** What was launched before the last run began is the run's to read. */
  #expectLookBack(begun: number): void {
    for (const { machines = [], sweepAt } of this.#real.started)
      for (const { instanceId, launchedAt } of machines) {
        const machine = this.#machines.all.find(
          (each) => each.id === instanceId && new Date(each.launchedAt).toISOString() === launchedAt,
        );
        const isNew = machine && this.#real.linesOf(machine).every((line) => line.sweepAt >= sweepAt);
        if (isNew && Date.parse(launchedAt) < begun - (interval + 1) * minute)
          throw new Error(`read twice: ${instanceId}, which the run had listed`);
      }
  }

  /** Machines that a sweep judged failing, after each of its judgements was compared with the truth. */
  #judged(answers: readonly SweepAnswer[]): readonly Machine[] {
    return answers
      .flatMap(({ lines }) => lines)
      .flatMap(({ instanceId, judged }) => {
        const machine = this.#machines.byId(instanceId);
        if (!judged || !machine) return [];
        if ((judged.worst === 'fail') !== machine.isFailing)
          throw new Error(`misjudged: ${instanceId} is ${judged.worst}`);
        return machine.isFailing ? [machine] : [];
      });
  }

  /** Machines that fail and that a run would read now. */
  #readable(of: (machine: Machine) => boolean): readonly Machine[] {
    return this.#machines.all.filter((each) => each.isFailing && of(each) && this.#machines.answers(each));
  }

  #expectOpen(by: string): void {
    const shown = this.#shown();
    for (const each of this.#seenFailing) {
      if (!each.isFailing || !this.#machines.isAlive(each)) continue;
      const id = idOf(each);
      if (this.#heard.get(id) !== 'opened') throw new Error(`not announced: ${id} (${each.id}), after ${by}`);
      if (rank(shown.get(id) ?? 'PASSED') === 0) throw new Error(`hidden: ${id} is ${shown.get(id)}, after ${by}`);
    }
  }

  #listen(): readonly { readonly type: string; readonly id: string; readonly because: string }[] {
    const events = this.#real.events.slice(this.#eventsHeard).map(({ type, detail }) => {
      const { findingId, because } = { findingId: '', because: '', ...detail };
      return { type, id: findingId, because };
    });
    this.#eventsHeard = this.#real.events.length;
    for (const { type, id } of events) this.#heard.set(id, type.replace('Finding ', '').toLowerCase());
    return events;
  }

  #shown(): ReadonlyMap<string, string> {
    const shown = ({ RecordState, Compliance }: AsffFinding) =>
      RecordState === 'ARCHIVED' ? 'ARCHIVED' : Compliance.Status;
    return new Map([...this.#real.fakes.findings.findings].map(([id, each]) => [id, shown(each)]));
  }
}

const rank = (status: string): number => ({ FAILED: 2, WARNING: 1 })[status] ?? 0;

const idOf = ({ cluster, group }: Machine): string =>
  `eks-kubelet-audit/${slugs.ca}/${arnOf(cluster)}/node-group/managed/${group}`;
