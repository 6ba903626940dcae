import { setImmediate } from 'node:timers/promises';
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { Instance, LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import { ec2InstanceLookup, ec2Instances } from '../../../lambda/adapters/ec2/instances.ts';
import { awsLaunchDirectory } from '../../../lambda/adapters/launch-directory.ts';
import { s3RunMemory } from '../../../lambda/adapters/s3/run-memory.ts';
import { s3RunStore } from '../../../lambda/adapters/s3/run-store.ts';
import { securityHub } from '../../../lambda/adapters/security-hub/security-hub.ts';
import { noDocument } from '../../../lambda/adapters/ssm/document-problem.ts';
import { hybridInstances, withHybridLookup } from '../../../lambda/adapters/ssm/managed-instances.ts';
import { pinnedDocument } from '../../../lambda/adapters/ssm/pinned-document.ts';
import { eventSource, eventTypes } from '../../../lambda/contract/events.ts';
import { probeDocumentName } from '../../../lambda/contract/names.ts';
import type { Cluster, ClusterNode, Via } from '../../../lambda/core/model/model.ts';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import type { ReportedAudit } from '../../../lambda/core/model/reported-audit.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import { settingPaths } from '../../../lambda/core/model/settings.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';
import type { RunSummary } from '../../../lambda/core/run/tally.ts';
import type { KubeletSource } from '../../../lambda/flow/audit/ports.ts';
import type { ItemOptions } from '../../../lambda/flow/run/audit-item.ts';
import type { HubPorts } from '../../../lambda/flow/run/ports.ts';
import { runDiscovery } from '../../../lambda/flow/run/run-discovery.ts';
import { rememberUnaudited, runItem } from '../../../lambda/flow/run/run-item.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { auditedWith } from '../../core/run/complete-run.ts';
import { factsOf, silentLog } from '../../fakes/ports.ts';
import { SecurityHubService } from '../../lab/aws/security-hub/security-hub.ts';
import type { Fields } from '../../lab/aws/security-hub/security-hub-record.ts';
import { eksPart, nodeConfig, userDataOf } from '../../lab/estate/node-group-templates.ts';
import { type Variant as AnyVariant, withMethod } from '../broken-ports.ts';
import {
  autoScalingClient,
  documentClient,
  ec2Client,
  eksImage,
  eksWithoutNodegroups,
  type ManagedInstance,
  managedInstancesClient,
  ourContent,
  securityHubClient,
} from '../in-process-clients.ts';
import { type Answer, answersBy, clusterIn, hubForModels, optionsOf, osImage, waiverOf } from '../program.ts';
import {
  accountId,
  arnOf,
  type Death,
  type Estate,
  isHybrid,
  type Machine,
  type NodeObject,
  type Region,
  regions,
  type Site,
  siteAt,
  siteOf,
  sites,
} from './estate.ts';
import { type BusEvent, Mailbox } from './mailbox.ts';

export interface Variant extends AnyVariant<Estate> {
  /** Whether the deployed rules take events of every account. */
  readonly hearsEverybody?: true;
  /** Whether an item that died leaves its cluster's findings as they are. */
  readonly forgetsTheDead?: true;
}

/** The real program over an estate with adversaries in it: whole runs as the state machine does them, the real adapters of EC2 and Security Hub. */
export class AuditedEstate {
  readonly #estate: Estate;
  readonly #hub: SecurityHubService;
  readonly #fakes = hubForModels();
  readonly #ports: HubPorts;
  readonly #options: (options: ItemOptions) => ItemOptions;
  readonly #mailbox: Mailbox;
  readonly #forgetsTheDead: boolean;
  #foreign: readonly BusEvent[] = [];
  readonly #shown = new Map<string, readonly Fields[]>();
  readonly #audits = new Map<Site, ReportedAudit>();
  #runs = 0;
  /** The invocation has no time to ask a kubelet. */
  #isHurried = false;
  #configzEnds: Promise<void> = Promise.resolve();
  #died: readonly Site[] = [];
  #leftOut: readonly string[] = [];
  #mails: readonly string[] = [];
  #summary: RunSummary | undefined;

  constructor(estate: Estate, { ports = (same) => same, options = (same) => same, ...variant }: Variant = {}) {
    this.#estate = estate;
    this.#forgetsTheDead = variant.forgetsTheDead === true;
    this.#mailbox = new Mailbox(variant.hearsEverybody === true);
    this.#options = (given) => options(given, estate);
    this.#hub = new SecurityHubService({ clock: () => estate.now, rates: 'off' });
    for (const region of regions) this.#hub.enable(accountId, region);

    const clock = { now: () => new Date(estate.now), sleep: async () => undefined };
    const stores = new Map(
      regions.map((region) => {
        const client = securityHubClient(this.#hub, (operation) => this.#isBroken(region, operation), region);
        return [region as string, securityHub({ client, clock, log: silentLog })];
      }),
    );
    const machines = {
      'eu-west-1': ec2Client(() => this.#instances('eu-west-1'), template),
      'eu-central-1': ec2Client(() => this.#instances('eu-central-1'), template),
    };
    const scaling = {
      'eu-west-1': autoScalingClient(() => this.#autoScalingGroups('eu-west-1')),
      'eu-central-1': autoScalingClient(() => this.#autoScalingGroups('eu-central-1')),
    };
    const eks = eksWithoutNodegroups();
    const outside = {
      'eu-west-1': managedInstancesClient(() => this.#managedInstances('eu-west-1')),
      'eu-central-1': managedInstancesClient(() => this.#managedInstances('eu-central-1')),
    };
    const managed = { client: ({ region }: { readonly region: string }) => outside[regionOf(region)], clock };
    const ec2 = { client: async ({ region }: { readonly region: string }) => machines[regionOf(region)] };
    const launches = awsLaunchDirectory({
      eks: () => eks,
      ec2: ec2.client,
      autoScaling: async ({ region }) => scaling[regionOf(region)],
    });
    const storeOf = (region: string) => stores.get(region) ?? this.#fakes.findings;
    this.#ports = ports(
      {
        ...this.#fakes,
        clock,
        runs: { ...s3RunStore(estate.bucket, { log: silentLog }), ...unkept },
        memory: s3RunMemory(estate.bucket, { log: silentLog }),
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
          nodes: async (cluster) => ok(estate.listed(siteOfCluster(cluster)).map((node) => listedNode(node))),
        },
        instanceDirectories: [ec2Instances(ec2), hybridInstances(managed)],
        instanceLookup: withHybridLookup(ec2InstanceLookup(ec2), managed),
        launchDirectories: [
          {
            // Nothing is asked where there is nothing to find, which is most of the time.
            groups: async (cluster, ...asked) =>
              estate.clusters[siteOfCluster(cluster)].groups.length === 0
                ? { groups: [], complete: true, problems: [] }
                : await launches.groups(cluster, ...asked),
          },
        ],
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
    this.#shown.clear();
    this.#runs += 1;
    const { now, scope, excluded, waived } = this.#estate;
    for (const region of regions) {
      if (this.#estate.regions[region].securityHub === 'off') this.#hub.disable(accountId, region);
      else this.#hub.enable(accountId, region);
    }

    const runId = runIdOf(this.#runs);
    const startedAt = new Date(now);
    const chosen = optionsOf(this.#estate.controls, scope);
    const discovery = await runDiscovery(this.#ports, {
      runId,
      startedAt: startedAt.toISOString(),
      regions: excluded ? regions.filter((each) => each !== excluded) : [],
      names: [],
      excludes: () => false,
      publish: true,
      signal: new AbortController().signal,
    });
    const given = waived && { control: waived.control, nodeGroup: waived.group, nodeGroupKind: 'managed' as const };
    const options = this.#options({
      ...chosen,
      runStartedAt: startedAt,
      waivers: given ? [waiverOf({ ...given, expires: '2099-12-31' })] : [],
    });
    const before = {
      events: this.events.length,
      changes: this.#fakes.events.changes.length,
      metrics: this.#fakes.metrics.published.length,
    };
    this.#died = [];
    for (const item of discovery.items) {
      const site = item.kind === 'cluster' ? siteAt(item.region, item.cluster) : undefined;
      if (site) this.#estate.reach(site, 'begin');
      await this.#work({ runId, item }, options, site);
      if (site) this.#estate.reach(site, 'end');
    }
    const { benchmark } = chosen;
    // Controls are of the report alone, which nobody reads here.
    this.#summary = await runSummary(this.#ports, { runId, benchmark, controls: [], partition: 'aws', auditedWith });
    this.#leftOut = this.#summary.skipped.flatMap(({ region, cluster }) => (cluster ? [`${region}/${cluster}`] : []));
    this.#estate.interferences = [];

    const foreign = this.#foreign.flatMap((each) => this.#mailbox.ofEvent(each));
    this.#foreign = [];
    this.#mails = [
      ...foreign,
      ...[...this.events.slice(before.events), ...this.#fakes.events.changes.slice(before.changes)].flatMap(
        ({ type, detail }) =>
          this.#mailbox.ofEvent({ source: eventSource, account: accountId, 'detail-type': type, detail }),
      ),
      ...this.#fakes.metrics.published
        .slice(before.metrics)
        .flatMap(([metrics]) => this.#mailbox.ofMetrics(metrics, now)),
    ];
  }

  /** One item, from state to state as infra/constructs/run/run-definition.ts says: what fails or dies is remembered, and tried once more. */
  async #work(asked: Asked, options: ItemOptions, site: Site | undefined): Promise<void> {
    const { at, runs = 0, isForGood = false } = (site && this.#estate.dying.get(site)) ?? {};
    this.#isHurried = site !== undefined && this.#estate.slow.delete(site);
    let came = await this.#invoke(asked, { options, site, at });
    this.#isHurried = false;
    if (came === 'unfinished') {
      came = await this.#invoke(asked, { options, site, at });
      if (came !== 'done') came = await this.#invoke({ ...asked, last: true }, { options, site, at });
    }
    if (came !== 'done') {
      if (!this.#forgetsTheDead)
        await rememberUnaudited(this.#ports, asked, { ...options, nextNode: true }).catch(unlessExpected);
      // What the try before saw is lost where it could not remember it.
      if (site && at === 'memory.write') this.#estate.look(site);
      came = await this.#invoke(asked, { options, site, at: isForGood ? at : undefined });
    }
    if (!site) return;
    if (came !== 'done') this.#died = [...this.#died, site];
    if (at && runs > 1) this.#estate.dying.set(site, { at, runs: runs - 1, isForGood });
    else this.#estate.dying.delete(site);
  }

  /** One invocation of the audit function: of one that dies nothing comes back, and nothing of it goes on. */
  async #invoke(
    asked: Asked,
    {
      options,
      site,
      at,
    }: { readonly options: ItemOptions; readonly site: Site | undefined; readonly at?: Death | undefined },
  ): Promise<'done' | 'unfinished' | 'failed'> {
    if (at === 'at once') return 'failed';
    const { promise: death, resolve: die } = Promise.withResolvers<undefined>();
    const dies = () => {
      die(undefined);
      return new Promise<never>(() => undefined);
    };
    const ports = at ? deadAt(this.#ports, at, dies) : this.#ports;
    const outcome = await Promise.race([runItem(ports, asked, options), death]).catch(unlessExpected);
    if (!outcome) return 'failed';
    const { answer, audit } = outcome;
    if (site && audit) this.#audits.set(site, audit);
    if (answer.status !== 'failed') return 'done';
    return answer.problems.some(({ code }) => code === 'audit-unfinished') ? 'unfinished' : 'failed';
  }

  /** Clusters of which the last run has no answer, though it tried. */
  get died(): readonly Site[] {
    return this.#died;
  }

  /** What the last audit of a cluster came to. */
  audit(site: Site): ReportedAudit | undefined {
    return this.#audits.get(site);
  }

  get lastRun(): string {
    return runIdOf(this.#runs);
  }

  get nextRun(): string {
    return runIdOf(this.#runs + 1);
  }

  /** Another account that the default bus admits sends an event like ours, before the next run. */
  foreignEvent(headline: string, findingId: string): void {
    const detail = { findingId, findingShown: findingId, title: 'fixed', status: 'PASSED', headline };
    const foreign = { source: eventSource, account: '999988887777', 'detail-type': eventTypes.changed, detail };
    this.#foreign = [...this.#foreign, foreign];
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

  /** They are copied once until something may have changed them: the law looks at them many times. */
  findings(region: Region): readonly Fields[] {
    const found = this.#shown.get(region) ?? this.#hub.findings(accountId, region);
    this.#shown.set(region, found);
    return found;
  }

  /** By a user who may write findings in the audited account. The fields that Security Hub adds cannot be sent. */
  async forge(region: Region, finding: Fields): Promise<void> {
    if (this.#estate.regions[region].securityHub === 'off') return;

    this.#shown.clear();
    const fields = Object.entries(finding).filter(([key]) => !added.has(key));
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
  async suppress(region: Region, finding: Fields): Promise<void> {
    await this.analyse(region, finding, { Workflow: { Status: 'SUPPRESSED' } });
  }

  async analyse(region: Region, { Id, ProductArn }: Fields, changes: object): Promise<void> {
    if (this.#estate.regions[region].securityHub === 'off') return;

    this.#shown.clear();
    await this.#hub.handle({
      service: 'securityhub',
      operation: 'BatchUpdateFindings',
      accountId,
      region,
      principalArn: `arn:aws:iam::${accountId}:role/team`,
      input: { FindingIdentifiers: [{ Id, ProductArn }], ...changes },
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

  #autoScalingGroups(region: Region): readonly AutoScalingGroup[] {
    return sites
      .filter((site) => siteOf[site].region === region)
      .flatMap((site) =>
        this.#estate.clusters[site].groups.map(({ name, isTagged, decoys, launches }) => ({
          AutoScalingGroupName: name,
          LaunchTemplate: { LaunchTemplateId: templateIds[launches], Version: '1' },
          Tags: Object.entries({ ...(isTagged && tagsOfCluster(site)), ...decoys }).map(([Key, Value]) => ({
            Key,
            Value,
          })),
          MinSize: 0,
          MaxSize: 9,
          DesiredCapacity: 1,
          DefaultCooldown: 300,
          AvailabilityZones: [],
          HealthCheckType: 'EC2',
          CreatedTime: new Date(0),
        })),
      );
  }

  /** What SSM knows of machines outside of AWS. */
  #managedInstances(region: Region): readonly ManagedInstance[] {
    return sites
      .filter((site) => siteOf[site].region === region)
      .flatMap((site) =>
        this.#estate.clusters[site].hybrid.flatMap(({ machine, isRegistered }) => {
          const { id, isTagged, alsoOf, decoys, attachedAt, hasAgent } = machine;
          const named = isTagged ? arnOf(site) : alsoOf && arnOf(alsoOf);
          if (!isRegistered) return [];
          return {
            tags: { ...decoys, ...(named && { EKSClusterARN: named }) },
            information: {
              InstanceId: id,
              PlatformType: 'Linux' as const,
              ComputerName: `edge-${id.slice(-4)}`,
              RegistrationDate: new Date(attachedAt),
              PingStatus: hasAgent ? ('Online' as const) : ('ConnectionLost' as const),
            },
          };
        }),
      );
  }

  readonly #configz: KubeletSource = {
    via: 'configz',
    read: (cluster, nodes, signal) => this.#readByConfigz(cluster, nodes, signal),
  };

  async *#readByConfigz(...[cluster, nodes]: Parameters<KubeletSource['read']>): ReturnType<KubeletSource['read']> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#configzEnds = promise;
    const site = siteOfCluster(cluster);
    this.#estate.reach(site, 'listed');
    yield* this.#read(nodes, 'configz', (node) => {
      // The API server dials the address in the Node object, as it is now.
      const object = this.#estate.listed(site).find(({ name }) => name === node.name);
      if (!object) return gone;
      const machine = this.#estate.at(object.address);
      return machine && !machine.isBlocked && !machine.isStopped ? running[machine.running] : running.silent;
    });
    resolve();
  }

  readonly #ssm: KubeletSource = {
    via: 'ssm',
    read: (cluster, nodes, signal) => this.#readBySsm(cluster, nodes, signal),
  };

  /** The document that is run is the program's choice; what it answers is its author's. */
  async *#readBySsm(...[cluster, nodes, signal]: Parameters<KubeletSource['read']>): ReturnType<KubeletSource['read']> {
    // docs/threat-model.md, "What cannot be promised": an address that changes back before the nodes are listed again, when configz has asked all of them.
    await this.#configzEnds;
    await setImmediate();
    this.#estate.reach(siteOfCluster(cluster), 'asked');
    const region = regionOf(cluster.arn?.region);
    const { documents } = this.#estate.regions[region];
    const looking = { client: documentClient(documents), clock: this.#ports.clock, signal };
    const pinned = await pinnedDocument(looking, { name: probeDocumentName, contents: [ourContent] });

    yield* this.#read(nodes, 'ssm', ({ machine: link }) => {
      const machines = this.#estate.machines(region);
      const machine = link.status === 'confirmed' ? machines.find(({ id }) => id === link.instanceId) : undefined;
      if (!machine?.hasAgent || machine.isStopped || !this.#isInSsm(machine)) return ofFiles.silent;
      if (!pinned.ok) return err(noDocument(cluster, pinned.error));
      if (documents[Number(pinned.value.version) - 1] === 'lying') return ofFiles.good;
      if (machine.isHidden) return noKubelet;
      return machine.running === machine.onDisk ? ofFiles[machine.onDisk] : edited[machine.onDisk];
    });
  }

  #isInSsm(machine: Machine): boolean {
    const hybrid = sites.flatMap((site) => this.#estate.clusters[site].hybrid);
    return !isHybrid(machine) || hybrid.some((each) => each.machine.id === machine.id && each.isRegistered);
  }

  async *#read(
    nodes: Parameters<KubeletSource['read']>[1],
    via: Via,
    answer: (node: ClusterNode) => Answer,
  ): ReturnType<KubeletSource['read']> {
    for await (const node of nodes) {
      const noTime = err({ via, kind: 'deadline', because: 'time ran out' } as const);
      const silent = node.name === undefined && via === 'configz';
      yield { node, result: this.#isHurried ? noTime : silent ? running.silent : answer(node) };
    }
  }
}

interface Asked {
  readonly runId: string;
  readonly item: RunItem;
  readonly last?: boolean;
}

const runIdOf = (runs: number): string => `run-${runs}`;

/** An invocation that throws what an operator can fix has failed. Anything else is a bug. */
function unlessExpected(error: unknown): undefined {
  if (!(error instanceof OperatorError)) throw error;
}

/** The program, where one call never comes back. */
function deadAt(ports: HubPorts, at: Exclude<Death, 'at once'>, dies: () => Promise<never>): HubPorts {
  switch (at) {
    case 'findings.write':
      return { ...ports, findings: withMethod(ports.findings, 'write', () => dies) };
    case 'events.put':
      return { ...ports, events: withMethod(ports.events, 'put', () => dies) };
    case 'memory.write':
      return { ...ports, ...(ports.memory && { memory: withMethod(ports.memory, 'write', () => dies) }) };
    case 'runs.putResult':
      return { ...ports, runs: withMethod(ports.runs, 'putResult', () => dies) };
    case 'runs.putAnswer':
      return { ...ports, runs: withMethod(ports.runs, 'putAnswer', () => dies) };
  }
}

/** What is kept for people is of no account here, and takes most of the time. */
const nothing = async (): Promise<void> => undefined;
const unkept = {
  putPage: nothing,
  putOcsf: nothing,
  putReport: nothing,
  async *histories() {},
};

/** What Security Hub adds, and a provider cannot send. */
const added = new Set(['ProcessedAt', 'Workflow', 'WorkflowState', 'Severity', 'Region']);

const siteOfCluster = ({ arn, name }: Cluster): Site => siteAt(arn?.region, name);

const regionOf = (text: string | undefined): Region => (text === 'eu-central-1' ? text : 'eu-west-1');

const describedCluster = (region: string, name: string): Cluster => ({
  ...clusterIn({ partition: 'aws', accountId, region }, name),
  network: { vpcId: vpcOf[regionOf(region)], remoteNodeNetworks: ['192.168.0.0/16'] },
  // It has nodes of every kind beside its node groups, as an attacker would like who wants to look like one of them.
  compute: { autoMode: true, fargate: true, hybrid: true },
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
  osImage,
});

const tagsOfCluster = (site: Site): Readonly<Record<string, string>> => ({
  [`kubernetes.io/cluster/${siteOf[site].cluster}`]: 'owned',
  'eks:cluster-name': siteOf[site].cluster,
});

const templateIds = { good: 'lt-00000000000000001', 'open-port': 'lt-00000000000000002' } as const;

/** The one version of a launch template, with a NodeConfig as nodeadm reads it. */
const template = (id: string): LaunchTemplateVersion => {
  const own = nodeConfig(`readOnlyPort: ${id === templateIds.good ? 0 : 10_255}`);
  const UserData = Buffer.from(userDataOf([own, eksPart('blue')])).toString('base64');
  return {
    LaunchTemplateId: id,
    LaunchTemplateName: id,
    VersionNumber: 1,
    DefaultVersion: true,
    LaunchTemplateData: { UserData, ImageId: eksImage.ImageId },
  };
};

const instanceOf = (machine: Machine, site: Site): Instance => ({
  InstanceId: machine.id,
  VpcId: vpcOf[siteOf[site].region],
  State: { Name: machine.isStopped ? 'stopped' : 'running' },
  LaunchTime: new Date(machine.launchedAt),
  NetworkInterfaces: [{ Attachment: { DeviceIndex: 0, AttachTime: new Date(machine.attachedAt) } }],
  PrivateDnsName: machine.dnsName,
  PrivateIpAddress: machine.address,
  Tags: Object.entries({
    // One key has one value: what is tagged for a second cluster keeps the other tag of its own.
    ...(machine.alsoOf && tagsOfCluster(machine.alsoOf)),
    ...(machine.isTagged && tagsOfCluster(site)),
    ...(machine.isManaged ? { 'eks:nodegroup-name': machine.group } : { 'aws:autoscaling:groupName': machine.group }),
    ...(machine.pool && { 'eks:kubernetes-node-pool-name': machine.pool }),
    ...machine.decoys,
  }).map(([Key, Value]) => ({ Key, Value })),
});

const gone: Answer = err({ via: 'configz', kind: 'node-gone', because: 'it is not there (404)' });
const because = 'no kubelet runs on this machine';
const noKubelet: Answer = err({ via: 'ssm', kind: 'unreadable', because, noKubelet: true });

const running = answersBy('configz');
const ofFiles = answersBy('ssm');

/** Files that changed after the kubelet started. */
const pending = (given: Answer): Answer => {
  if (!given.ok) return given;
  const facts = settingPaths.map((path) => {
    const fact = given.value.settings[path];
    return [path, fact.state === 'known' ? { ...fact, pendingRestart: '/etc/kubernetes/kubelet/config.json' } : fact];
  });
  return ok(factsOf('ssm', Object.fromEntries(facts)));
};
const edited = {
  good: pending(ofFiles.good),
  'no-ca': pending(ofFiles['no-ca']),
  'open-port': pending(ofFiles['open-port']),
};
