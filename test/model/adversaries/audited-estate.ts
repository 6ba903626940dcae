import { type DescribeInstancesCommandInput, EC2Client, type Instance } from '@aws-sdk/client-ec2';
import { ec2Instances } from '../../../lambda/adapters/ec2/instances.ts';
import { securityHub } from '../../../lambda/adapters/security-hub/security-hub.ts';
import { noDocument } from '../../../lambda/adapters/ssm/document-problem.ts';
import { pinnedDocument } from '../../../lambda/adapters/ssm/pinned-document.ts';
import { probeDocumentName } from '../../../lambda/contract/names.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import type { Waiver } from '../../../lambda/core/judge/waivers/waiver.ts';
import type { Cluster, ClusterNode, KubeletFacts, ReadFailure, Via } from '../../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../../lambda/core/model/result.ts';
import { settingPaths } from '../../../lambda/core/model/settings.ts';
import type { KubeletSource } from '../../../lambda/flow/audit/ports.ts';
import type { ItemOptions } from '../../../lambda/flow/run/audit-item.ts';
import type { HubPorts } from '../../../lambda/flow/run/ports.ts';
import { runDiscovery } from '../../../lambda/flow/run/run-discovery.ts';
import { runItem } from '../../../lambda/flow/run/run-item.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { auditedWith } from '../../core/run/complete-run.ts';
import { fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { factsOf, silentLog, cluster as someCluster } from '../../fakes/ports.ts';
import { SecurityHubService } from '../../lab/aws/security-hub/security-hub.ts';
import type { Fields } from '../../lab/aws/security-hub/security-hub-record.ts';
import { inProcessClient } from '../in-process-client.ts';
import { documentClient, ourContent } from './document-client.ts';
import {
  accountId,
  clusterOf,
  type Estate,
  type Machine,
  type NodeObject,
  type Region,
  type Running,
  regions,
} from './estate.ts';

/** The program with something about it changed: a broken one, or nothing. */
export interface Variant {
  readonly ports?: (ports: HubPorts, estate: Estate) => HubPorts;
  readonly options?: (options: ItemOptions, estate: Estate) => ItemOptions;
}

/** The real program over an estate with adversaries in it: whole runs as the state machine does them, the real adapters of EC2 and Security Hub. */
export class AuditedEstate {
  readonly #estate: Estate;
  readonly #hub: SecurityHubService;
  readonly #fakes = fakeHub(new FakeOrganization());
  readonly #ports: HubPorts;
  readonly #options: (options: ItemOptions) => ItemOptions;
  #runs = 0;
  #leftOut: readonly string[] = [];

  constructor(estate: Estate, { ports = (same) => same, options = (same) => same }: Variant = {}) {
    this.#estate = estate;
    this.#options = (given) => options(given, estate);
    this.#hub = new SecurityHubService({ clock: () => estate.now, rates: 'off' });
    for (const region of regions) this.#hub.enable(accountId, region);

    const clock = { now: () => new Date(estate.now), sleep: async () => undefined };
    const stores = new Map(
      regions.map((region) => {
        const client = inProcessClient(this.#hub, (operation) => this.#isBroken(region, operation), region);
        return [region as string, securityHub({ client, clock, log: silentLog })];
      }),
    );
    const machines = {
      'eu-west-1': ec2Client(() => this.#instances('eu-west-1')),
      'eu-central-1': ec2Client(() => this.#instances('eu-central-1')),
    };
    const storeOf = (region: string) => stores.get(region) ?? this.#fakes.findings;
    this.#ports = ports(
      {
        ...this.#fakes,
        // What is kept for people is of no account here, and takes most of the time.
        runs: Object.assign(this.#fakes.runs, {
          putResult: async () => true,
          putPage: nothing,
          putOcsf: nothing,
          putReport: nothing,
        }),
        clock,
        accounts: { accounts: () => this.#accounts() },
        regions: { enabled: async () => ok(regions.filter((each) => estate.regions[each].access !== 'off')) },
        regionalClusters: {
          names: async ({ region }) =>
            this.#isDenied(region) ? err(denied(region)) : ok([clusterOf[regionOf(region)]]),
          describe: async (place, name) =>
            this.#isDenied(place.region) ? [err(denied(place.region))] : [ok(describedCluster(place.region, name))],
        },
        nodeList: {
          nodes: async ({ arn }) => ok(estate.clusters[regionOf(arn?.region)].nodes.map((node) => listedNode(node))),
        },
        instanceDirectories: [ec2Instances({ client: async ({ region }) => machines[regionOf(region)] })],
        kubeletSources: [this.#configz, this.#ssm],
        findings: {
          stored: (place, arn) => storeOf(place.region).stored(place, arn),
          write: (place, findings) => storeOf(place.region).write(place, findings),
        },
      },
      estate,
    );
  }

  /** A whole run: discovery, each item, the summary. */
  async run(): Promise<void> {
    this.#runs += 1;
    const { now, scope, excluded, waived } = this.#estate;
    for (const region of regions) {
      if (this.#estate.regions[region].securityHub === 'off') this.#hub.disable(accountId, region);
      else this.#hub.enable(accountId, region);
    }

    const runId = `run-${this.#runs}`;
    const startedAt = new Date(now);
    const chosen = controls.filter(({ slug }) => this.#estate.controls.some((each) => each === slug));
    const discovery = await runDiscovery(this.#ports, {
      runId,
      startedAt: startedAt.toISOString(),
      regions: excluded ? regions.filter((each) => each !== excluded) : [],
      names: [],
      excludes: () => false,
      signal: new AbortController().signal,
    });
    const options = this.#options({
      controls: chosen,
      benchmark: 'cis-eks-1.8.0',
      scope,
      publish: true,
      signal: new AbortController().signal,
      runStartedAt: startedAt,
      waivers: waived ? [waiverOf(waived)] : [],
    });
    for (const item of discovery.items) await runItem(this.#ports, { runId, item }, options);
    const request = { benchmark: 'cis-eks-1.8.0', controls: chosen, partition: 'aws', auditedWith };
    const { skipped } = await runSummary(this.#ports, { runId, ...request });
    this.#leftOut = skipped.flatMap(({ cluster }) => cluster ?? []);
  }

  /** Clusters that the last run's summary names as left out on purpose. */
  get leftOut(): readonly string[] {
    return this.#leftOut;
  }

  get runs(): number {
    return this.#runs;
  }

  /** Every event that was sent, in order. */
  get events(): readonly { readonly type: string; readonly detail: object }[] {
    return this.#fakes.events.events;
  }

  findings(region: Region): readonly Fields[] {
    return this.#hub.findings(accountId, region);
  }

  /** By a user who may write findings in the audited account. The fields that Security Hub adds cannot be sent. */
  async forge(region: Region, finding: Fields): Promise<void> {
    if (this.#estate.regions[region].securityHub === 'off') return;

    const fields = Object.entries(finding).filter(([key]) => writable.has(key));
    const ownFields = Object.entries(Object(finding['ProductFields'])).filter(([key]) => !key.startsWith('aws/'));
    const sent = { ...Object.fromEntries(fields), ProductFields: Object.fromEntries(ownFields) };
    const { FailedCount, FailedFindings } = Object(
      await this.#hub.handle({
        service: 'securityhub',
        operation: 'BatchImportFindings',
        accountId,
        region,
        principalArn: `arn:aws:iam::${accountId}:role/team`,
        input: { Findings: [sent] },
      }),
    );
    if (FailedCount > 0) throw new Error(`the forgery is none: ${JSON.stringify(FailedFindings)}`);
  }

  async *#accounts() {
    const account = { id: accountId, partition: 'aws' };
    if (this.#estate.account === 'active') yield { status: 'active', account } as const;
    else
      yield {
        status: 'skipped',
        gap: { accountId, problem: { code: 'account-not-active', message: 'it is SUSPENDED', remedy: 'none' } },
      } as const;
  }

  #isDenied(region: string): boolean {
    return this.#estate.regions[regionOf(region)].access !== 'open';
  }

  #isBroken(region: Region, operation: string): boolean {
    const { securityHub: state } = this.#estate.regions[region];
    return state === 'unreadable' || (state === 'unwritable' && operation === 'BatchImportFindings');
  }

  #instances(region: Region): readonly Instance[] {
    if (this.#estate.regions[region].isEc2Denied)
      throw Object.assign(new Error('not authorized'), { name: 'UnauthorizedOperation' });
    return this.#estate.clusters[region].machines.map((each) => instanceOf(each, clusterOf[region]));
  }

  readonly #configz: KubeletSource = {
    via: 'configz',
    read: (cluster, nodes) =>
      this.#read(nodes, 'configz', (node) => {
        // The API server dials the address in the Node object.
        const { nodes: objects } = this.#estate.clusters[regionOf(cluster.arn?.region)];
        const object = objects.find(({ name }) => name === node.name);
        const machine = object && this.#estate.at(object.address);
        return machine && !machine.isBlocked ? running[machine.running] : silent('configz');
      }),
  };

  readonly #ssm: KubeletSource = {
    via: 'ssm',
    read: (cluster, nodes, signal) => this.#readBySsm(cluster, nodes, signal),
  };

  /** The document that is run is the program's choice; what it answers is its author's. */
  async *#readBySsm(...[cluster, nodes, signal]: Parameters<KubeletSource['read']>): ReturnType<KubeletSource['read']> {
    const region = regionOf(cluster.arn?.region);
    const { documents } = this.#estate.regions[region];
    const looking = { client: documentClient(() => documents), clock: this.#ports.clock, signal };
    const pinned = await pinnedDocument(looking, { name: probeDocumentName, contents: [ourContent] });

    yield* this.#read(nodes, 'ssm', ({ machine: link }) => {
      const { machines } = this.#estate.clusters[region];
      const machine = link.status === 'confirmed' ? machines.find(({ id }) => id === link.instanceId) : undefined;
      if (!machine?.hasAgent) return silent('ssm');
      if (!pinned.ok) return err(noDocument(cluster, pinned.error));
      if (documents[Number(pinned.value.version) - 1] === 'lying') return ofFiles.good;
      if (machine.isHidden) return noKubelet;
      return machine.running === machine.onDisk ? ofFiles[machine.onDisk] : edited[machine.onDisk];
    });
  }

  async *#read(
    nodes: Parameters<KubeletSource['read']>[1],
    via: Via,
    answer: (node: ClusterNode) => Answer,
  ): ReturnType<KubeletSource['read']> {
    for await (const node of nodes)
      yield { node, result: node.name === undefined && via === 'configz' ? silent(via) : answer(node) };
  }
}

