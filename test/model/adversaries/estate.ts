import type { Scope } from '../../../lambda/contract/settings.ts';
import { fakeBucket } from '../../fakes/bucket.ts';
import type { ProbeDocument } from '../in-process-clients.ts';
import { type Slug, slugs } from '../true-world.ts';

/** How a kubelet really runs. */
export type Running = 'good' | 'no-ca' | 'open-port';

export const regions = ['eu-west-1', 'eu-central-1'] as const;
export type Region = (typeof regions)[number];

export const accountId = '111122223333';

/** Two clusters of one VPC, and one in another Region that has the name of the first. */
export const siteOf = {
  blue: { region: 'eu-west-1', cluster: 'blue' },
  red: { region: 'eu-west-1', cluster: 'red' },
  twin: { region: 'eu-central-1', cluster: 'blue' },
} as const satisfies Record<string, { readonly region: Region; readonly cluster: string }>;
export type Site = keyof typeof siteOf;
export const sites: readonly Site[] = ['blue', 'red', 'twin'];

export const siteAt = (region: string | undefined, cluster: string | undefined): Site =>
  sites.find((each) => siteOf[each].region === region && siteOf[each].cluster === cluster) ?? 'blue';

export const arnOf = (site: Site): string =>
  `arn:aws:eks:${siteOf[site].region}:${accountId}:cluster/${siteOf[site].cluster}`;

/** A machine with a kubelet. What only AWS can write never changes; the rest is in somebody's reach. */
export interface Machine {
  readonly id: string;
  readonly address: string;
  readonly dnsName: string;
  /** Of its last start. */
  readonly launchedAt: number;
  /** When it was made: a stop and a start leave its first network interface as it is. */
  readonly attachedAt: number;
  readonly isStopped: boolean;
  /** By the tags that anybody may set who may tag. */
  readonly group: string;
  /** Of a managed node group, named by tag and label; otherwise of an Auto Scaling group, whose name only AWS can set. */
  readonly isManaged: boolean;
  readonly pool?: string | undefined;
  /** Whether it carries the cluster's tags. */
  readonly isTagged: boolean;
  /** The cluster whose tags it carries beside. */
  readonly alsoOf?: Site | undefined;
  /** Further tags, which name no cluster of this account or no cluster at all. */
  readonly decoys: Readonly<Record<string, string>>;
  readonly running: Running;
  /** What its files say, and its next start does. */
  readonly onDisk: Running;
  /** Its kubelet's port is closed to the API server. */
  readonly isBlocked: boolean;
  readonly hasAgent: boolean;
  /** Root lets nobody who looks at its processes see the kubelet. */
  readonly isHidden: boolean;
}

