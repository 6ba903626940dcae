import type { ListedNode } from '../../model/listed-node.ts';
import type { Cluster, ClusterNode, Instance, Machine, NodeGroup, NodeKind } from '../../model/model.ts';
import { hasEnded, isAlive } from './gone.ts';
import { type ManagedGroupsAnswer, withGroupByAws } from './managed-groups.ts';
import { canonicalAddress } from './node-address.ts';
import { instanceIdOf, kindOfInstance, nodeKind } from './node-kind.ts';

interface JoinInventoryOptions {
  /** The Node objects; absent when the API server could not be asked. */
  readonly listed?: readonly ListedNode[];
  /** The cluster's machines by AWS's word; absent when AWS could not be asked. */
  readonly instances?: readonly Instance[];
  /** EC2's answer about what wantedInstances names; absent when EC2 could not be asked for single instances. */
  readonly found?: readonly Instance[];
  /** Machines that failed in the last run, with the groups that they were of. */
  readonly remembered?: ReadonlyMap<string, NodeGroup>;
  /** Keys of hybrid nodes that failed in the last run. */
  readonly hybrid?: ReadonlySet<string>;
  /** Machines and hybrid nodes that an earlier try of this audit listed. */
  readonly listedBefore?: readonly Pick<ClusterNode, 'key' | 'group'>[];
  /** Which of their groups EKS manages, as EKS says; absent where EKS was not asked. */
  readonly managed?: ManagedGroupsAnswer;
  /** By which a machine is young; absent, none is. */
  readonly now?: Date;
}

/**
 * Joins what the API server lists with what AWS knows. The nodes have the same keys and groups, whichever side they come from.
 *
 * A running instance without a trusted Node object is a node too, marked so. It did not join, its Node object was deleted or claims another machine,
 * or its tags are wrong. Without the API server's list, every running instance counts as a node.
 *
 * Only AWS says whether a machine is young: a Node object can be recreated every night. A machine that failed in the last run is never excused.
 * It counts until EC2 says that it is terminated, or doesn't know its id. A hybrid one counts for ever: nothing proves that it is gone.
 */
export function joinInventory(
  cluster: Cluster,
  { listedBefore = [], remembered = new Map(), hybrid = new Set(), managed, now, ...answers }: JoinInventoryOptions,
): readonly ClusterNode[] {
  const { listed, instances, found } = answers;
  const known = new Map([...listedBefore.map(({ key, group }) => [key, group] as const), ...remembered]);
  const byAws = (each: Instance) => (managed ? withGroupByAws(each, managed) : each);
  const alive = instances && [
    ...instances.filter((each) => !hasEnded(each)).map(byAws),
    ...(found ?? []).flatMap((each) => withoutTags(each, { cluster, known }).map(byAws)),
  ];
  const seen = { ...(listed && { listed }), ...(alive && { instances: alive }), ...(found && { found }) };
  const nodes = joined(cluster, { ...seen, remembered: known });
  const machines = new Map(alive?.map((each) => [each.id, each]));
  // A node whose claim to a machine is not trusted has another key, so the machine is read as well.
  const keys = new Set(nodes.map(({ key }) => key));
  const unlisted = (listed && alive)
    ?.filter((each) => !keys.has(each.id) && (known.has(each.id) || !isBooting(each, now)))
    .map((each): ClusterNode => ({ ...nodeOfInstance(each, cluster), unlisted: true }));

  const all = [...nodes, ...(unlisted ?? [])];
  const present = new Set(all.map(({ key }) => key));
  const hybridBefore = listedBefore.filter(({ group }) => group.kind === 'hybrid').map(({ key }) => key);
  const missing = [...new Set([...hybrid, ...hybridBefore])].filter((key) => !present.has(key)).map(missingHybrid);

  return markSharedAddresses(
    [...all, ...missing].map((node) => {
      const machine = node.machine.status === 'confirmed' ? machines.get(node.machine.instanceId) : undefined;
      // A person who may stop and start a failing machine makes it young again each night.
      if (hybrid.has(node.key) || (machine && remembered.has(machine.id))) return { ...node, failedBefore: true };
      return machine && isBooting(machine, now) ? { ...node, booting: true } : node;
    }),
  );
}

const missingHybrid = (key: string): ClusterNode => ({
  key,
  machine: {
    status: 'none',
    because: 'it was seen before, and neither the API server nor SSM shows it now',
  },
  kind: 'hybrid',
  group: hybridGroup,
});

export const hybridGroup: NodeGroup = { kind: 'hybrid', name: 'hybrid' };

