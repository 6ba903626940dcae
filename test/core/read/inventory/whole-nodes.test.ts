import { describe, expect, it } from 'vitest';
import type { ListedNode } from '../../../../lambda/core/model/listed-node.ts';
import type { Cluster, ClusterNode, Instance } from '../../../../lambda/core/model/model.ts';
import { joinInventory } from '../../../../lambda/core/read/inventory/inventory.ts';
import { instanceWith } from '../../../fakes/ports.ts';

const compute = { autoMode: false, fargate: false, hybrid: false };
const cluster: Cluster = { name: 'prod', status: 'ACTIVE', compute };
const allowing = (more: Partial<Cluster['compute']>) => ({ ...cluster, compute: { ...compute, ...more } });
const id = 'i-0123456789abcdef0';
const otherId = 'i-0fedcba9876543210';
const hybridId = 'mi-0123456789abcdef0';

/** A Node object and a machine of which nothing is known but what must be. */
const bare: ListedNode = { name: 'node-1', labels: {} };
const claiming: ListedNode = { ...bare, providerId: `aws:///eu-west-1a/${id}` };
const machine = instanceWith({ id });

const ofNoInstance = { status: 'none', because: 'its Node object names no instance' } as const;
/** AWS was asked, and shows no machine. */
const ofLabels = { claimed: 'without-machine', groupUnconfirmed: 'only its Node object names this group' } as const;
const unconfirmed = (because: string) => ({ status: 'unconfirmed', because }) as const;
const confirmed = (instanceId: string) => ({ status: 'confirmed', instanceId }) as const;
const selfManaged = { kind: 'self-managed', name: 'self-managed' } as const;
const unasked = unconfirmed(`it says that it is instance ${id}, and AWS could not be asked`);

const nodes = (known: Parameters<typeof joinInventory>[1], of: Cluster = cluster) => joinInventory(of, known);

describe('a node of which little is known', () => {
  const ordinary = { kind: 'linux', group: selfManaged } as const;
  const known = { key: id, machine: confirmed(id), ...ordinary } as const;
  const [named, unlisted] = [{ ...known, name: 'node-1' } as const, { ...known, unlisted: true } as const];
  it.each<[Parameters<typeof nodes>[0], ClusterNode]>([
    [{ listed: [bare] }, { key: 'node-1', name: 'node-1', machine: ofNoInstance, ...ordinary }],
    [{ listed: [claiming] }, { key: id, name: 'node-1', machine: unasked, ...ordinary }],
    [{ listed: [claiming], instances: [machine] }, named],
    [{ instances: [machine] }, known],
    [{ listed: [], instances: [machine] }, unlisted],
  ])('has nothing that neither the API server nor AWS said: %j', (known, node) => {
    expect(nodes(known)).toStrictEqual([node]);
  });

  it('is none where neither could be asked', () => {
    for (const known of [{}, { listed: [] }, { listed: [], instances: [] }]) expect(nodes(known)).toStrictEqual([]);
  });

  it('does not lose its address for a machine whose addresses AWS does not know, nor its trust for having none', () => {
    const addressed = { ...claiming, internalIp: '10.0.0.1' };
    const [first] = nodes({ listed: [addressed], instances: [machine] });
    expect(first).toStrictEqual({ ...known, name: 'node-1', internalIp: '10.0.0.1' });
    const [without] = nodes({ listed: [claiming], instances: [{ ...machine, addresses: ['10.0.0.1', 'eni-1'] }] });
    expect(without?.distrust).toBeUndefined();
    expect(without?.addressConfirmed).toBeUndefined();
  });

  it('is of unknown age where the time is not given', () => {
    const launched = { ...machine, launchedAt: '2026-11-24T05:00:00Z' };
    expect(nodes({ listed: [claiming], instances: [launched] })[0]?.booting).toBeUndefined();
    expect(nodes({ listed: [], instances: [launched] })).toHaveLength(1);
  });
});

