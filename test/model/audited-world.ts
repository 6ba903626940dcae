import { s3RunMemory } from '../../lambda/adapters/s3/run-memory.ts';
import { securityHub } from '../../lambda/adapters/security-hub/security-hub.ts';
import { hasCode } from '../../lambda/contract/problem-codes.ts';
import type { Cluster, Problem } from '../../lambda/core/model/model.ts';
import { err, ok } from '../../lambda/core/model/result.ts';
import type { LaunchedGroup } from '../../lambda/core/next-node/read/launched/launched-group.ts';
import type { RunItem } from '../../lambda/core/run/item.ts';
import type { Ports } from '../../lambda/flow/audit/ports.ts';
import type { RegionalClusters } from '../../lambda/flow/ports.ts';
import { auditItem, type ItemOptions } from '../../lambda/flow/run/audit-item.ts';
import type { HubPorts } from '../../lambda/flow/run/ports.ts';
import { runItem } from '../../lambda/flow/run/run-item.ts';
import { fakeBucket } from '../fakes/bucket.ts';
import { silentLog } from '../fakes/ports.ts';
import type { LabEvent } from '../lab/aws/events/events.ts';
import { type ImportCounts, SecurityHubService } from '../lab/aws/security-hub/security-hub.ts';
import type { Fields } from '../lab/aws/security-hub/security-hub-record.ts';
import type { Variant } from './broken-ports.ts';
import { securityHubClient } from './in-process-clients.ts';
import {
  type Answer,
  answersBy,
  clusterIn,
  hubForModels,
  labelsOf,
  optionsOf,
  osImage,
  privateNameOf,
  waiverOf,
} from './program.ts';
import { isRefused, noFaults, type RunFaults } from './run-faults.ts';
import { place, type Template, type TrueWorld } from './true-world.ts';

/** A run as Step Functions holds it: its name, its time, and what discovery found. */
export interface Run {
  readonly id: string;
  readonly startedAt: Date;
  readonly clusters: readonly string[];
}

/** The real program over a true world: discovery's items one after another, the real adapter, and the lab's Security Hub behind it, without HTTP. */
export class AuditedWorld {
  readonly #world: TrueWorld;
  readonly #hub: SecurityHubService;
  readonly #fakes = hubForModels();
  readonly #portsByNextNode: ReadonlyMap<boolean, HubPorts>;
  readonly #options: (options: ItemOptions) => ItemOptions;
  #faults: RunFaults = noFaults;