/** A machine that the tags don't show, and that runs in the cluster's VPC or was seen before. It keeps the group that it had then. */
function withoutTags(
  instance: Instance,
  { cluster, known }: { readonly cluster: Cluster; readonly known: ReadonlyMap<string, NodeGroup> },
): readonly Instance[] {
  const group = known.get(instance.id);
  if (group && !hasEnded(instance))
    return [{ ...instance, group, groupUnconfirmed: 'its tags no longer say of which cluster it is' }];
  if (!isAlive(instance)) return [];
  return instance.vpcId !== undefined && instance.vpcId === cluster.network?.vpcId ? [instance] : [];
}

const youngMs = 15 * 60 * 1000;

function isBooting({ state, launchedAt, attachedAt = launchedAt }: Instance, now: Date | undefined): boolean {
  if (state !== 'running') return true;
  return attachedAt !== undefined && now !== undefined && now.getTime() - Date.parse(attachedAt) < youngMs;
}

function joined(
  cluster: Cluster,
  { listed, instances, remembered = new Map(), found }: JoinInventoryOptions,
): readonly ClusterNode[] {
  if (!listed)
    return (instances ?? [])
      .filter((each) => each.state === 'running' || remembered.has(each.id))
      .map((each) => nodeOfInstance(each, cluster));

  const directory = instances && directoryOf(instances);
  // In whatever VPC.
  const foundById = new Map(found?.map((each) => [each.id, each]));
  const isLookedUp = found !== undefined && cluster.network?.vpcId !== undefined;
  const claims = claimsOf(listed, directory);
  const claimants = Map.groupBy(claims, ({ id }) => id);
  const idsOfOne = new Set([...claimants].filter(([, by]) => by.length === 1).map(([id]) => id));
  // A node may be called like another's instance, and must not take that one's place. No name of a node has a slash.
  const keyOfName = (name: string) => (idsOfOne.has(name) || directory?.byId.has(name) ? `node/${name}` : name);

  return claims.map(({ node, id }) => {
    const shared = !idsOfOne.has(id);
    const instance = id === undefined ? undefined : directory?.byId.get(id);
    const kind = nodeKind(node, cluster, instance ?? (directory ? 'unknown' : 'unasked'));
    const distrust = id && reasonToDistrust(node, { id, shared, directory, isLookedUp, cluster });
    const claimed = distrust || instance || !directory ? {} : claimOf(node, id, foundById);
    // The key of a machine that AWS knows is for what is really that machine.
    const isItself = id !== undefined && !shared && !(distrust && instance);

    return {
      key: isItself ? id : keyOfName(node.name),
      name: node.name,
      machine: machineOf(id, kind, { instance, asked: directory !== undefined, distrust }),
      kind,
      group: instance?.group ?? groupByLabels(node, { kind, cluster }),
      ...known(instance, 'groupUnconfirmed', 'imageId', 'launchTemplate'),
      ...(directory && !instance && { groupUnconfirmed: 'only its Node object names this group' }),
      ...claimed,
      ...ofMachine(distrust ? undefined : instance, cluster),
      ...known(node, 'kubeletVersion', 'osImage', 'internalIp', 'kubeletPort'),
      ...(!distrust && hasAddress(instance, node.internalIp) && { addressConfirmed: true }),
      ...(distrust && { distrust }),
    };
  });
}

/** The instance that each Node object claims by id or name. Without either, an address counts, if no other node claims that machine. */
function claimsOf(listed: readonly ListedNode[], directory: Directory | undefined) {
  const claims = listed.map((node) => {
    const id = instanceIdOf(node);
    // AWS's own word for it: a part of another text would keep the whole text in memory.
    const machine = id === undefined ? directory?.byName.get(node.name) : directory?.byId.get(id);
    return { node, id: machine?.id ?? id };
  });
  const named = new Set(claims.map(({ id }) => id));
  return claims.map(({ node, id }) => {
    const byAddress =
      id === undefined ? directory?.byAddress.get(canonicalAddress(node.internalIp ?? '') ?? '') : undefined;
    return { node, id: byAddress && !named.has(byAddress.id) ? byAddress.id : id };
  });
}

function claimOf(
  node: ListedNode,
  id: string | undefined,
  found: ReadonlyMap<string, Instance>,
): Pick<ClusterNode, 'claimed' | 'inOtherVpc'> {
  if (!id?.startsWith('i-')) return { claimed: 'without-machine' };
  const instance = found.get(id);
  const isConfirmed = instance?.privateDnsName !== undefined && hasAddress(instance, node.internalIp);
  const inOtherVpc = isConfirmed && isAlive(instance) && !mismatchOf(node, instance);
  return { claimed: 'elsewhere', ...(inOtherVpc && { inOtherVpc }) };
}

