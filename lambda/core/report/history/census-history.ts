import { jsonOf, printable } from '../../model/text/words.ts';
import {
  type CensusLine,
  type CensusRecord,
  censusRecord,
  type NotJudgedKind,
  notJudgedKinds,
} from '../../run/census.ts';

/** The population of the machines that sweeps saw come or go, over a period. */
export type CensusHistory = NonNullable<CensusCount['history']>;
type Gap = Extract<CensusRecord, { readonly gap: object }>['gap'] & { readonly where?: string };

/** A machine that a sweep saw failing: what it was is known from then on, whatever became of it. */
export interface SweptFailure {
  /** `111122223333/eu-west-1/payments` */
  readonly cluster: string;
  /** `workers (managed)` */
  readonly group: string;
  /** When its cluster's nodes were listed. */
  readonly at: string;
  /** Absent while it runs. */
  readonly endedAt?: string;
}

const minute = 60_000;
const mostNamed = 20;
const mostGaps = 100;
const mostFailures = 10_000;
/** A machine that ended gets no line after this time. */
const settledMs = 3 * 24 * 60 * minute;
/** A sweep writes less. */
const longestLine = 4_096;

type Machine = Pick<CensusLine, 'launchedAt' | 'ended' | 'judged' | 'notJudged' | 'cluster'>;

/**
 * Counts the machines of a census, file by file in their order. What ended days ago is kept as a number only, so that a year of a large estate fits into
 * little memory.
 */
export class CensusCount {
  readonly #machines = new Map<string, Machine>();
  /** Those that still ran when they were counted, by their ids alone: their end is no other machine. */
  readonly #counted = new Set<string>();
  /** Machines that sweeps saw begin; `othersEnded` were there before. `refused` counts lines that no sweep wrote. */
  readonly #counts = { launched: 0, judged: 0, failed: 0, othersEnded: 0, refused: 0 };
  /** `short` ended before they were as old as the time between two sweeps. */
  readonly #notJudged = Object.fromEntries([...notJudgedKinds, 'short'].map((kind) => [kind, 0])) as Record<
    NotJudgedKind | 'short',
    number
  >;
  readonly #unreadable: string[] = [];
  readonly #failures = new Map<string, SweptFailure>();
  readonly #gaps = new Map<string, Gap>();
  #from: string | undefined;
  #to = '';
  #everyMinutes = 0;
  readonly #firstRunAt: string;

  /** @param firstRunAt the first run of the period; empty for none */
  constructor(firstRunAt = '') {
    this.#firstRunAt = firstRunAt;
  }

