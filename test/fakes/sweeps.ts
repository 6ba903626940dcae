import type { SweepMemory } from '../../lambda/core/findings/lifecycle/sweep-memory.ts';
import type { Place } from '../../lambda/core/model/model.ts';
import type { ReportedAudit } from '../../lambda/core/model/reported-audit.ts';
import { shortHash } from '../../lambda/core/model/text/short-hash.ts';
import type { SweepAnswer } from '../../lambda/core/run/sweep.ts';
import type { RememberedPlace, StoredMemory } from '../../lambda/flow/ports.ts';
import type { SweepItemName, SweepMemoryStore, SweepStore } from '../../lambda/flow/sweep/ports.ts';

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

/** What sweeps leave for the next run, written only in place of what was read. */
export class FakeSweepMemory implements SweepMemoryStore {
  readonly objects = new Map<string, string>();

  async read({ accountId, region }: Place, cluster: string): Promise<StoredMemory> {
    const text = this.objects.get(`${accountId}/${region}/${cluster}`);
    return text === undefined ? { value: undefined } : { value: JSON.parse(text), tag: shortHash(text) };
  }

  async write(place: Place, cluster: string, value: SweepMemory, read: Pick<StoredMemory, 'tag'>): Promise<boolean> {
    if ((await this.read(place, cluster)).tag !== read.tag) return false;
    this.objects.set(`${place.accountId}/${place.region}/${cluster}`, JSON.stringify(value));
    return true;
  }

  async *clusters({ accountId, region }: Pick<Place, 'accountId' | 'region'>): AsyncGenerator<string> {
    for await (const each of this.everyCluster())
      if (each.accountId === accountId && each.region === region) yield each.cluster;
  }

  async *everyCluster(): AsyncGenerator<RememberedPlace> {
    for (const key of this.objects.keys()) {
      const [accountId = '', region = '', cluster = ''] = key.split('/');
      yield { accountId, region, cluster };
    }
  }
}