/** What AWS says of a node's machine. One that AWS does not know as this node gives it no owner. */
function ofMachine(instance: Instance | undefined, { name, owner: ofCluster }: Cluster) {
  const others = (instance?.clusters ?? []).filter((each) => each !== name);
  const owner = instance?.owner ?? ofCluster;
  return {
    ...(others.length > 0 && { alsoTaggedFor: others }),
    ...(instance?.notAdmitted && { notAdmitted: true as const }),
    ...(owner !== undefined && { owner }),
  };
}

/** Those of these fields that are there. */
const known = <T extends object, Field extends keyof T>(from: T | undefined, ...fields: readonly Field[]) =>
  Object.fromEntries(fields.flatMap((field) => (from?.[field] === undefined ? [] : [[field, from[field]]]))) as {
    [Each in Field]?: NonNullable<T[Each]>;
  };

interface Directory {
  readonly byId: ReadonlyMap<string, Instance>;
  /** By each address that EC2 confirms. */
  readonly byAddress: ReadonlyMap<string, Instance>;
  /**
   * By EC2's private DNS name, which is the Node's name on EKS, or by the computer name that SSM shows for a hybrid machine. A name that several
   * machines share identifies none of them. One exception: a hybrid machine chooses its name, so a name that exactly one EC2 instance has means that
   * instance.
   */
  readonly byName: ReadonlyMap<string, Instance>;
}

function directoryOf(instances: readonly Instance[]): Directory {
  const named = Map.groupBy(instances, (each) => each.privateDnsName);

  return {
    byId: new Map(instances.map((each) => [each.id, each])),
    byAddress: new Map(
      instances.flatMap((each) =>
        (each.addresses ?? []).flatMap((address) => {
          const canonical = canonicalAddress(address);
          return canonical === undefined ? [] : [[canonical, each] as const];
        }),
      ),
    ),
    byName: new Map(
      [...named].flatMap(([name, machines]) => {
        const ofEc2 = machines.filter(({ id }) => id.startsWith('i-'));
        const [only, ...others] = ofEc2.length > 0 ? ofEc2 : machines;
        return name && only && others.length === 0 ? [[name, only]] : [];
      }),
    ),
  };
}

interface Claim {
  readonly id: string;
  readonly shared: boolean;
  readonly directory: Directory | undefined;
  readonly isLookedUp: boolean;
  readonly cluster: Cluster;
}

function reasonToDistrust(node: ListedNode, { id, shared, directory, isLookedUp, cluster }: Claim): string | undefined {
  if (shared) return `more than one node says that it is instance ${id}`;
  if (!directory) return undefined;

  const namesake = directory.byName.get(node.name);
  if (namesake && namesake.id !== id && namesake.id.startsWith('i-'))
    return `it says that it is instance ${id}, but by AWS's word its name is that of ${namesake.id}`;
  // A hybrid node's activation need not carry the cluster's tag, so an unknown `mi-…` is not a false claim.
  // Where EC2 was asked for this very id, the node is a mere claim, unless EC2 may hide its machine.
  if (!directory.byId.has(id) && !id.startsWith('mi-') && (!isLookedUp || mayBeHidden(node, cluster)))
    return `it says that it is instance ${id}, but AWS knows no instance of this cluster with that id (the tags kubernetes.io/cluster/NAME, eks:cluster-name, aws:eks:cluster-name and eks:eks-cluster-name were looked at)`;

  const instance = id.startsWith('i-') ? directory.byId.get(id) : undefined;
  return instance && mismatchOf(node, instance);
}

/** A node is matched with an instance only if AWS gives that instance the same name and address. Anyone who can write the Node object can set both. */
function mismatchOf({ name, internalIp }: ListedNode, instance: Instance): string | undefined {
  const { id, privateDnsName, addresses } = instance;
  const isNamedSo = name === privateDnsName || name === id || name.startsWith(`${id}.`);

  if (privateDnsName !== undefined && !isNamedSo)
    return `it says that it is instance ${id}, which by AWS's word is called ${privateDnsName}`;
  if (addresses && internalIp !== undefined && !hasAddress(instance, internalIp))
    return `it says that it is instance ${id}, and names an address that none of that one's network interfaces has`;
  return undefined;
}

const withoutSsm: Partial<Readonly<Record<NodeKind, Machine>>> = {
  fargate: { status: 'none', because: 'Fargate runs no SSM agent' },
  'auto-mode': { status: 'none', because: 'AWS allows no SSM on EKS Auto Mode nodes' },
};