const writable = new Set([
  ...[
    'SchemaVersion',
    'Id',
    'ProductArn',
    'GeneratorId',
    'AwsAccountId',
    'CreatedAt',
    'UpdatedAt',
    'Title',
    'Description',
  ],
  ...['Remediation', 'RecordState', 'FindingProviderFields', 'Compliance', 'Resources', 'Types'],
]);

const nothing = async (): Promise<void> => undefined;

const regionOf = (text: string | undefined): Region => (text === 'eu-central-1' ? text : 'eu-west-1');

export const arnOf = (region: string, cluster: string): string =>
  `arn:aws:eks:${region}:${accountId}:cluster/${cluster}`;

const describedCluster = (region: string, name: string): Cluster => ({
  ...someCluster,
  name,
  // It has Auto Mode and Fargate beside its node groups, as an attacker would like who wants to look like one of them.
  compute: { autoMode: true, fargate: true, hybrid: false },
  arn: { partition: 'aws', accountId, region, name, arn: arnOf(region, name) },
});

const denied = (region: string) => ({
  code: 'region-denied-by-policy',
  message: `a service control policy denies ${region}`,
  remedy: 'none',
});

const listedNode = ({ name, providerId, address, labels }: NodeObject) => ({
  name,
  ...(providerId !== undefined && { providerId }),
  internalIp: address,
  labels,
  osImage: 'Amazon Linux 2023.9.20260101',
});

