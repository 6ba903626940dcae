import type { Scope } from '../../../lambda/contract/settings.ts';
import { type Slug, slugs } from '../true-world.ts';

/** How a kubelet really runs. */
export type Running = 'good' | 'no-ca' | 'open-port';

export const regions = ['eu-west-1', 'eu-central-1'] as const;
export type Region = (typeof regions)[number];

export const accountId = '111122223333';
export const clusterOf = { 'eu-west-1': 'blue', 'eu-central-1': 'green' } as const satisfies Record<Region, string>;

/** A machine with a kubelet. What only AWS can write never changes; the rest is in somebody's reach. */
export interface Machine {
  readonly id: string;
  readonly address: string;
  readonly dnsName: string;
  readonly launchedAt: number;
  /** By the tags that anybody may set who may tag. */
  readonly group: string;
  readonly pool?: string;
  /** Whether it carries the cluster's tags. */
  readonly isTagged: boolean;
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

export interface ClusterState {
  readonly machines: Machine[];
  readonly nodes: NodeObject[];
}

/** What a version of the SSM document that reads nodes does: what this program brings, or to say of every kubelet that it is as it should be. */
export type ProbeDocument = 'ours' | 'lying';

/** What an account's admin has done to one Region. */
export interface RegionState {
  access: 'open' | 'denied' | 'off';
  securityHub: 'on' | 'off' | 'unreadable' | 'unwritable';
  isEc2Denied: boolean;
  /** Versions of the SSM document, the default one last; none when it was deleted. */
  documents: readonly ProbeDocument[];
}

const minute = 60_000;

/** One account with a cluster in each of two Regions: what is true, and what people have done to what shows it. Nothing in here knows of findings. */
export class Estate {
  now = Date.parse('2026-11-24T05:00:00.000Z');
  readonly clusters: Readonly<Record<Region, ClusterState>> = {
    'eu-west-1': { machines: [], nodes: [] },
    'eu-central-1': { machines: [], nodes: [] },
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
  #machines = 0;

  pass(minutes: number): void {
    this.now += minutes * minute;
  }

  /** Gives a machine and its Node object to a cluster, the object as its admin would have it. */
  launch(
    region: Region,
    { group, running, ...otherwise }: Pick<Machine, 'group' | 'running'> & Partial<Machine>,
    node: Partial<NodeObject> | 'none' = {},
  ): void {
    this.#machines += 1;
    const count = this.#machines;
    const id = `i-${count.toString(16).padStart(17, '0')}`;
    const address = `10.0.${count >> 8}.${count & 255}`;
    const dnsName = `ip-${address.replaceAll('.', '-')}.${region}.compute.internal`;
    const { machines, nodes } = this.clusters[region];

    machines.push({
      ...{ id, address, dnsName, group, running },
      launchedAt: this.now,
      isTagged: true,
      onDisk: running,
      isBlocked: false,
      hasAgent: true,
      isHidden: false,
      ...otherwise,
    });
    if (node === 'none') return;
    nodes.push({
      name: dnsName,
      providerId: `aws:///${region}a/${id}`,
      address,
      labels: { 'eks.amazonaws.com/nodegroup': group },
      ...node,
    });
  }

  changeMachine(region: Region, index: number, change: (machine: Machine) => Partial<Machine>): void {
    const { machines } = this.clusters[region];
    const at = index % machines.length;
    const machine = machines[at];
    if (machine) machines[at] = { ...machine, ...change(machine) };
  }

  changeNode(region: Region, index: number, change: (node: NodeObject) => Partial<NodeObject>): void {
    const { nodes } = this.clusters[region];
    const at = index % nodes.length;
    const node = nodes[at];
    if (node) nodes[at] = { ...node, ...change(node) };
  }

  /** The machine that answers at this address, wherever it is. */
  at(address: string): Machine | undefined {
    return regions.flatMap((region) => this.clusters[region].machines).find((each) => each.address === address);
  }

  terminate(region: Region, isGone: (machine: Machine, index: number) => boolean): void {
    const { machines, nodes } = this.clusters[region];
    const gone = machines.filter(isGone);
    const ids = new Set(gone.map(({ id }) => id));
    machines.splice(0, machines.length, ...machines.filter(({ id }) => !ids.has(id)));
    const isOfGone = (node: NodeObject) =>
      gone.some(({ id, dnsName }) => node.providerId?.endsWith(id) || node.name === dnsName);
    nodes.splice(0, nodes.length, ...nodes.filter((node) => !isOfGone(node)));
  }
}

/** Whether a kubelet that runs so fails a control. */
export const fails = (running: Running, control: Slug): boolean =>
  (running === 'no-ca' && control === slugs.ca) || (running === 'open-port' && control === slugs.port);