it('has all that the API server and AWS said', () => {
  const osImage = 'Ubuntu 24.04.3 LTS';
  const own = { kubeletVersion: 'v1.34.9-eks-1', osImage, kubeletPort: 10_251 };
  const listed: ListedNode = { ...claiming, ...own, internalIp: '10.0.0.1' };
  const claimed = { group: { kind: 'managed', name: 'workers' }, groupUnconfirmed: 'a claim' } as const;
  const byAws = {
    ...claimed,
    notAdmitted: true,
    imageId: 'ami-1',
    launchTemplate: { id: 'lt-1', version: '7' },
    owner: 'team-a',
  } as const;
  const addresses = { privateDnsName: 'node-1', privateIp: '10.0.0.1', addresses: ['10.0.0.1'] };
  const known = { ...machine, ...byAws, ...addresses };
  const common = { key: id, machine: confirmed(id), ...byAws, internalIp: '10.0.0.1', addressConfirmed: true } as const;

  expect(nodes({ listed: [listed], instances: [known] })).toStrictEqual<ClusterNode[]>([
    { ...common, name: 'node-1', kind: 'ubuntu', ...own },
  ]);
  expect(nodes({ instances: [known] })).toStrictEqual<ClusterNode[]>([{ ...common, kind: 'linux' }]);
});

it('has the owner of its own machine, otherwise of its cluster, and none of a machine that it only claims to be', () => {
  const tagged = { ...machine, owner: 'team-a', privateDnsName: 'node-1' };
  const ofCluster: Cluster = { ...cluster, owner: 'team-b' };
  const impostor = { ...claiming, name: 'node-2' };
  const owners = (...known: Parameters<typeof nodes>) => nodes(...known).map(({ owner }) => owner);

  const two = [claiming, { ...bare, name: 'node-9' }];
  expect(owners({ listed: two, instances: [tagged] }, ofCluster)).toEqual(['team-a', 'team-b']);
  expect(owners({ instances: [tagged, { ...machine, id: otherId }] }, ofCluster)).toEqual(['team-a', 'team-b']);
  expect(owners({ listed: [impostor], instances: [tagged] })).toEqual([undefined, 'team-a']);
});

describe('the machine of a node', () => {
  const calling = (type: string, change: Partial<ListedNode> = {}): ListedNode => {
    return { ...bare, labels: { 'eks.amazonaws.com/compute-type': type }, ...change };
  };
  const [fargate, autoMode, hybrid] = [{ fargate: true }, { autoMode: true }, { hybrid: true }];
  const named = calling('hybrid', { name: hybridId });
  const renamed = { ...machine, id: hybridId, privateDnsName: 'rack-7', addresses: ['10.0.0.9'] };
  const textOf = (node?: ClusterNode) =>
    `${node?.kind}: ${node?.machine.status === 'confirmed' ? node.machine.instanceId : node?.machine.because}`;
  const noSsm = 'AWS allows no SSM on EKS Auto Mode nodes';
  const noName =
    "SSM shows no machine with this node's name and the cluster's tag EKSClusterARN (with IAM Roles Anywhere, SSM does not manage hybrid nodes)";
  const noId = `it says that it is ${hybridId}, which SSM does not know under this cluster's tag EKSClusterARN`;
  const onFargate = calling('fargate', { name: 'fargate-1' });

  it.each<[string, ListedNode, Partial<Cluster['compute']>, readonly Instance[] | undefined, string]>([
    ['of Fargate is none', onFargate, fargate, [], 'fargate: Fargate runs no SSM agent'],
    ['of Auto Mode is none', calling('auto', { providerId: id }), autoMode, undefined, `auto-mode: ${noSsm}`],
    ['of a hybrid kind is none where SSM shows none of its name', calling('hybrid'), hybrid, [], `hybrid: ${noName}`],
    ['of a hybrid kind is not confirmed where SSM does not know its id', named, hybrid, [], `hybrid: ${noId}`],
    ['of a hybrid kind is the one that SSM knows by its id, of any name', named, {}, [renamed], `hybrid: ${hybridId}`],
    ['is what the node says while AWS could not be asked', claiming, {}, undefined, `linux: ${unasked.because}`],
    ['is of the platform that AWS says', claiming, {}, [{ ...machine, platform: 'windows' }], `windows: ${id}`],
  ])('%s', (_what, listed, allowed, instances, expected) => {
    const [node] = nodes({ listed: [listed], ...(instances && { instances }) }, allowing(allowed));
    expect(textOf(node)).toBe(expected);
    expect(node).not.toHaveProperty('distrust');
  });

  it('of Auto Mode is none by tags alone, too', () => {
    const ofAutoMode: Instance = { ...machine, group: { kind: 'auto-mode', name: 'general' } };
    expect(textOf(nodes({ instances: [ofAutoMode] }, allowing(autoMode))[0])).toBe(`auto-mode: ${noSsm}`);
  });
});