/** A Node object: the cluster's admin may have written everything in it. */
export interface NodeObject {
  readonly name: string;
  readonly providerId: string | undefined;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** An Auto Scaling group that people made for a cluster, and how the kubelet of its next machine runs. */
export interface LaunchingGroup {
  readonly name: string;
  readonly isTagged: boolean;
  readonly decoys: Readonly<Record<string, string>>;
  readonly launches: 'good' | 'open-port';
}

export interface ClusterState {
  readonly machines: Machine[];
  readonly nodes: NodeObject[];
  readonly hybrid: Hybrid[];
  readonly groups: LaunchingGroup[];
}

/** A machine outside of AWS, and its Node object while there is one. SSM alone knows it, while it is registered there. */
export interface Hybrid {
  readonly machine: Machine;
  readonly node: NodeObject | undefined;
  readonly isRegistered: boolean;
}

/** Where the audit of one cluster dies: before it does anything, or when it wants to do this. */
export const deaths = [
  'at once',
  'findings.write',
  'events.put',
  'memory.write',
  'runs.putResult',
  'runs.putAnswer',
] as const;
export type Death = (typeof deaths)[number];

/** What an account's admin has done to one Region. */
export interface RegionState {
  access: 'open' | 'denied' | 'off';
  securityHub: 'on' | 'off' | 'unreadable' | 'unwritable';
  isEc2Denied: boolean;
  /** Versions of the SSM document, the default one last; none when it was deleted. */
  documents: readonly ProbeDocument[];
}

/** From when to when somebody interferes with a run: before its lists, after them, when the first source has asked, when it is over. */
export const moments = ['begin', 'listed', 'asked', 'end'] as const;
export type Moment = (typeof moments)[number];

export interface Interference {
  readonly site: Site;
  readonly from: Moment;
  /** Absent, what was done stays. */
  readonly until?: Moment;
  /** @returns what undoes it */
  readonly deed: () => () => void;
}

const minute = 60_000;

/** One account with three clusters in two Regions: what is true, and what people have done to what shows it. Nothing in here knows of findings. */
export class Estate {
  now = Date.parse('2026-11-24T05:00:00.000Z');
  readonly clusters: Readonly<Record<Site, ClusterState>> = {
    blue: { machines: [], nodes: [], hybrid: [], groups: [] },
    red: { machines: [], nodes: [], hybrid: [], groups: [] },
    twin: { machines: [], nodes: [], hybrid: [], groups: [] },
  };
  readonly regions: Readonly<Record<Region, RegionState>> = {
    'eu-west-1': { access: 'open', securityHub: 'on', isEc2Denied: false, documents: ['ours'] },
    'eu-central-1': { access: 'open', securityHub: 'on', isEc2Denied: false, documents: ['ours'] },
  };
  account: 'active' | 'suspended' = 'active';
  /** The deployment's settings. */
  scope: Scope = 'node-group';
  controls: readonly Slug[] = Object.values(slugs);
  /** A waiver of the control for the managed node group of this name. */
  waived: { readonly control: Slug; readonly group: string } | undefined;
  excluded: Region | undefined;
  /** The hub's bucket. */
  readonly bucket = fakeBucket();
  /** Clusters whose audit dies in the next runs: in how many of them, where, and whether each further try dies too. */
  readonly dying = new Map<Site, { readonly runs: number; readonly at: Death; readonly isForGood: boolean }>();
  /** Clusters that one invocation will have no time for in the next run. */
  readonly slow = new Set<Site>();
  /** Clusters below whose prefix somebody has put an object for the next run. */
  readonly writtenInto = new Set<Site>();
  /** What is done during the next run. */
  interferences: readonly Interference[] = [];
  /** By id, machines of which tags or Node objects said so when a run listed a cluster, as they were then. */
  readonly visible = new Map<Site, ReadonlyMap<string, Machine>>();
  #undo: { readonly at: Moment; readonly site: Site; readonly run: () => void }[] = [];
  #machines = 0;

  /** A run has come so far with a cluster. */
  reach(site: Site, at: Moment): void {
    const due = this.#undo.filter((each) => each.site === site && moments.indexOf(each.at) <= moments.indexOf(at));
    this.#undo = this.#undo.filter((each) => !due.includes(each));
    for (const { run } of due.toReversed()) run();

    const now = this.interferences.filter((each) => each.site === site && each.from === at);
    this.interferences = this.interferences.filter((each) => !now.includes(each));
    for (const { deed, until } of now) {
      const run = deed();
      if (until) this.#undo.push({ at: until, site, run });
    }
    if (at === 'begin') this.look(site);
  }

  /** The cluster is listed. */
  look(site: Site): void {
    this.visible.set(site, this.#visible(site));
  }

  /** Machines that carry the cluster's tags, or that a Node object names. */
  #visible(site: Site): ReadonlyMap<string, Machine> {
    const nodes = this.listed(site);
    const registered = new Set(this.clusters[site].hybrid.map((each) => each.isRegistered && each.machine));
    const isShown = (each: Machine) => each.isTagged && (!isHybrid(each) || registered.has(each));
    const visible = this.machinesOf(site).filter((each) => isShown(each) || nodes.some((node) => names(node, each)));
    return new Map(visible.map((each) => [each.id, { ...each }]));
  }

  pass(minutes: number): void {
    this.now += minutes * minute;
  }

  /** Gives a machine and its Node object to a cluster, the object as its admin would have it. */
  launch(
    site: Site,
    { group, running, ...otherwise }: Pick<Machine, 'group' | 'running'> & Partial<Machine>,
    node: Partial<NodeObject> | 'none' = {},
  ): void {
    this.#machines += 1;
    const count = this.#machines;
    const id = `i-${count.toString(16).padStart(17, '0')}`;
    const address = `10.0.${count >> 8}.${count & 255}`;
    const { region } = siteOf[site];
    const dnsName = `ip-${address.replaceAll('.', '-')}.${region}.compute.internal`;
    const { machines, nodes } = this.clusters[site];

    machines.push({
      id,
      address,
      dnsName,
      group,
      running,
      launchedAt: this.now,
      attachedAt: this.now,
      isStopped: false,
      ...asLaunched,
      onDisk: running,
      ...otherwise,
    });
    if (node === 'none') return;
    nodes.push({
      name: dnsName,
      providerId: `aws:///${region}a/${id}`,
      address,
      labels: (otherwise.isManaged ?? true) ? { 'eks.amazonaws.com/nodegroup': group } : {},
      ...node,
    });
  }

