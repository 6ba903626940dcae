import type { Cluster, Place, Problem } from '../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../lambda/core/model/result.ts';
import type {
  Account,
  AccountDirectory,
  AccountRegions,
  ListedAccount,
  RegionalClusters,
  RegionDirectory,
} from '../../lambda/flow/ports.ts';
import { clusterIn } from './ports.ts';

const nameOf = ({ accountId, region }: Place, name?: string): string =>
  [accountId, region, ...(name === undefined ? [] : [name])].join('/');

/** Accounts, their enabled Regions and their clusters. What is set in `problems` answers with that instead. */
export class FakeOrganization implements AccountDirectory, RegionDirectory, RegionalClusters {
  readonly listed: ListedAccount[] = [];
  /** By account: Region → names of clusters. */
  readonly estate = new Map<string, Map<string, string[]>>();
  /** By `ACCOUNT` (its Regions), `ACCOUNT/REGION` (its list) and `ACCOUNT/REGION/CLUSTER` (its description). An `Error` is thrown. */
  readonly problems = new Map<string, Problem | Error>();
  /** Regions that are off, by account. */
  readonly off = new Map<string, readonly string[]>();
  /** Every question, by the same names. */
  readonly asked: string[] = [];
  /** How many questions were open at once, at most. */
  mostAtOnce = 0;
  #open = 0;

  /** An active account with these clusters in these enabled Regions. */
  add(id: string, regions: Readonly<Record<string, readonly string[]>>): this {
    this.listed.push({ status: 'active', account: { id, partition: 'aws' } });
    this.estate.set(id, new Map(Object.entries(regions).map(([region, names]) => [region, [...names]])));
    return this;
  }

  /** Deletes a cluster. */
  remove({ accountId, region }: Pick<Place, 'accountId' | 'region'>, name: string): void {
    const names = this.estate.get(accountId)?.get(region) ?? [];
    names.splice(names.indexOf(name), 1);
  }

  async *accounts(): AsyncGenerator<ListedAccount> {
    yield* this.listed;
  }

  async regionsOf({ id }: Account): Promise<Result<AccountRegions, Problem>> {
    const enabled = [...(this.estate.get(id)?.keys() ?? [])];
    return (await this.#trouble(id)) ?? ok({ enabled, off: this.off.get(id) ?? [] });
  }

  async names(place: Place, _signal?: AbortSignal): Promise<Result<readonly string[], Problem>> {
    const names = this.estate.get(place.accountId)?.get(place.region);
    return (await this.#trouble(nameOf(place))) ?? (names ? ok([...names]) : err(notEnabled));
  }

  async describe(place: Place, name: string): Promise<readonly Result<Cluster, Problem>[]> {
    const trouble = await this.#trouble(nameOf(place, name));
    if (trouble) return [trouble];
    if (!this.estate.get(place.accountId)?.get(place.region)?.includes(name)) return [err(notFound)];

    return [ok(clusterIn(place, name))];
  }

  async #trouble(asked: string): Promise<{ readonly ok: false; readonly error: Problem } | undefined> {
    this.asked.push(asked);
    this.#open += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
    await new Promise(setImmediate);
    this.#open -= 1;

    const trouble = this.problems.get(asked);
    if (trouble instanceof Error) throw trouble;
    return trouble && err(trouble);
  }
}

const notEnabled: Problem = { code: 'access-denied', message: 'the Region does not know this account', remedy: 'x' };
const notFound: Problem = { code: 'cluster-not-found', message: 'no such cluster', remedy: 'x' };