function machineOf(
  id: string | undefined,
  kind: NodeKind,
  seen: { readonly instance: Instance | undefined; readonly asked: boolean; readonly distrust: string | undefined },
): Machine {
  const none = withoutSsm[kind];
  if (none) return none;
  if (!id) return { status: 'none', because: kind === 'hybrid' ? notInSsm : 'its Node object names no instance' };

  const unconfirmed = (because: string): Machine => ({ status: 'unconfirmed', because });
  if (seen.distrust) return unconfirmed(seen.distrust);
  if (!seen.asked) return unconfirmed(`it says that it is instance ${id}, and AWS could not be asked`);
  if (!seen.instance && id.startsWith('i-'))
    return unconfirmed(`it says that it is instance ${id}, and no instance of that id runs in the cluster's VPC`);
  if (!seen.instance)
    return unconfirmed(`it says that it is ${id}, which SSM does not know under this cluster's tag EKSClusterARN`);
  return { status: 'confirmed', instanceId: id };
}

const notInSsm =
  "SSM shows no machine with this node's name and the cluster's tag EKSClusterARN (with IAM Roles Anywhere, SSM does not manage hybrid nodes)";

function groupByLabels(
  node: ListedNode,
  { kind, cluster }: { readonly kind: NodeKind; readonly cluster: Cluster },
): NodeGroup {
  const { labels } = node;
  const pool = labels['karpenter.sh/nodepool'];
  const managed = labels['eks.amazonaws.com/nodegroup'];

  if (kind === 'fargate') return { kind: 'fargate', name: 'fargate' };
  // EC2 may hide such a machine: its group still exists, though the node is not trusted.
  if (mayBeHidden(node, cluster)) return { kind: 'auto-mode', name: pool ?? 'auto-mode' };
  if (kind === 'hybrid') return hybridGroup;
  if (managed) return { kind: 'managed', name: managed };
  if (pool) return { kind: 'karpenter', name: pool };
  return { kind: 'self-managed', name: 'self-managed' };
}

const mayBeHidden = ({ labels }: ListedNode, { compute }: Cluster): boolean =>
  labels['eks.amazonaws.com/compute-type'] === 'auto' && compute.autoMode;

function nodeOfInstance(instance: Instance, cluster: Cluster): ClusterNode {
  const kind = kindOfInstance(instance, cluster) ?? instance.platform;

  return {
    key: instance.id,
    machine: withoutSsm[kind] ?? { status: 'confirmed', instanceId: instance.id },
    kind,
    group: instance.group ?? { kind: 'self-managed', name: 'self-managed' },
    ...known(instance, 'groupUnconfirmed', 'imageId', 'launchTemplate'),
    ...ofMachine(instance, cluster),
    ...(instance.privateIp === undefined ? {} : { internalIp: instance.privateIp }),
    ...(hasAddress(instance, instance.privateIp) && { addressConfirmed: true }),
  };
}

/** According to AWS. The address that a hybrid machine reports is confirmed by no other source. */
function hasAddress(instance: Instance | undefined, claimed: string | undefined): boolean {
  const address = canonicalAddress(claimed ?? '');
  return address !== undefined && (instance?.addresses ?? []).some((each) => canonicalAddress(each) === address);
}

/** Marks the nodes whose InternalIP another node claims too, in any spelling. The one node whose address EC2 confirms has nothing to answer for. */
function markSharedAddresses(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  const addressOf = ({ internalIp = '' }: ClusterNode) => canonicalAddress(internalIp);
  const claims = Map.groupBy(nodes, addressOf);

  return nodes.map((node) => {
    const address = addressOf(node);
    const shared = address !== undefined && (claims.get(address)?.length ?? 0) > 1;
    if (!shared || (node.addressConfirmed && isOnlyConfirmed(claims.get(address) ?? []))) return node;
    const distrust = node.distrust ?? 'more than one node says that it has this InternalIP';
    return { ...node, internalIpShared: true, ...(node.name !== undefined && { distrust }) };
  });
}

const isOnlyConfirmed = (sharing: readonly ClusterNode[]): boolean =>
  sharing.filter(({ addressConfirmed }) => addressConfirmed).length === 1;

/** A Node object without a machine in the cluster: it is counted and named, not judged. */
export const isClaimElsewhere = ({ claimed, inOtherVpc }: ClusterNode): boolean =>
  claimed === 'elsewhere' && !inOtherVpc;

/** A machine that is not judged, and whose cluster is not known here: of two clusters and not listed, or listed and in another VPC. */
export const isContested = ({ alsoTaggedFor, name, inOtherVpc }: ClusterNode): boolean =>
  inOtherVpc === true || (alsoTaggedFor !== undefined && name === undefined);
