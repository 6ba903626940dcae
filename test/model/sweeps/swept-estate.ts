import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { withSweeps } from '../../../lambda/adapters/s3/run-memory.ts';
import { s3Census, s3SweepStates } from '../../../lambda/adapters/s3/sweep-store.ts';
import { censusPrefix, sweepStateKey } from '../../../lambda/contract/names.ts';
import type { Instance } from '../../../lambda/core/model/model.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import { lastRunAfter } from '../../../lambda/core/report/history/last-run.ts';
import type { CensusLine } from '../../../lambda/core/run/census.ts';
import { itemName, type RunItem } from '../../../lambda/core/run/item.ts';
import type { SweepItem } from '../../../lambda/core/run/sweep.ts';
import type { SeenMachine } from '../../../lambda/core/run/sweeps/decide-sweep.ts';
import type { KubeletSource } from '../../../lambda/flow/audit/ports.ts';
import type { RunMemory } from '../../../lambda/flow/ports.ts';
import type { HubPorts } from '../../../lambda/flow/run/ports.ts';
import { runItem } from '../../../lambda/flow/run/run-item.ts';
import type { RunSweepPorts, SweepMemoryStore, SweepPorts } from '../../../lambda/flow/sweep/ports.ts';
import { runSweep } from '../../../lambda/flow/sweep/run-sweep.ts';
import { type SweepItemOptions, sweepItem } from '../../../lambda/flow/sweep/sweep-item.ts';
import { fakeBucket } from '../../fakes/bucket.ts';
import { type FakeHub, FakeRuns, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { instanceWith, silentLog } from '../../fakes/ports.ts';
import { FakeSweepMemory, FakeSweepStore } from '../../fakes/sweeps.ts';
import { calling } from '../broken-ports.ts';
import { answersBy, clusterIn, labelsOf, optionsOf, osImage, privateNameOf } from '../program.ts';
import { place, slugs } from '../true-world.ts';
import type { Machine, Machines } from './machines.ts';
import { Turns } from './turns.ts';

/** What a sweep's item touches, and how runs see the same. */
export interface SweptPorts extends SweepPorts, Pick<RunSweepPorts, 'census' | 'states'> {
  readonly hub: HubPorts;
}

/** The program with something about it changed: a broken one, or nothing. */
export interface Variant {
  /** What all of it shares. */
  readonly shared?: (ports: SweptPorts) => SweptPorts;
  readonly run?: (ports: HubPorts, machines: Machines) => HubPorts;
  readonly item?: (ports: SweptPorts) => SweptPorts;
  readonly afterItem?: (ports: SweptPorts, item: SweepItem, options: SweepItemOptions) => Promise<void>;
}

/** What happens to the next sweep's items. */
export interface Mishap {
  /** The write at which each of them dies, before or after it: it is done again then. */
  readonly dies?: { readonly at: number; readonly after: boolean };
  /** Each machine has an item of its own. */
  readonly isSplit?: boolean;
  /** They and two sweeps of the same time take turns, in this order, with an item of a run beside them where one is wanted. */
  readonly turns?: { readonly choices: readonly number[]; readonly withRun: boolean };
  /** It is done once more when it is over, as the scheduler may call twice. */
  readonly isTwice?: boolean;
  /** Tags for clusters that do not exist, which somebody has put on as many new machines. */
  readonly madeUp?: number;
}

const everyMinutes = 15;

/** The real program over machines that come and go: runs and sweeps as their state machines do them. */
export class SweptEstate {
  readonly machines: Machines;
  readonly fakes: FakeHub = fakeHub(new FakeOrganization());
  readonly sweeps = new FakeSweepStore();
  readonly sweepMemory = new FakeSweepMemory();
  readonly bucket = fakeBucket();
  readonly runs: { readonly id: string; readonly startedAt: Date; readonly sweptAt?: string }[] = [];
  /** What the last sweep has started. */
  started: readonly SweepItem[] = [];
  readonly #variant: Variant;
  readonly #turns = new Turns();
  readonly #executions = new FakeRuns();
  readonly #done = new Set<string>();
  readonly #ports: SweptPorts;
  #madeUp = 0;
  #ticks = 0;

  constructor(machines: Machines, variant: Variant = {}) {
    this.machines = machines;
    this.#variant = variant;
    const { shared = (same: SweptPorts) => same } = variant;
    this.#ports = shared(this.#base());
  }

  get events(): FakeHub['events']['events'] {
    return this.fakes.events.events;
  }

  /** What sweeps have left, in their order. */
  get census(): readonly string[] {
    const objects = [...this.bucket.objects].filter(([key]) => key.startsWith(censusPrefix));
    return objects.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, { body }]) => body.toString());
  }

  /** Lines of the census about machines. */
  get lines(): readonly CensusLine[] {
    const records = this.census.flatMap((text) => text.split('\n').filter(Boolean)).map((line) => JSON.parse(line));
    return records.filter((each) => 'instanceId' in each);
  }

  /** Those about one life. */
  linesOf({ id, launchedAt }: Machine): readonly CensusLine[] {
    const launched = new Date(launchedAt).toISOString();
    return this.lines.filter((line) => line.instanceId === id && line.launchedAt === launched);
  }

  /** What sweeps remember is deleted, or written over by somebody. */
  loseState(): void {
    this.bucket.objects.delete(sweepStateKey);
  }

  get sweptAt(): string | undefined {
    const text = this.bucket.objects.get(sweepStateKey)?.body.toString();
    return text && JSON.parse(text).sweptAt;
  }

  /** @param meanwhile what happens after a cluster's nodes were read, and before that is published */
  async run(meanwhile?: () => Promise<void>): Promise<void> {
    const { sweptAt } = this;
    const run = { id: `run-${this.runs.length + 1}`, startedAt: this.#now(), ...(sweptAt && { sweptAt }) };
    this.runs.push(run);
    await this.#putRun(run);
    const items = this.#items();
    const [slow, ...others] = meanwhile ? items : [];
    if (slow && meanwhile) {
      const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
      const done = this.#runItem(run, slow, holding(held));
      await setImmediate();
      await meanwhile();
      goOn();
      await done;
    }
    for (const item of meanwhile ? others : items) await this.#runItem(run, item);
    const last = await this.fakes.runs.lastRun();
    await this.fakes.runs.putLastRun(lastRunAfter(last, { runId: run.id, startedAt: run.startedAt.toISOString() }));
  }

  /** The items of the last run once more, from what they left: their answers were lost. */
  async again(): Promise<void> {
    const run = this.runs.at(-1);
    if (!run) return;
    for (const item of await this.#itemsOf(run)) {
      this.fakes.runs.objects.delete(`${run.id}/answers/${itemName(item)}`);
      await this.#runItem(run, item);
    }
  }

  /** A sweep, and then the items that it has started. */
  async sweep({ dies, turns, isSplit = false, isTwice, madeUp = 0 }: Mishap = {}): Promise<void> {
    this.machines.isSweeping = true;
    this.#madeUp = madeUp;
    const sweepAt = new Date(this.machines.now).toISOString();
    const options = {
      sweepAt,
      everyMinutes,
      regions: [],
      signal: new AbortController().signal,
      excludes: () => false,
      deadline: new Date(this.machines.now + 240_000),
    };
    const ports = this.#sweepPorts();
    if (dies) await mortal(ports, dies, async (each) => await runSweep(each, options));
    if (turns) await this.#onceOfTwo(async () => (await runSweep(ports, options)).status, turns.choices);
    else await runSweep(ports, options);
    if (isTwice) await this.#changesNothing(async () => await runSweep(ports, options));

    const items = [...this.#executions.started].flatMap(([name, input]) => {
      if (this.#done.has(name)) return [];
      this.#done.add(name);
      return [Object(input).item as SweepItem];
    });
    this.started = items;
    if (dies) for (const each of items) await mortal(this.#ports, dies, async (dying) => await this.#item(dying, each));
    const parts = items.flatMap(({ machines, ...item }): readonly SweepItem[] =>
      isSplit && machines
        ? machines.map((each, index) => ({ ...item, part: index + 2, machines: [each] }))
        : [{ ...item, machines }],
    );
    const programs = parts.map((each) => async () => await this.#item(this.#ports, each));
    if (turns?.withRun) programs.push(async () => await this.run());
    if (turns) await this.#turns.together(programs, turns.choices);
    else for (const each of programs) await each();
    for (const each of isSplit ? items : []) await this.#joinAnswers(each);
    this.machines.isSweeping = false;
  }

  async #onceOfTwo(sweep: () => Promise<string>, choices: readonly number[]): Promise<void> {
    const statuses: string[] = [];
    const both = [1, 2].map(() => async () => void statuses.push(await sweep()));
    await this.#turns.together(both, choices);
    const isKnown = statuses.every((each) => ['done', 'busy', 'already', 'no-run'].includes(each));
    if (!isKnown || statuses.filter((each) => each === 'done').length > 1)
      throw new Error(`counted twice: two sweeps at once were ${statuses.join(' and ')}`);
  }

  async #changesNothing(sweep: () => Promise<unknown>): Promise<void> {
    const left = () =>
      JSON.stringify([[...this.bucket.objects].map(([key, { tag }]) => [key, tag]), this.#executions.started.size]);
    const before = left();
    await sweep();
    if (left() !== before) throw new Error('counted twice: the same sweep once more left something');
  }

  /** As one item of all of its machines would have answered. */
  async #joinAnswers({ machines, ...item }: SweepItem): Promise<void> {
    const answers = await Array.fromAsync(this.sweeps.answers(item.sweepAt));
    const parts = answers.filter((each) => each.item.cluster === item.cluster && each.item.part > 1);
    const [first] = parts;
    const [lines, retry] = [parts.flatMap((each) => each.lines), parts.flatMap((each) => each.retry)];
    if (machines && first) await this.sweeps.putAnswer({ ...first, item, lines, retry });
  }

  async #item(ports: SweptPorts, item: SweepItem): Promise<void> {
    const { item: change = (same) => same, afterItem } = this.#variant;
    const changed = change(ports);
    await sweepItem(changed, item, this.#options());
    await afterItem?.(changed, item, this.#options());
  }

  async #runItem(
    { id: runId, startedAt: runStartedAt }: (typeof this.runs)[number],
    item: RunItem,
    change: (ports: HubPorts) => HubPorts = (same) => same,
  ): Promise<void> {
    const { run = (same) => same } = this.#variant;
    await runItem(change(run(this.#ports.hub, this.machines)), { runId, item }, { ...this.#options(), runStartedAt });
  }

  #items(): readonly RunItem[] {
    return [
      ...this.machines.clusters.map((cluster) => ({ kind: 'cluster', ...place, cluster }) as const),
      { kind: 'region', ...place },
    ];
  }

  async #itemsOf({ id }: { readonly id: string }): Promise<readonly RunItem[]> {
    return (await this.fakes.runs.discovery(id))?.items ?? [];
  }

  async #putRun({ id: runId, startedAt }: (typeof this.runs)[number]): Promise<void> {
    const rest = { accounts: 1, regions: 1, gaps: [], skipped: [] };
    const items = this.#items();
    await this.fakes.runs.putDiscovery({ runId, startedAt: startedAt.toISOString(), items, ...rest });
  }

  #now(): Date {
    this.#ticks += 1;
    return new Date(this.machines.now + (this.#ticks % 30_000));
  }

  #options(): SweepItemOptions {
    return optionsOf([slugs.ca], 'node-group');
  }

  #base(): SweptPorts {
    const { machines, fakes } = this;
    const inTurn = <Port extends object>(port: Port, ...names: readonly (string & keyof Port)[]): Port =>
      calling(port, names, (own) => async (...given) => {
        await this.#turns.turn();
        return await own(...given);
      });
    const runMemory = inTurn<RunMemory>(fakes.memory, 'read', 'write');
    const sweepMemory = inTurn<SweepMemoryStore>(this.sweepMemory, 'read', 'write');
    const listed = (of: (machine: Machine) => boolean) => ok(machines.listed().filter(of).map(this.#instanceOf));
    const nodes = (cluster: string) => machines.nodes(cluster).map(nodeOf);
    const ports: Omit<HubPorts, 'memory'> = {
      ...fakes,
      clock: { now: () => this.#now(), sleep: untilAborted },
      events: inTurn(fakes.events, 'put'),
      findings: inTurn(fakes.findings, 'write'),
      regionalClusters: {
        names: async () => ok(machines.clusters),
        describe: async (at, name) =>
          this.machines.clusters.some((each) => each === name)
            ? [ok(clusterIn(at, name))]
            : [err({ code: 'cluster-not-found', message: `${name} is not there`, remedy: '' })],
      },
      nodeList: inTurn(
        {
          nodes: async ({ name }) => ok(nodes(name)),
          node: async ({ name: cluster }, name) => ok(nodes(cluster).find((each) => each.name === name)),
        },
        'nodes',
      ),
      instanceDirectories: [{ instances: async ({ name }) => listed(({ cluster }) => cluster === name) }],
      instanceLookup: { find: async (_, { ids = [] }) => listed(({ id }) => ids.includes(id)) },
      kubeletSources: [this.#kubelets],
    };
    return {
      ...ports,
      sweeps: this.sweeps,
      states: inTurn(s3SweepStates(this.bucket, { log: silentLog }), 'read', 'write'),
      runMemory,
      sweepMemory,
      census: s3Census(this.bucket),
      get hub() {
        return { ...ports, memory: withSweeps(runMemory, sweepMemory) };
      },
    };
  }

  #sweepPorts(): RunSweepPorts {
    const seen = (of: (machine: Machine) => boolean) =>
      ok(
        this.machines
          .listed()
          .filter(of)
          .map((each): SeenMachine => {
            const ended = { at: new Date(each.endsAt).toISOString(), because: 'User initiated' };
            return { ...this.#instanceOf(each), ...(!this.machines.isAlive(each) && { ended }) };
          }),
      );
    return {
      ...this.#ports,
      machines: {
        launched: async (_, { since, until }) => {
          const launched = seen(({ launchedAt }) => launchedAt >= since.getTime() && launchedAt <= until.getTime());
          return launched.ok ? ok([...launched.value, ...this.#tagged()]) : launched;
        },
        ended: async () => seen((each) => !this.machines.isAlive(each)),
        byId: async (_, ids) => seen(({ id }) => ids.includes(id)),
      },
      executions: this.#executions,
    };
  }

  /** Machines of somebody whose tags name clusters that do not exist: others in each sweep. */
  #tagged(): readonly SeenMachine[] {
    const launchedAt = new Date(this.machines.now - 5 * 60_000).toISOString();
    return Array.from({ length: this.#madeUp }, (_, index) => {
      const name = `a${this.machines.now / 60_000}-${index}`;
      const id = `i-f${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
      return instanceWith({ id, state: 'running', clusters: [name], launchedAt });
    });
  }

  readonly #instanceOf = (machine: Machine): Instance =>
    instanceWith({
      id: machine.id,
      state: this.machines.isAlive(machine) ? 'running' : 'terminated',
      clusters: [machine.cluster],
      launchedAt: new Date(machine.launchedAt).toISOString(),
      group: { kind: 'managed', name: machine.group },
      privateDnsName: privateNameOf(machine),
    });

  readonly #kubelets: KubeletSource = {
    via: 'configz',
    read: (_, nodes) => this.#read(nodes),
  };

  async *#read(nodes: Parameters<KubeletSource['read']>[1]): ReturnType<KubeletSource['read']> {
    for await (const node of nodes) {
      const machine = this.machines.byId(node.key);
      const state = machine?.isFailing ? 'no-ca' : 'good';
      yield { node, result: answers[machine && this.machines.answers(machine) ? state : 'silent'] };
    }
  }
}

const answers = answersBy('configz');

const nodeOf = (machine: Machine) => ({
  name: privateNameOf(machine),
  providerId: `aws:///eu-west-1a/${machine.id}`,
  labels: labelsOf(machine.group),
  osImage,
});

const untilAborted = (_: number, signal?: AbortSignal): Promise<void> =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

/** Its kubelets are read, and their readings reach the program when `held` is over. */
const holding =
  (held: Promise<void>) =>
  (ports: HubPorts): HubPorts => ({
    ...ports,
    kubeletSources: ports.kubeletSources.map(({ via, read }) => ({
      via,
      async *read(...given) {
        const readings = await Array.fromAsync(read(...given));
        await held;
        yield* readings;
      },
    })),
  });

/** Does it with ports of which one never answers: the function has died there. */
async function mortal<Ports extends object>(
  ports: Ports,
  { at, after }: NonNullable<Mishap['dies']>,
  program: (ports: Ports) => Promise<unknown>,
): Promise<void> {
  const { promise: died, resolve: die } = Promise.withResolvers<void>();
  let writes = 0;
  const changed = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [
      name,
      calling(Object(port), written[name] ?? [], (own) => async (...given) => {
        writes += 1;
        if (writes !== at) return await own(...given);
        if (after) await own(...given);
        die();
        return await new Promise(() => undefined);
      }),
    ]),
  );
  await Promise.race([program(changed as Ports), died]);
}

const written: Readonly<Record<string, readonly string[]>> = {
  sweeps: ['putResult', 'putPage', 'putAnswer'],
  findings: ['write'],
  events: ['put'],
  sweepMemory: ['write'],
  states: ['write'],
  executions: ['start'],
  census: ['put'],
};
