import { describe, expect, it } from 'vitest';
import type { ListedNode } from '../../../../lambda/core/model/listed-node.ts';
import type { Cluster, ClusterNode, Instance } from '../../../../lambda/core/model/model.ts';
import { joinInventory } from '../../../../lambda/core/read/inventory/inventory.ts';

const cluster: Cluster = {
  name: 'prod',
  status: 'ACTIVE',
  compute: { autoMode: false, fargate: false, hybrid: false },
};
const allowing = (compute: Partial<Cluster['compute']>) => ({
  ...cluster,
  compute: { ...cluster.compute, ...compute },
});
const id = 'i-0123456789abcdef0';
const otherId = 'i-0fedcba9876543210';
const hybridId = 'mi-0123456789abcdef0';

/** A Node object and a machine of which nothing is known but what must be. */
const bare: ListedNode = { name: 'node-1', labels: {} };
const claiming: ListedNode = { ...bare, providerId: `aws:///eu-west-1a/${id}` };
const machine: Instance = { id, state: 'running', platform: 'linux' };

const ofNoInstance = { status: 'none', because: 'its Node object names no instance' } as const;
/** AWS was asked, and shows no machine. */
const ofLabels = { claimed: 'without-machine', groupUnconfirmed: 'only its Node object names this group' } as const;
const unconfirmed = (because: string) => ({ status: 'unconfirmed', because }) as const;
const confirmed = (instanceId: string) => ({ status: 'confirmed', instanceId }) as const;
const selfManaged = { kind: 'self-managed', name: 'self-managed' } as const;
const unasked = unconfirmed(`it says that it is instance ${id}, and AWS could not be asked`);

const nodes = (known: Parameters<typeof joinInventory>[1], of: Cluster = cluster) => joinInventory(of, known);

describe('a node of which little is known', () => {
  it('has nothing that nobody said', () => {
    const ordinary = { kind: 'linux', group: selfManaged } as const;
    expect(nodes({ listed: [bare] })).toStrictEqual<ClusterNode[]>([
      { key: 'node-1', name: 'node-1', machine: ofNoInstance, ...ordinary },
    ]);
    expect(nodes({ listed: [claiming] })).toStrictEqual<ClusterNode[]>([
      { key: id, name: 'node-1', machine: unasked, ...ordinary },
    ]);
    expect(nodes({ listed: [claiming], instances: [machine] })).toStrictEqual<ClusterNode[]>([
      { key: id, name: 'node-1', machine: confirmed(id), ...ordinary },
    ]);
    expect(nodes({ instances: [machine] })).toStrictEqual<ClusterNode[]>([
      { key: id, machine: confirmed(id), ...ordinary },
    ]);
    expect(nodes({ listed: [], instances: [machine] })).toStrictEqual<ClusterNode[]>([
      { key: id, machine: confirmed(id), ...ordinary, unlisted: true },
    ]);
  });

  it('is none where nobody could be asked', () => {
    expect(nodes({})).toStrictEqual([]);
    expect(nodes({ listed: [] })).toStrictEqual([]);
    expect(nodes({ listed: [], instances: [] })).toStrictEqual([]);
  });

  it('does not lose its address for a machine whose addresses AWS does not know, nor its trust for having none', () => {
    expect(nodes({ listed: [{ ...claiming, internalIp: '10.0.0.1' }], instances: [machine] })[0]).toStrictEqual({
      key: id,
      name: 'node-1',
      machine: confirmed(id),
      kind: 'linux',
      group: selfManaged,
      internalIp: '10.0.0.1',
    });
    const [without] = nodes({ listed: [claiming], instances: [{ ...machine, addresses: ['10.0.0.1', 'eni-1'] }] });
    expect(without?.distrust).toBeUndefined();
    expect(without?.addressConfirmed).toBeUndefined();
  });

  it('is of unknown age where nobody said what time it is', () => {
    const launched = { ...machine, launchedAt: '2026-11-24T05:00:00Z' };
    expect(nodes({ listed: [claiming], instances: [launched] })[0]?.booting).toBeUndefined();
    expect(nodes({ listed: [], instances: [launched] })).toHaveLength(1);
  });
});