describe('a node that is not believed', () => {
  const says = `it says that it is instance ${id}`;
  const tags =
    'kubernetes.io/cluster/NAME, eks:cluster-name, aws:eks:cluster-name and eks:eks-cluster-name were looked at';
  const noneHas = "none of that one's network interfaces has";
  const namesake = { ...machine, id: otherId, privateDnsName: 'node-1' };
  const elsewhere = { ...claiming, internalIp: '10.0.0.2' };
  it.each<[ListedNode, readonly Instance[], string]>([
    [claiming, [machine, namesake], `${says}, but by AWS's word its name is that of ${otherId}`],
    [claiming, [], `${says}, but AWS knows no instance of this cluster with that id (the tags ${tags})`],
    [claiming, [{ ...machine, state: 'terminated' }], expect.stringContaining('AWS knows no instance of this cluster')],
    [claiming, [{ ...machine, privateDnsName: 'node-2' }], `${says}, which by AWS's word is called node-2`],
    [elsewhere, [{ ...machine, addresses: ['10.0.0.1'] }], `${says}, and names an address that ${noneHas}`],
  ])('says why: %j with %j', (listed, instances, because) => {
    const node = nodes({ listed: [listed], instances }).find(({ name }) => name === 'node-1');
    expect(node).toMatchObject({ distrust: because, machine: { status: 'unconfirmed', because } });
  });

  it('says why where another node says that it is the same instance', () => {
    const because = `more than one node says that it is instance ${id}`;
    for (const node of nodes({ listed: [claiming, { ...claiming, name: 'node-2' }] }))
      expect(node).toMatchObject({ distrust: because, machine: { status: 'unconfirmed', because } });
  });
});

describe('the key of a node', () => {
  const keys = (known: Parameters<typeof joinInventory>[1]) => nodes(known).map(({ key }) => key);
  const namedSo: ListedNode = { name: id, labels: {} };

  it('is no name that is the id of another', () => {
    expect(keys({ listed: [claiming, namedSo] })).toEqual([id, `node/${id}`]);
    expect(keys({ listed: [claiming, namedSo], instances: [] })).toEqual([id, `node/${id}`]);
    expect(keys({ listed: [namedSo], instances: [machine] })).toEqual([`node/${id}`, id]);
  });

  it('is the name of a node whose name is an id that no node claims, or that two claim', () => {
    expect(keys({ listed: [namedSo] })).toEqual([id]);
    expect(keys({ listed: [claiming, { ...claiming, name: 'node-2' }, namedSo] })).toEqual(['node-1', 'node-2', id]);
  });

  it('is the name of each of several that say nothing of an instance', () => {
    const ofName = { machine: ofNoInstance, kind: 'linux', group: selfManaged, ...ofLabels };
    const of = (name: string) => ({ key: name, name, ...ofName });
    const listed = [bare, { ...bare, name: 'node-2' }];
    expect(nodes({ listed, instances: [] })).toStrictEqual([of('node-1'), of('node-2')]);
  });
});

const managed = { 'eks.amazonaws.com/nodegroup': 'workers' };
const pool = { 'karpenter.sh/nodepool': 'spot' };
const type = (name: string) => ({ 'eks.amazonaws.com/compute-type': name });
it.each<[ListedNode['labels'], Partial<Cluster['compute']>, string]>([
  [{}, {}, 'self-managed self-managed'],
  [managed, {}, 'managed workers'],
  [{ ...managed, ...pool }, {}, 'managed workers'],
  [pool, {}, 'karpenter spot'],
  [{ ...type('fargate'), ...managed }, { fargate: true }, 'fargate fargate'],
  [type('auto'), { autoMode: true }, 'auto-mode auto-mode'],
  [{ ...type('auto'), ...pool }, { autoMode: true }, 'auto-mode spot'],
  [type('auto'), {}, 'self-managed self-managed'],
  [{ ...type('hybrid'), ...pool }, { hybrid: true }, 'hybrid hybrid'],
])(
  'the group of a node without a tag of AWS is that of its labels: %j in a cluster with %j',
  (labels, allowed, group) => {
    const [node] = nodes({ listed: [{ name: 'fargate-1', labels }] }, allowing(allowed));
    expect(`${node?.group.kind} ${node?.group.name}`).toBe(group);
  },
);

it('distrusts no machine by AWS’s word for an address that another claims, only marks it', () => {
  const first: Instance = { ...machine, privateIp: '10.0.0.1' };
  const marked = nodes({ instances: [first, { ...first, id: otherId }] });
  expect(marked.map(({ internalIpShared }) => internalIpShared)).toEqual([true, true]);
  for (const node of marked) expect(node).not.toHaveProperty('distrust');
});