const instanceOf = (machine: Machine, cluster: string): Instance => ({
  InstanceId: machine.id,
  State: { Name: 'running' },
  LaunchTime: new Date(machine.launchedAt),
  PrivateDnsName: machine.dnsName,
  PrivateIpAddress: machine.address,
  Tags: Object.entries({
    ...(machine.isTagged && { [`kubernetes.io/cluster/${cluster}`]: 'owned', 'eks:cluster-name': cluster }),
    'eks:nodegroup-name': machine.group,
    ...(machine.pool && { 'eks:kubernetes-node-pool-name': machine.pool }),
  }).map(([Key, Value]) => ({ Key, Value })),
});

/** The SDK's client without the wire: DescribeInstances with filters by tag. */
function ec2Client(instances: () => readonly Instance[]): EC2Client {
  const client = new EC2Client({ region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  client.middlewareStack.add(
    () => async (asked) => {
      const { Filters = [] }: DescribeInstancesCommandInput = Object(asked.input);
      const found = instances().filter(({ Tags = [] }) =>
        Filters.every(({ Name = '', Values = [] }) =>
          Tags.some(({ Key = '', Value = '' }) =>
            Name === 'tag-key' ? Values.includes(Key) : Name === `tag:${Key}` && Values.includes(Value),
          ),
        ),
      );
      return { output: Object({ Reservations: [{ Instances: found }], $metadata: {} }), response: {} };
    },
    { step: 'initialize', priority: 'high' },
  );
  return client;
}

type Answer = Result<KubeletFacts, ReadFailure>;

const silent = (via: Via): Answer => err({ via, kind: 'unreadable', because: 'no answer' });

const noKubelet: Answer = err({
  via: 'ssm',
  kind: 'unreadable',
  because: 'no kubelet runs on this machine',
  noKubelet: true,
});

const known = (value: string | number) => ({ state: 'known', value, origin: { from: 'running' } }) as const;
const readings = (via: Via): Readonly<Record<Running, Answer>> => ({
  good: ok(factsOf(via)),
  'no-ca': ok(factsOf(via, { 'authentication.x509.clientCAFile': known('') })),
  'open-port': ok(factsOf(via, { readOnlyPort: known(10_255) })),
});
const running = readings('configz');
const ofFiles = readings('ssm');

/** Files that changed after the kubelet started. */
const pending = (given: Answer): Answer =>
  given.ok
    ? ok({
        ...given.value,
        settings: factsOf(
          'ssm',
          Object.fromEntries(
            settingPaths.map((path) => {
              const fact = given.value.settings[path];
              return [
                path,
                fact.state === 'known' ? { ...fact, pendingRestart: '/etc/kubernetes/kubelet/config.json' } : fact,
              ];
            }),
          ),
        ).settings,
      })
    : given;
const edited: Readonly<Record<Running, Answer>> = {
  good: pending(ofFiles.good),
  'no-ca': pending(ofFiles['no-ca']),
  'open-port': pending(ofFiles['open-port']),
};

const waiverOf = ({ control, group }: NonNullable<Estate['waived']>): Waiver => ({
  control,
  cluster: '*',
  nodeGroup: group,
  nodeGroupKind: 'managed',
  expires: '2099-12-31',
  owner: 'team-payments',
  reason: 'replaced in January',
});