  /** Registers a machine outside of AWS with SSM, for a cluster, which it joins. */
  register(site: Site, running: Running): void {
    this.#machines += 1;
    const count = this.#machines;
    const id = `mi-${count.toString(16).padStart(17, '0')}`;
    const address = `192.168.${count >> 8}.${count & 255}`;
    const { region, cluster } = siteOf[site];
    this.clusters[site].hybrid.push({
      machine: {
        id,
        address,
        dnsName: id,
        group: 'hybrid',
        running,
        onDisk: running,
        launchedAt: this.now,
        attachedAt: this.now,
        isStopped: false,
        ...asLaunched,
        isManaged: false,
      },
      node: {
        ...{ name: id, address, providerId: `eks-hybrid:///${region}/${cluster}/${id}` },
        labels: { 'eks.amazonaws.com/compute-type': 'hybrid' },
      },
      isRegistered: true,
    });
  }

  changeHybrid(site: Site, index: number, change: (hybrid: Hybrid) => Partial<Hybrid>): void {
    const { hybrid } = this.clusters[site];
    const at = index % hybrid.length;
    const before = hybrid[at];
    if (before) hybrid[at] = { ...before, ...change(before) };
  }

  /** The Node objects of a cluster. */
  listed(site: Site): readonly NodeObject[] {
    const { nodes, hybrid } = this.clusters[site];
    return [...nodes, ...hybrid.flatMap(({ node }) => node ?? [])];
  }

  machinesOf(site: Site): readonly Machine[] {
    const { machines, hybrid } = this.clusters[site];
    return [...machines, ...hybrid.map(({ machine }) => machine)];
  }

  changeMachine(site: Site, index: number, change: (machine: Machine) => Partial<Machine>): void {
    const { machines } = this.clusters[site];
    const at = index % machines.length;
    const machine = machines[at];
    if (machine) machines[at] = { ...machine, ...change(machine) };
  }

  changeGroup(site: Site, index: number, change: (group: LaunchingGroup) => Partial<LaunchingGroup>): void {
    const { groups } = this.clusters[site];
    const at = index % groups.length;
    const group = groups[at];
    if (group) groups[at] = { ...group, ...change(group) };
  }

  changeNode(site: Site, index: number, change: (node: NodeObject) => Partial<NodeObject>): void {
    const { nodes } = this.clusters[site];
    const at = index % nodes.length;
    const node = nodes[at];
    if (node) nodes[at] = { ...node, ...change(node) };
  }

  /** The machine that answers at this address, wherever it is. */
  at(address: string): Machine | undefined {
    return this.machines().find((each) => each.address === address);
  }

  /** Of a Region, or of all. */
  machines(region?: Region): readonly Machine[] {
    return sites
      .filter((each) => region === undefined || siteOf[each].region === region)
      .flatMap((each) => this.machinesOf(each));
  }

  terminate(site: Site, isGone: (machine: Machine, index: number) => boolean): void {
    const { machines, nodes } = this.clusters[site];
    const gone = machines.filter(isGone);
    const ids = new Set(gone.map(({ id }) => id));
    machines.splice(0, machines.length, ...machines.filter(({ id }) => !ids.has(id)));
    const isOfGone = (node: NodeObject) =>
      gone.some(({ id, dnsName }) => node.providerId?.endsWith(id) || node.name === dnsName);
    nodes.splice(0, nodes.length, ...nodes.filter((node) => !isOfGone(node)));
  }
}

const asLaunched = {
  isManaged: true,
  isTagged: true,
  isBlocked: false,
  hasAgent: true,
  isHidden: false,
  decoys: {},
} as const;

export const isHybrid = ({ id }: Machine): boolean => id.startsWith('mi-');

/** Whether a Node object says, by anything that is in it, that it is this machine. */
export const names = ({ providerId, name, address }: NodeObject, machine: Machine): boolean =>
  providerId?.endsWith(machine.id) === true || name === machine.dnsName || address === machine.address;

/** Whether a kubelet that runs so fails a control. */
export const fails = (running: Running, control: Slug): boolean =>
  (running === 'no-ca' && control === slugs.ca) || (running === 'open-port' && control === slugs.port);