  /** One object of the census. */
  add(text: string): void {
    for (const line of text.split('\n')) if (line !== '') this.#take(recordOf(line));
    for (const [life, machine] of this.#machines)
      if (Date.parse(this.#to) - Date.parse(machine.ended?.seenAt ?? machine.launchedAt) > settledMs)
        this.#settle(life, machine);
  }

  /** What each run of a hub with sweeps kept: the last sweep until then. Silence is a gap, also where no sweep came back to say so. */
  addRun({ startedAt, sweptAt }: { readonly startedAt: string; readonly sweptAt?: string }): void {
    if (sweptAt === undefined || this.#from === undefined) return;
    if (sweptAt > this.#to) this.#to = sweptAt;
    if (Date.parse(startedAt) - Date.parse(sweptAt) > 1.5 * this.#everyMinutes * minute)
      this.#setGap({ from: sweptAt, to: startedAt, because: 'no sweep ran' });
  }

  /** `undefined` where no sweep left anything. */
  get history() {
    for (const [life, machine] of this.#machines) this.#settle(life, machine);
    if (this.#from === undefined) return undefined;

    const gaps = [...this.#gaps.values()];
    return {
      from: this.#from,
      to: this.#to,
      // Of the sweep that came last.
      everyMinutes: this.#everyMinutes,
      ...this.#counts,
      notJudged: { ...this.#notJudged },
      unreadable: this.#unreadable,
      gaps: gaps.slice(0, mostGaps),
      moreGaps: Math.max(0, gaps.length - mostGaps),
      failures: [...this.#failures.values()],
    };
  }

  #take(record: CensusRecord | undefined): void {
    if (!record) {
      this.#counts.refused += 1;
      return;
    }
    const last = this.#to;
    if (record.sweepAt > this.#to) this.#to = record.sweepAt;
    if ('everyMinutes' in record) {
      this.#from ??= record.begunAt;
      if (last !== '' && record.begunAt > last)
        this.#setGap({ from: last, to: record.begunAt, because: 'what the sweeps before remembered is lost' });
      this.#everyMinutes = record.everyMinutes;
    } else if ('gap' in record) {
      const { gap, accountId, region } = record;
      const where = accountId && region ? { where: `${accountId}/${region}` } : {};
      this.#setGap({ ...gap, because: printable(gap.because, 200), ...where });
    } else {
      this.#takeFailure(record);
      if (!this.#counted.has(lifeOf(record))) this.#takeLine(record);
    }
  }

  /** Each sweep reports a gap anew for as long as it lasts. */
  #setGap(gap: Gap): void {
    const key = `${gap.where} ${gap.from}`;
    const before = this.#gaps.get(key);
    if (!before || before.to < gap.to) this.#gaps.set(key, gap);
  }

  #takeFailure({ accountId, region, cluster, group, instanceId, judged, ended }: CensusLine): void {
    const isSeen = judged?.by === 'sweep' && judged.worst === 'fail';
    const failure =
      this.#failures.get(instanceId) ??
      (isSeen
        ? {
            cluster: `${accountId}/${region}/${cluster}`,
            group: printable(`${group.name} (${group.kind})`, 300),
            at: judged.at,
          }
        : undefined);
    if (!failure) return;
    this.#failures.set(instanceId, { ...failure, ...(ended && { endedAt: ended.at ?? ended.seenAt }) });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > mostFailures && oldest !== undefined) this.#failures.delete(oldest);
  }

  /** Once judged or ended, always judged or ended. A line of an end alone leaves the reason why it was not judged. */
  #takeLine(line: CensusLine): void {
    const { launchedAt, cluster } = line;
    const before = this.#machines.get(lifeOf(line));
    const [ended, judged] = [line.ended ?? before?.ended, before?.judged ?? line.judged];
    const notJudged = line.notJudged ?? before?.notJudged;
    this.#machines.set(lifeOf(line), {
      launchedAt,
      cluster,
      ...(ended && { ended }),
      ...(judged ? { judged } : notJudged && { notJudged }),
    });
  }

  #settle(life: string, { launchedAt, ended, judged, notJudged, cluster }: Machine): void {
    this.#machines.delete(life);
    if (!ended) this.#counted.add(life);
    const endedAt = ended?.at ?? ended?.seenAt;
    const isOfFirstRun = launchedAt < this.#firstRunAt && !(endedAt !== undefined && endedAt < this.#firstRunAt);
    const counts = this.#counts;
    if (isOfFirstRun || !(judged || notJudged)) {
      if (ended) counts.othersEnded += 1;
      return;
    }

    counts.launched += 1;
    if (judged) counts.judged += 1;
    if (judged?.worst === 'fail') counts.failed += 1;
    if (!notJudged) return;

    const livedMs = endedAt === undefined ? undefined : Date.parse(endedAt) - Date.parse(launchedAt);
    const isShort = livedMs !== undefined && livedMs < this.#everyMinutes * minute && notJudged.kind !== 'unreadable';
    this.#notJudged[isShort ? 'short' : notJudged.kind] += 1;
    if (notJudged.kind === 'unreadable' && this.#unreadable.length < mostNamed)
      this.#unreadable.push(`${life.split(' ')[0]} (${cluster})`);
  }
}

/** A machine that was stopped and started again lives anew. */
const lifeOf = ({ instanceId, launchedAt }: CensusLine): string => `${instanceId} ${launchedAt}`;

function recordOf(line: string): CensusRecord | undefined {
  const parsed = line.length > longestLine ? undefined : censusRecord.safeParse(jsonOf(line));
  return parsed?.success ? parsed.data : undefined;
}