it('has all that the API server and AWS said', () => {
  const listed: ListedNode = {
    ...claiming,
    kubeletVersion: 'v1.34.9-eks-1',
    osImage: 'Ubuntu 24.04.3 LTS',
    internalIp: '10.0.0.1',
  };
  const known = {
    ...machine,
    group: { kind: 'managed', name: 'workers' },
    groupUnconfirmed: 'a claim',
    privateDnsName: 'node-1',
    privateIp: '10.0.0.1',
    addresses: ['10.0.0.1'],
    imageId: 'ami-1',
    launchTemplate: { id: 'lt-1', version: '7' },
    owner: 'team-a',
  } as const satisfies Instance;
  const byAws = {
    key: id,
    machine: confirmed(id),
    group: known.group,
    groupUnconfirmed: known.groupUnconfirmed,
    imageId: known.imageId,
    launchTemplate: known.launchTemplate,
    owner: known.owner,
    internalIp: '10.0.0.1',
    addressConfirmed: true,
  } as const;

  expect(nodes({ listed: [listed], instances: [known] })).toStrictEqual<ClusterNode[]>([
    { ...byAws, name: 'node-1', kind: 'ubuntu', kubeletVersion: 'v1.34.9-eks-1', osImage: 'Ubuntu 24.04.3 LTS' },
  ]);
  expect(nodes({ instances: [known] })).toStrictEqual<ClusterNode[]>([{ ...byAws, kind: 'linux' }]);
});

it('has the owner of its own machine, or else of its cluster, and none of a machine that it only claims to be', () => {
  const tagged = { ...machine, owner: 'team-a', privateDnsName: 'node-1' };
  const ofCluster: Cluster = { ...cluster, owner: 'team-b' };
  const impostor = { ...claiming, name: 'node-2' };
  const owners = (known: Parameters<typeof joinInventory>[1], of?: Cluster) =>
    nodes(known, of).map(({ owner }) => owner);

  expect(owners({ listed: [claiming, { ...bare, name: 'node-9' }], instances: [tagged] }, ofCluster)).toEqual([
    'team-a',
    'team-b',
  ]);
  expect(owners({ instances: [tagged, { ...machine, id: otherId }] }, ofCluster)).toEqual(['team-a', 'team-b']);
  expect(owners({ listed: [impostor], instances: [tagged] })).toEqual([undefined, 'team-a']);
});