  constructor(world: TrueWorld, { ports = (same) => same, options = (same) => same }: Variant<TrueWorld> = {}) {
    this.#world = world;
    this.#options = (given) => options(given, world);
    this.#hub = new SecurityHubService({ clock: () => world.now, rates: 'off' });
    this.#hub.enable(place.accountId, place.region);
    this.#hub.rejectFindings((finding) =>
      isRefused(String(finding['Id']), this.#faults) ? 'InternalError' : undefined,
    );

    const clock = { now: () => new Date(world.now), sleep: async () => undefined };
    const client = securityHubClient(this.#hub, (operation) => this.#isBroken(operation));
    const same = {
      ...this.#fakes,
      memory: s3RunMemory(fakeBucket(), { log: silentLog }),
      clock,
      nodeList: this.#nodeList,
      instanceDirectories: [this.#instances],
      kubeletSources: [this.#kubelets],
      regionalClusters: this.#regionalClusters,
      findings: securityHub({ client, clock, log: silentLog }),
    };
    this.#portsByNextNode = new Map([
      [false, ports(same, world)],
      [true, ports({ ...same, launchDirectories: [this.#launches] }, world)],
    ]);
  }

  /** By the settings of now. */
  get #ports(): HubPorts {
    const ports = this.#portsByNextNode.get(this.#world.nextNode);
    if (!ports) throw new Error('the ports of both settings are made');
    return ports;
  }

  /** Does the items of a run that have no final answer yet. */
  async run(run: Run, faults: RunFaults): Promise<void> {
    const { objects } = this.#fakes.runs;
    await this.#audit(run, faults, async (item, options) => {
      const { answer } = await runItem(this.#ports, { runId: run.id, item }, options);
      // No further step reads more: each would meet the same fault.
      if (answer.problems.some(hasCode('audit-unfinished')))
        await runItem(this.#ports, { runId: run.id, item, last: true }, options);
      // As no result is kept, an item that is done again looks at the world as it is then.
      for (const key of objects.keys()) if (key.startsWith(`${run.id}/parts/`)) objects.delete(key);
    });
  }

  /** The same items from a terminal, which remembers and announces nothing. */
  async terminal(run: Run, faults: RunFaults): Promise<void> {
    const { memory: _, ...ports } = this.#ports;
    await this.#audit(run, faults, (item, options) => auditItem(ports, item, { ...options, runId: run.id }));
  }

  async #audit(
    { startedAt, clusters }: Run,
    faults: RunFaults,
    done: (item: RunItem, options: ItemOptions) => Promise<unknown>,
  ): Promise<void> {
    this.#faults = faults;
    this.#fakes.events.broken = faults.bus;
    if (faults.hub === 'off') this.#hub.disable(place.accountId, place.region);

    const items: readonly RunItem[] = [
      ...clusters.map((cluster) => ({ kind: 'cluster', ...place, cluster }) as const),
      { kind: 'region', ...place },
    ];
    const { controls, scope, waivers } = this.#world;
    const options = this.#options({
      ...optionsOf(controls, scope),
      waivers: [...waivers].map(([control, { group, expires }]) => waiverOf({ control, nodeGroup: group, expires })),
      runStartedAt: startedAt,
    });
    for (const item of items) await done(item, options);

    this.#hub.enable(place.accountId, place.region);
    this.#faults = noFaults;
  }

  /** Which items of a run have their final answer: clusters by name, the Region without one. */
  finalItems({ id }: Run): (cluster: string | undefined) => boolean {
    const answers = [...this.#fakes.runs.objects].filter(([key]) => key.startsWith(`${id}/answers/`));
    const final = new Set(answers.flatMap(([key, text]) => (/"status":"(done|gone)"/.test(text) ? [key] : [])));
    return (cluster) =>
      final.has(`${id}/answers/${[place.accountId, place.region, ...(cluster ? [cluster] : [])].join('/')}`);
  }

  /** As if the answers had got lost: every item of the run is done again. */
  loseAnswers({ id }: Run): void {
    const { objects } = this.#fakes.runs;
    for (const key of objects.keys()) if (key.startsWith(`${id}/answers/`)) objects.delete(key);
  }

  /** Every event that arrived, also those that arrived twice. */
  get events(): readonly { readonly type: string; readonly detail: object }[] {
    return this.#fakes.events.events;
  }

  get findings(): readonly Fields[] {
    return this.#hub.findings(place.accountId, place.region);
  }

  /** What Security Hub itself put on the bus. */
  get imported(): readonly LabEvent[] {
    return this.#hub.events(place.accountId, place.region);
  }

  get imports(): ImportCounts {
    return this.#hub.importsOf(place.accountId, place.region);
  }

  /** BatchUpdateFindings by a person. */
  async analyse(id: string, changes: Fields): Promise<void> {
    const ProductArn = `arn:aws:securityhub:${place.region}:${place.accountId}:product/${place.accountId}/default`;
    await this.#hub.handle({
      service: 'securityhub',
      operation: 'BatchUpdateFindings',
      accountId: place.accountId,
      region: place.region,
      principalArn: 'arn:aws:iam::111122223333:user/analyst',
      input: { FindingIdentifiers: [{ Id: id, ProductArn }], ...changes },
    });
  }

