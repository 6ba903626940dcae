import { type DescribeInstancesCommandInput, EC2Client, type Instance } from '@aws-sdk/client-ec2';
import { ec2InstanceLookup, ec2Instances } from '../../../lambda/adapters/ec2/instances.ts';
import { securityHub } from '../../../lambda/adapters/security-hub/security-hub.ts';
import { noDocument } from '../../../lambda/adapters/ssm/document-problem.ts';
import { pinnedDocument } from '../../../lambda/adapters/ssm/pinned-document.ts';
import { eventSource } from '../../../lambda/contract/events.ts';
import { probeDocumentName } from '../../../lambda/contract/names.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import type { Waiver } from '../../../lambda/core/judge/waivers/waiver.ts';
import type { Cluster, ClusterNode, KubeletFacts, ReadFailure, Via } from '../../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../../lambda/core/model/result.ts';
import { settingPaths } from '../../../lambda/core/model/settings.ts';
import type { RunSummary } from '../../../lambda/core/run/summary.ts';
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
  type Estate,
  type Machine,
  type NodeObject,
  type Region,
  type Running,
  regions,
  type Site,
  siteAt,
  siteOf,
  sites,
} from './estate.ts';
import { type BusEvent, Mailbox } from './mailbox.ts';

/** The program with something about it changed: a broken one, or nothing. */
export interface Variant {
  readonly ports?: (ports: HubPorts, estate: Estate) => HubPorts;
  readonly options?: (options: ItemOptions, estate: Estate) => ItemOptions;
  /** Whether the deployed rules take events of every account. */
  readonly hearsEverybody?: true;
}

/** The real program over an estate with adversaries in it: whole runs as the state machine does them, the real adapters of EC2 and Security Hub. */
export class AuditedEstate {
  readonly #estate: Estate;
  readonly #hub: SecurityHubService;
  readonly #fakes = fakeHub(new FakeOrganization());
  readonly #ports: HubPorts;
  readonly #options: (options: ItemOptions) => ItemOptions;
  readonly #mailbox: Mailbox;
  #foreign: readonly BusEvent[] = [];
  #runs = 0;
  #leftOut: readonly string[] = [];
  #mails: readonly string[] = [];
  #summary: RunSummary | undefined;

