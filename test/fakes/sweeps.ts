import { parseSweepMemory, type SweepMemory } from '../../lambda/core/findings/lifecycle/sweep-memory.ts';
import type { ReportedAudit } from '../../lambda/core/model/reported-audit.ts';
import type { SweepAnswer } from '../../lambda/core/run/sweep.ts';
import type { SweepItemName, SweepStore } from '../../lambda/flow/sweep/ports.ts';
import { TextMemory } from './ports.ts';

const nameOf = ({ sweepAt, accountId, region, cluster, part }: SweepItemName): string =>
  `${sweepAt}/${accountId}/${region}/${cluster}/${part}`;

/** What sweeps leave, as text: nothing but JSON comes through. */
export class FakeSweepStore implements SweepStore {
  readonly objects = new Map<string, string>();

  answer = async (item: SweepItemName): Promise<SweepAnswer | undefined> => this.#read(`answers/${nameOf(item)}`);

  async putAnswer(answer: SweepAnswer): Promise<void> {
    this.objects.set(`answers/${nameOf(answer.item)}`, JSON.stringify(answer));
  }

  async *answers(sweepAt: string): AsyncGenerator<SweepAnswer> {
    for (const [key, text] of this.objects) if (key.startsWith(`answers/${sweepAt}/`)) yield JSON.parse(text);
  }

  result = async (item: SweepItemName): Promise<ReportedAudit | undefined> => this.#read(`results/${nameOf(item)}`);

  async putResult(item: SweepItemName, pieces: Iterable<string>): Promise<boolean> {
    const key = `results/${nameOf(item)}`;
    if (this.objects.has(key)) return false;
    this.objects.set(key, [...pieces].join(''));
    return true;
  }

  async putPage(item: SweepItemName, pieces: Iterable<string>): Promise<void> {
    this.objects.set(`pages/${nameOf(item)}`, [...pieces].join(''));
  }

  pageAddress = (item: SweepItemName): string => `s3://bucket/sweeps/${nameOf(item)}.html`;

  #read<T>(key: string): T | undefined {
    const text = this.objects.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }
}

/** What sweeps leave for the next run. */
export class FakeSweepMemory extends TextMemory<SweepMemory> {
  constructor() {
    super(parseSweepMemory);
  }
}