describe('the machine of a node', () => {
  const calling = (type: string, change: Partial<ListedNode> = {}): ListedNode => ({
    ...bare,
    labels: { 'eks.amazonaws.com/compute-type': type },
    ...change,
  });

  it.each<[string, ListedNode, Cluster, readonly Instance[] | undefined, Pick<ClusterNode, 'kind' | 'machine'>]>([
    [
      'of Fargate is none',
      calling('fargate', { name: 'fargate-1' }),
      allowing({ fargate: true }),
      [],
      { kind: 'fargate', machine: { status: 'none', because: 'Fargate runs no SSM agent' } },
    ],
    [
      'of Auto Mode is none that SSM may ask',
      calling('auto', { providerId: id }),
      allowing({ autoMode: true }),
      undefined,
      { kind: 'auto-mode', machine: { status: 'none', because: 'AWS allows no SSM on EKS Auto Mode nodes' } },
    ],
    [
      'of a hybrid kind is none where SSM shows none of its name',
      calling('hybrid'),
      allowing({ hybrid: true }),
      [],
      {
        kind: 'hybrid',
        machine: {
          status: 'none',
          because:
            "SSM shows no machine with this node's name and the cluster's tag EKSClusterARN (with IAM Roles Anywhere, SSM does not manage hybrid nodes)",
        },
      },
    ],
    [
      'of a hybrid kind is not confirmed where SSM does not know its id',
      calling('hybrid', { name: hybridId }),
      allowing({ hybrid: true }),
      [],
      {
        kind: 'hybrid',
        machine: unconfirmed(
          `it says that it is ${hybridId}, which SSM does not know under this cluster's tag EKSClusterARN`,
        ),
      },
    ],
    [
      'of a hybrid kind is the one that SSM knows by its id, whatever computer name it shows',
      calling('hybrid', { name: hybridId }),
      cluster,
      [{ ...machine, id: hybridId, privateDnsName: 'rack-7', addresses: ['10.0.0.9'] }],
      { kind: 'hybrid', machine: confirmed(hybridId) },
    ],
    [
      'is by its own word what it is while AWS could not be asked',
      claiming,
      cluster,
      undefined,
      { kind: 'linux', machine: unasked },
    ],
    [
      'is of the platform that AWS says',
      claiming,
      cluster,
      [{ ...machine, platform: 'windows' }],
      { kind: 'windows', machine: confirmed(id) },
    ],
  ])('%s', (_what, listed, of, instances, { kind, machine: expected }) => {
    const [node] = joinInventory(of, { listed: [listed], ...(instances && { instances }) });
    expect(node?.kind).toBe(kind);
    expect(node?.machine).toStrictEqual(expected);
    expect(node).not.toHaveProperty('distrust');
  });

  it('of Auto Mode is none by tags alone, too', () => {
    const ofAutoMode: Instance = { ...machine, group: { kind: 'auto-mode', name: 'general' } };
    expect(nodes({ instances: [ofAutoMode] }, allowing({ autoMode: true }))[0]?.machine).toStrictEqual({
      status: 'none',
      because: 'AWS allows no SSM on EKS Auto Mode nodes',
    });
  });
});

describe('a node that is not believed', () => {
  it.each<[string, ListedNode, readonly Instance[], string]>([
    [
      'bears the name of another instance',
      claiming,
      [machine, { ...machine, id: otherId, privateDnsName: 'node-1' }],
      `it says that it is instance ${id}, but by AWS's word its name is that of ${otherId}`,
    ],
    [
      'claims an instance that AWS does not know',
      claiming,
      [],
      `it says that it is instance ${id}, but AWS knows no instance of this cluster with that id (the tags kubernetes.io/cluster/NAME, eks:cluster-name, aws:eks:cluster-name and eks:eks-cluster-name were looked at)`,
    ],
    [
      'is called other than its instance',
      claiming,
      [{ ...machine, privateDnsName: 'node-2' }],
      `it says that it is instance ${id}, which by AWS's word is called node-2`,
    ],
    [
      'has an address of no interface',
      { ...claiming, internalIp: '10.0.0.2' },
      [{ ...machine, addresses: ['10.0.0.1'] }],
      `it says that it is instance ${id}, and names an address that none of that one's network interfaces has`,
    ],
  ])('says why where it %s', (_what, listed, instances, because) => {
    const node = nodes({ listed: [listed], instances }).find(({ name }) => name === 'node-1');
    expect(node).toMatchObject({ distrust: because, machine: unconfirmed(because) });
  });

  it('claims an instance that is terminated: AWS knows it no more', () => {
    const [node, ...others] = nodes({ listed: [claiming], instances: [{ ...machine, state: 'terminated' }] });
    expect(node?.distrust).toContain('AWS knows no instance of this cluster with that id');
    expect(others).toEqual([]);
  });

  it('says why where another node says that it is the same instance', () => {
    const because = `more than one node says that it is instance ${id}`;
    const [first, second] = nodes({ listed: [claiming, { ...claiming, name: 'node-2' }] });
    for (const node of [first, second])
      expect(node).toMatchObject({ distrust: because, machine: unconfirmed(because) });
  });
});

