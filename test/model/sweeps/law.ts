import { eventTypes } from '../../../lambda/contract/events.ts';
import type { AsffFinding } from '../../../lambda/core/findings/asff/asff.ts';
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
 * 6. What was not judged is in the census with the reason.
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

  constructor(machines: Machines, real: SweptEstate) {
    this.#machines = machines;
    this.#real = real;
  }

  async sweep(mishap: Mishap = {}): Promise<void> {
    this.#firstSweep ??= this.#machines.now;
    const before = this.#shown();
    const writes = this.#real.fakes.findings.writes.length;
    const wasOpen = new Set([...this.#heard].flatMap(([id, kind]) => (kind === 'opened' ? [id] : [])));
    await this.#real.sweep(mishap);
    const withRun = mishap.turns?.withRun === true;
    const events = this.#listen();
    if (withRun) for (const each of this.#readable((each) => each.isRead === 'always')) this.#seenFailing.add(each);

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
      if (machines.length > 0 && machines.every((each) => !this.#machines.isAlive(each)) && !isGone)
        throw new Error(`called fixed: ${id}, whose machines are gone`);
      if (isGone && machines.some((each) => this.#machines.isAlive(each)))
        throw new Error(`called gone: ${id}, of which a machine is there`);
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
      if (this.#firstSweep === undefined || each.launchedAt < this.#firstSweep) continue;
      const lived = (Math.min(each.endsAt, this.#machines.now) - each.launchedAt) / minute;
      const lines = this.#real.linesOf(each.id);
      const words = `${each.id}, which lived for ${lived} minutes`;
      if (lived > interval && lines.length === 0) throw new Error(`forgotten: ${words}`);
      const isOver = each.endsAt < this.#machines.now - (interval + 1) * minute;
      if (lived > interval && isOver && !lines.some(({ ended }) => ended))
        throw new Error(`forgotten: the end of ${words}`);
      const isJudged = lines.some(({ judged }) => judged);
      if (lived > interval + grace && each.isRead === 'always' && !isJudged) throw new Error(`not judged: ${words}`);
      const last = lines.at(-1);
      const isCounted = isJudged || (last?.notJudged !== undefined && last.notJudged.kind !== 'waiting');
      if (lived > interval && isOver && !isCounted) throw new Error(`not counted: ${words}`);
    }
  }

  /** Machines that a sweep judged failing, after each of its judgements was compared with the truth. */
  #judged(answers: readonly SweepAnswer[]): readonly Machine[] {
    return answers
      .flatMap(({ lines }) => lines)
      .flatMap(({ instanceId, judged }) => {
        const machine = this.#machines.all.find(({ id }) => id === instanceId);
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