  constructor(estate: Estate, { ports = (same) => same, options = (same) => same, hearsEverybody }: Variant = {}) {
    this.#estate = estate;
    this.#mailbox = new Mailbox(hearsEverybody === true);
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
        regions: {
          regionsOf: async () =>
            ok({
              enabled: regions.filter((each) => estate.regions[each].access !== 'off'),
              off: regions.filter((each) => estate.regions[each].access === 'off'),
            }),
        },
        regionalClusters: {
          names: async ({ region }) =>
            this.#isDenied(region)
              ? err(denied(region))
              : ok(sites.filter((each) => siteOf[each].region === region).map((each) => siteOf[each].cluster)),
          describe: async (place, name) =>
            this.#isDenied(place.region) ? [err(denied(place.region))] : [ok(describedCluster(place.region, name))],
        },
        nodeList: {
          nodes: async (cluster) => ok(estate.clusters[siteOfCluster(cluster)].nodes.map((node) => listedNode(node))),
        },
        instanceDirectories: [ec2Instances({ client: async ({ region }) => machines[regionOf(region)] })],
        instanceLookup: ec2InstanceLookup({ client: async ({ region }) => machines[regionOf(region)] }),
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
    const before = { events: this.events.length, metrics: this.#fakes.metrics.published.length };
    for (const item of discovery.items) {
      const site = item.kind === 'cluster' ? siteAt(item.region, item.cluster) : undefined;
      if (site) this.#estate.reach(site, 'begin');
      await runItem(this.#ports, { runId, item }, options);
      if (site) this.#estate.reach(site, 'end');
    }
    const request = { benchmark: 'cis-eks-1.8.0', controls: chosen, partition: 'aws', auditedWith };
    this.#summary = await runSummary(this.#ports, { runId, ...request });
    this.#leftOut = this.#summary.skipped.flatMap(({ region, cluster }) => (cluster ? [`${region}/${cluster}`] : []));
    this.#estate.interferences = [];

    const foreign = this.#foreign.flatMap((each) => this.#mailbox.ofEvent(each));
    this.#foreign = [];
    this.#mails = [
      ...foreign,
      ...this.events
        .slice(before.events)
        .flatMap(({ type, detail }) =>
          this.#mailbox.ofEvent({ source: eventSource, account: accountId, 'detail-type': type, detail }),
        ),
      ...this.#fakes.metrics.published
        .slice(before.metrics)
        .flatMap(([metrics]) => this.#mailbox.ofMetrics(metrics, now)),
    ];
  }

  /** Another account that the default bus admits sends an event like ours, before the next run. */
  foreignEvent(detailType: string, findingId: string): void {
    const detail = { findingId, findingShown: findingId, title: 'fixed', status: 'PASSED' };
    this.#foreign = [
      ...this.#foreign,
      { source: eventSource, account: '999988887777', 'detail-type': detailType, detail },
    ];
  }

  /** What the last run brought by mail. */
  get mails(): readonly string[] {
    return this.#mails;
  }

  get summary(): RunSummary | undefined {
    return this.#summary;
  }

  /** `REGION/CLUSTER` that the last run's summary names as left out on purpose. */
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

  /** By an analyst of the audited account, or by a person there who wants quiet. */
  async suppress(region: Region, { Id, ProductArn }: Fields): Promise<void> {
    if (this.#estate.regions[region].securityHub === 'off') return;
    await this.#hub.handle({
      service: 'securityhub',
      operation: 'BatchUpdateFindings',
      accountId,
      region,
      principalArn: `arn:aws:iam::${accountId}:role/team`,
      input: { FindingIdentifiers: [{ Id, ProductArn }], Workflow: { Status: 'SUPPRESSED' } },
    });
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
    return sites
      .filter((site) => siteOf[site].region === region)
      .flatMap((site) => this.#estate.clusters[site].machines.map((each) => instanceOf(each, site)));
  }

  readonly #configz: KubeletSource = {
    via: 'configz',
    read: (cluster, nodes) => {
      const site = siteOfCluster(cluster);
      this.#estate.reach(site, 'listed');
      return this.#read(nodes, 'configz', (node) => {
        // The API server dials the address in the Node object, as it is now.
        const object = this.#estate.clusters[site].nodes.find(({ name }) => name === node.name);
        if (!object) return gone;
        const machine = this.#estate.at(object.address);
        return machine && !machine.isBlocked ? running[machine.running] : silent('configz');
      });
    },
  };

  readonly #ssm: KubeletSource = {
    via: 'ssm',
    read: (cluster, nodes, signal) => this.#readBySsm(cluster, nodes, signal),
  };

  /** The document that is run is the program's choice; what it answers is its author's. */
  async *#readBySsm(...[cluster, nodes, signal]: Parameters<KubeletSource['read']>): ReturnType<KubeletSource['read']> {
    this.#estate.reach(siteOfCluster(cluster), 'asked');
    const region = regionOf(cluster.arn?.region);
    const { documents } = this.#estate.regions[region];
    const looking = { client: documentClient(() => documents), clock: this.#ports.clock, signal };
    const pinned = await pinnedDocument(looking, { name: probeDocumentName, contents: [ourContent] });

    yield* this.#read(nodes, 'ssm', ({ machine: link }) => {
      const machines = this.#estate.machines(region);
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

const siteOfCluster = ({ arn, name }: Cluster): Site => siteAt(arn?.region, name);

const regionOf = (text: string | undefined): Region => (text === 'eu-central-1' ? text : 'eu-west-1');

export const arnOf = (site: Site): string =>
  `arn:aws:eks:${siteOf[site].region}:${accountId}:cluster/${siteOf[site].cluster}`;

const describedCluster = (region: string, name: string): Cluster => ({
  ...someCluster,
  name,
  network: { vpcId: vpcOf[regionOf(region)], remoteNodeNetworks: [] },
  // It has Auto Mode and Fargate beside its node groups, as an attacker would like who wants to look like one of them.
  compute: { autoMode: true, fargate: true, hybrid: false },
  arn: { partition: 'aws', accountId, region, name, arn: arnOf(siteAt(region, name)) },
});

const vpcOf = { 'eu-west-1': 'vpc-west', 'eu-central-1': 'vpc-central' } as const satisfies Record<Region, string>;

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

const tagsOfCluster = (site: Site): Readonly<Record<string, string>> => ({
  [`kubernetes.io/cluster/${siteOf[site].cluster}`]: 'owned',
  'eks:cluster-name': siteOf[site].cluster,
});

const instanceOf = (machine: Machine, site: Site): Instance => ({
  InstanceId: machine.id,
  VpcId: vpcOf[siteOf[site].region],
  State: { Name: 'running' },
  LaunchTime: new Date(machine.launchedAt),
  PrivateDnsName: machine.dnsName,
  PrivateIpAddress: machine.address,
  Tags: Object.entries({
    // One key has one value: what is tagged for a second cluster keeps the other tag of its own.
    ...(machine.alsoOf && tagsOfCluster(machine.alsoOf)),
    ...(machine.isTagged && tagsOfCluster(site)),
    ...(machine.isManaged ? { 'eks:nodegroup-name': machine.group } : { 'aws:autoscaling:groupName': machine.group }),
    ...(machine.pool && { 'eks:kubernetes-node-pool-name': machine.pool }),
  }).map(([Key, Value]) => ({ Key, Value })),
});

/** What a filter of DescribeInstances looks at. */
function valuesOf(
  { InstanceId, VpcId, PrivateDnsName, PrivateIpAddress, Tags = [] }: Instance,
  filter: string,
): readonly (string | undefined)[] {
  switch (filter) {
    case 'instance-id':
      return [InstanceId];
    case 'vpc-id':
      return [VpcId];
    case 'private-dns-name':
      return [PrivateDnsName];
    case 'network-interface.addresses.private-ip-address':
      return [PrivateIpAddress];
    case 'network-interface.ipv6-addresses.ipv6-address':
      return [];
    case 'tag-key':
      return Tags.map(({ Key }) => Key);
    default:
      return Tags.flatMap(({ Key, Value }) => (filter === `tag:${Key}` ? [Value] : []));
  }
}

/** The SDK's client without the wire: DescribeInstances with filters. */
function ec2Client(instances: () => readonly Instance[]): EC2Client {
  const client = new EC2Client({ region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  client.middlewareStack.add(
    () => async (asked) => {
      const { Filters = [] }: DescribeInstancesCommandInput = Object(asked.input);
      const found = instances().filter((each) =>
        Filters.every(({ Name = '', Values = [] }) =>
          valuesOf(each, Name).some((value) => value !== undefined && Values.includes(value)),
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

const gone: Answer = err({ via: 'configz', kind: 'node-gone', because: 'it is not there (404)' });

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