describe('the key of a node', () => {
  const keys = (known: Parameters<typeof joinInventory>[1]) => nodes(known).map(({ key }) => key);
  const namedSo: ListedNode = { name: id, labels: {} };

  it('is no name that is the id of another, whoever knows that one', () => {
    expect(keys({ listed: [claiming, namedSo] })).toEqual([id, `node/${id}`]);
    expect(keys({ listed: [claiming, namedSo], instances: [] })).toEqual([id, `node/${id}`]);
    expect(keys({ listed: [namedSo], instances: [machine] })).toEqual([`node/${id}`, id]);
  });

  it('is the name of a node whose name is an id that nobody is, or that two say they are', () => {
    expect(keys({ listed: [namedSo] })).toEqual([id]);
    expect(keys({ listed: [claiming, { ...claiming, name: 'node-2' }, namedSo] })).toEqual(['node-1', 'node-2', id]);
  });

  it('is the name of each of several that say nothing of an instance', () => {
    expect(nodes({ listed: [bare, { ...bare, name: 'node-2' }], instances: [] })).toStrictEqual<ClusterNode[]>([
      { key: 'node-1', name: 'node-1', machine: ofNoInstance, kind: 'linux', group: selfManaged, ...ofLabels },
      { key: 'node-2', name: 'node-2', machine: ofNoInstance, kind: 'linux', group: selfManaged, ...ofLabels },
    ]);
  });
});

describe('the group of a node that no tag of AWS tells', () => {
  it.each<[string, ListedNode['labels'], Partial<Cluster['compute']>, ClusterNode['group']]>([
    ['no label', {}, {}, selfManaged],
    ['a managed group', { 'eks.amazonaws.com/nodegroup': 'workers' }, {}, { kind: 'managed', name: 'workers' }],
    [
      'a managed group, before a pool',
      { 'eks.amazonaws.com/nodegroup': 'workers', 'karpenter.sh/nodepool': 'spot' },
      {},
      { kind: 'managed', name: 'workers' },
    ],
    ['a pool of Karpenter', { 'karpenter.sh/nodepool': 'spot' }, {}, { kind: 'karpenter', name: 'spot' }],
    [
      'Fargate',
      { 'eks.amazonaws.com/compute-type': 'fargate', 'eks.amazonaws.com/nodegroup': 'workers' },
      { fargate: true },
      { kind: 'fargate', name: 'fargate' },
    ],
    [
      'Auto Mode',
      { 'eks.amazonaws.com/compute-type': 'auto' },
      { autoMode: true },
      { kind: 'auto-mode', name: 'auto-mode' },
    ],
    [
      'Auto Mode and its pool',
      { 'eks.amazonaws.com/compute-type': 'auto', 'karpenter.sh/nodepool': 'general' },
      { autoMode: true },
      { kind: 'auto-mode', name: 'general' },
    ],
    [
      'Auto Mode in a cluster without it',
      { 'eks.amazonaws.com/compute-type': 'auto' },
      {},
      { kind: 'self-managed', name: 'self-managed' },
    ],
    [
      'hybrid',
      { 'eks.amazonaws.com/compute-type': 'hybrid', 'karpenter.sh/nodepool': 'general' },
      { hybrid: true },
      { kind: 'hybrid', name: 'hybrid' },
    ],
  ])('is told by its labels: %s', (_what, labels, compute, group) => {
    const [node] = nodes({ listed: [{ name: 'fargate-1', labels }] }, allowing(compute));
    expect(node?.group).toStrictEqual(group);
  });
});

it('distrusts no machine by AWS’s word for an address that another claims, only marks it', () => {
  const first: Instance = { ...machine, privateIp: '10.0.0.1' };
  const marked = nodes({ instances: [first, { ...first, id: otherId }] });
  expect(marked.map(({ internalIpShared }) => internalIpShared)).toEqual([true, true]);
  for (const node of marked) expect(node).not.toHaveProperty('distrust');
});
