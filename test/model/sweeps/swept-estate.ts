import { setImmediate } from 'node:timers/promises';
import { withSweeps } from '../../../lambda/adapters/s3/memory-with-sweeps.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import type { Instance, Place } from '../../../lambda/core/model/model.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import { lastRunAfter } from '../../../lambda/core/report/history/last-run.ts';
import type { CensusLine } from '../../../lambda/core/run/census.ts';
import type { CensusRecord } from '../../../lambda/core/run/census-record.ts';
import { itemName, type RunItem } from '../../../lambda/core/run/item.ts';
import type { SweepItem } from '../../../lambda/core/run/sweep.ts';
import type { SeenMachine } from '../../../lambda/core/run/sweeps/decide-sweep.ts';
import type { SweepState } from '../../../lambda/core/run/sweeps/sweep-state.ts';
import type { KubeletSource } from '../../../lambda/flow/audit/ports.ts';
import type { HubPorts } from '../../../lambda/flow/run/ports.ts';
import { runItem } from '../../../lambda/flow/run/run-item.ts';
import type { RunSweepPorts, SweepPorts } from '../../../lambda/flow/sweep/ports.ts';
import { runSweep } from '../../../lambda/flow/sweep/run-sweep.ts';
import { type SweepItemOptions, sweepItem } from '../../../lambda/flow/sweep/sweep-item.ts';
import { type FakeHub, FakeRuns, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { factsOf, cluster as someCluster } from '../../fakes/ports.ts';
import { FakeSweepMemory, FakeSweepStore } from '../../fakes/sweeps.ts';
import { place, slugs } from '../true-world.ts';
import { type Machine, type Machines, nameOf } from './machines.ts';
import { Turns } from './turns.ts';

/** What a sweep's item touches, and how runs see the same. */
export interface SweptPorts extends SweepPorts, Pick<RunSweepPorts, 'census'> {
  readonly hub: HubPorts;
}

/** The program with something about it changed: a broken one, or nothing. */
export interface Variant {
  /** What all of it shares. */
  readonly shared?: (ports: SweptPorts) => SweptPorts;
  readonly run?: (ports: HubPorts) => HubPorts;
  readonly item?: (ports: SweptPorts) => SweptPorts;
  readonly afterItem?: (ports: SweptPorts, item: SweepItem, options: SweepItemOptions) => Promise<void>;
}

/** What happens to the next sweep's items. */
export interface Mishap {
  /** The write at which each of them dies, before or after it: it is done again then. */
  readonly dies?: { readonly at: number; readonly after: boolean };
  /** Each machine has an item of its own. */
  readonly isSplit?: boolean;
  /** They take turns, in this order, with an item of a run beside them where one is wanted. */
  readonly turns?: { readonly choices: readonly number[]; readonly withRun: boolean };
}

const everyMinutes = 15;

/** The real program over machines that come and go: runs and sweeps as their state machines do them. */
export class SweptEstate {
  readonly machines: Machines;
  readonly fakes: FakeHub = fakeHub(new FakeOrganization());
  readonly sweeps = new FakeSweepStore();
  readonly sweepMemory = new FakeSweepMemory();
  readonly census: CensusRecord[] = [];
  readonly runs: { readonly id: string; readonly startedAt: Date }[] = [];
  readonly #variant: Variant;
  readonly #turns = new Turns();
  readonly #executions = new FakeRuns();
  readonly #done = new Set<string>();
  readonly #ports: SweptPorts;
  #state: { state: SweepState; tag: string } | undefined;
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

  /** Lines of the census about a machine. */
  linesOf(id: string): readonly CensusLine[] {
    return this.census.flatMap((each) => ('instanceId' in each && each.instanceId === id ? [each] : []));
  }

  /** @param meanwhile what happens after a cluster's nodes were read, and before that is published */
  async run(meanwhile?: () => Promise<void>): Promise<void> {
    const run = { id: `run-${this.runs.length + 1}`, startedAt: this.#now() };
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
  async sweep({ dies, turns, isSplit = false }: Mishap = {}): Promise<void> {
    this.machines.isSweeping = true;
    const sweepAt = new Date(this.machines.now).toISOString();
    const options = {
      ...{ sweepAt, everyMinutes, regions: [], signal: new AbortController().signal },
      excludes: () => false,
      deadline: new Date(this.machines.now + 240_000),
    };
    const ports = this.#sweepPorts();
    if (dies) await mortal(ports, dies, async (each) => await runSweep(each, options));
    await runSweep(ports, options);

    const items = [...this.#executions.started].flatMap(([name, input]) => {
      if (this.#done.has(name)) return [];
      this.#done.add(name);
      return [Object(input).item as SweepItem];
    });
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
    await runItem(change(run(this.#ports.hub)), { runId, item }, { ...this.#options(), runStartedAt });
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
    return {
      controls: controls.filter(({ slug }) => slug === slugs.ca),
      benchmark: 'cis-eks-1.8.0',
      scope: 'node-group',
      publish: true,
      signal: new AbortController().signal,
    };
  }

  #base(): SweptPorts {
    const { machines, fakes } = this;
    const turn = () => this.#turns.turn();
    const inTurn =
      <In extends readonly unknown[], Out>(call: (...given: In) => Promise<Out>) =>
      async (...given: In): Promise<Out> => {
        await turn();
        return await call(...given);
      };
    const runMemory = {
      read: inTurn((at: Place, name: string) => fakes.memory.read(at, name)),
      write: inTurn((...given: Parameters<SweepPorts['runMemory']['write']>) => fakes.memory.write(...given)),
      clusters: (at: Place) => fakes.memory.clusters(at),
      everyCluster: () => fakes.memory.everyCluster(),
    };
    const sweepMemory = {
      read: inTurn((at: Place, name: string) => this.sweepMemory.read(at, name)),
      write: inTurn((...given: Parameters<SweepPorts['sweepMemory']['write']>) => this.sweepMemory.write(...given)),
      clusters: (at: Place) => this.sweepMemory.clusters(at),
      everyCluster: () => this.sweepMemory.everyCluster(),
    };
    const ports: Omit<HubPorts, 'memory'> = {
      ...fakes,
      clock: { now: () => this.#now(), sleep: untilAborted },
      events: { put: inTurn((events) => fakes.events.put(events)) },
      findings: {
        stored: (...given) => fakes.findings.stored(...given),
        write: inTurn((...given) => fakes.findings.write(...given)),
      },
      regionalClusters: {
        names: async () => ok(machines.clusters),
        describe: async (at, name) => [ok(describedCluster(at, name))],
      },
      nodeList: {
        nodes: inTurn(async ({ name }) => ok(machines.nodes(name).map(nodeOf))),
        node: async ({ name: cluster }, name) =>
          ok(
            machines
              .nodes(cluster)
              .map(nodeOf)
              .find((each) => each.name === name),
          ),
      },
      instanceDirectories: [
        {
          instances: async ({ name }) =>
            ok(
              machines
                .listed()
                .filter(({ cluster }) => cluster === name)
                .map(this.#instanceOf),
            ),
        },
      ],
      instanceLookup: {
        find: async (_, { ids = [] }) =>
          ok(
            machines
              .listed()
              .filter(({ id }) => ids.includes(id))
              .map(this.#instanceOf),
          ),
      },
      kubeletSources: [this.#kubelets],
    };
    return {
      ...ports,
      sweeps: this.sweeps,
      runMemory,
      sweepMemory,
      census: { put: async (_, records) => void this.census.push(...records) },
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
        launched: async (_, { since, until }) =>
          seen(({ launchedAt }) => launchedAt >= since.getTime() && launchedAt <= until.getTime()),
        ended: async () => seen((each) => !this.machines.isAlive(each)),
        byId: async (_, ids) => seen(({ id }) => ids.includes(id)),
      },
      states: {
        read: async () => this.#state && structuredClone(this.#state),
        write: async (state, tag) => {
          if (this.#state?.tag !== tag) return false;
          this.#state = { state: structuredClone(state), tag: `${this.#ticks}-${state.sweptAt}` };
          return true;
        },
      },
      executions: this.#executions,
    };
  }

  readonly #instanceOf = (machine: Machine): Instance => ({
    id: machine.id,
    state: this.machines.isAlive(machine) ? 'running' : 'terminated',
    clusters: [machine.cluster],
    launchedAt: new Date(machine.launchedAt).toISOString(),
    group: { kind: 'managed', name: machine.group },
    platform: 'linux',
    privateDnsName: nameOf(machine),
  });

  readonly #kubelets: KubeletSource = {
    via: 'configz',
    read: (_, nodes) => this.#read(nodes),
  };

  async *#read(nodes: Parameters<KubeletSource['read']>[1]): ReturnType<KubeletSource['read']> {
    for await (const node of nodes) {
      const machine = this.machines.all.find(({ id }) => id === node.key);
      yield { node, result: machine && this.machines.answers(machine) ? answers[`${machine.isFailing}`] : silent };
    }
  }
}

const answers = {
  false: ok(factsOf('configz')),
  true: ok(
    factsOf('configz', {
      'authentication.x509.clientCAFile': { state: 'known', value: '', origin: { from: 'running' } },
    }),
  ),
};
const silent = err({ via: 'configz', kind: 'unreadable', because: 'no answer' } as const);

const nodeOf = (machine: Machine) => ({
  name: nameOf(machine),
  providerId: `aws:///eu-west-1a/${machine.id}`,
  labels: { 'eks.amazonaws.com/nodegroup': machine.group },
  osImage: 'Amazon Linux 2023.9.20260101',
});

const describedCluster = ({ partition, accountId, region }: Place, name: string) => ({
  ...someCluster,
  name,
  arn: { partition, accountId, region, name, arn: arnOf(name) },
});

export const arnOf = (cluster: string): string => `arn:aws:eks:${place.region}:${place.accountId}:cluster/${cluster}`;

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
  const dying =
    (call: (...given: unknown[]) => Promise<unknown>) =>
    async (...given: unknown[]) => {
      writes += 1;
      if (writes !== at) return await call(...given);
      if (after) await call(...given);
      die();
      return await new Promise(() => undefined);
    };
  const changed = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => {
      const mortals = Object.fromEntries(
        (written[name] ?? []).flatMap((method) => (port[method] ? [[method, dying(port[method].bind(port))]] : [])),
      );
      return [name, Object.keys(mortals).length > 0 ? Object.assign(Object.create(port), mortals) : port];
    }),
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