  #isBroken(operation: string): boolean {
    const { hub } = this.#faults;
    return hub === 'unreadable' || (hub === 'unwritable' && operation === 'BatchImportFindings');
  }

  readonly #nodeList: NonNullable<Ports['nodeList']> = {
    nodes: async ({ name }) =>
      this.#faults.nodeList
        ? unanswered('api-server-unreachable')
        : ok(
            this.#world.nodes(name).map((node) => ({
              name: privateNameOf(node),
              providerId: `aws:///eu-west-1a/${node.id}`,
              labels: labelsOf(node.group),
              osImage,
            })),
          ),
  };

  readonly #instances: Ports['instanceDirectories'][number] = {
    instances: async ({ name }) => {
      if (this.#faults.machines) return unanswered('ec2-forbidden');

      const running = this.#world.nodes(name).map(({ id, group }) => ({ id, group, state: 'running' }));
      const gone = [...(this.#world.terminated.get(name) ?? [])].map((id) => ({ id, group: 'x', state: 'terminated' }));
      return ok(
        [...running, ...gone].map(({ id, group, state }) => ({
          id,
          state,
          group: { kind: 'managed', name: group },
          platform: 'linux',
          privateDnsName: privateNameOf({ id }),
        })),
      );
    },
  };

  readonly #launches: Ports['launchDirectories'][number] = {
    groups: async ({ name }) => {
      if (this.#faults.templates) return { groups: [], complete: false, problems: [unanswered('throttled').error] };

      const groups = [...(this.#world.templates.get(name) ?? [])].map(([group, to]) => launchedGroup(group, to));
      return { groups, complete: true, problems: [] };
    },
  };

  readonly #kubelets: Ports['kubeletSources'][number] = {
    via: 'configz',
    read: (cluster, nodes) => this.#read(cluster, nodes),
  };

  async *#read({ name }: Cluster, nodes: Parameters<Ports['kubeletSources'][number]['read']>[1]) {
    const known = new Map(this.#world.nodes(name).map((node) => [node.id, node]));
    const { deadlineAfter = Number.POSITIVE_INFINITY } = this.#faults;

    for await (const node of nodes) {
      // By its place in the list: those that had to wait are read first.
      const isInTime = [...known.keys()].indexOf(node.key) < deadlineAfter;
      const answer = isInTime ? answers[known.get(node.key)?.kubelet ?? 'silent'] : late;
      yield { node, result: node.name === undefined ? notTried : answer };
    }
  }

  readonly #regionalClusters: RegionalClusters = {
    names: async () => (this.#faults.clusterList ? unanswered('throttled') : ok([...this.#world.clusters.keys()])),
    describe: async (at, name) => {
      if (this.#faults.describe) return [unanswered('throttled')];
      return [this.#world.clusters.has(name) ? ok(clusterIn(at, name)) : unanswered('cluster-not-found')];
    },
  };
}

const unanswered = (code: Problem['code']) => err({ code, message: 'no answer', remedy: 'wait' });

const launchedGroup = (name: string, template: Template): LaunchedGroup => ({
  group: { kind: 'managed', name },
  sources: [
    {
      name: `launch template ${name}, version 1`,
      ...(template === 'unreadable' ? { unreadable: 'there is no such version' } : { userData: userData[template] }),
    },
  ],
  managed: { amiType: 'AL2023_x86_64_STANDARD', version: '1.34' },
});

const nodeConfigOf = (port: number): string =>
  Buffer.from(
    JSON.stringify({
      apiVersion: 'node.eks.aws/v1alpha1',
      kind: 'NodeConfig',
      spec: {
        cluster: {
          name: 'blue',
          apiServerEndpoint: 'https://blue.example',
          certificateAuthority: 'Y2E=',
          cidr: '10.0.0.0/16',
        },
        kubelet: { config: { readOnlyPort: port } },
      },
    }),
  ).toString('base64');

const userData = { closed: nodeConfigOf(0), open: nodeConfigOf(10_255) };

const answers = answersBy('configz');
const notTried: Answer = err({ via: 'configz', kind: 'not-tried', because: 'the API server told no name of it' });
const late: Answer = err({ via: 'configz', kind: 'deadline', because: 'no time was left' });
