import { describe, expect, it } from 'vitest';
import type { ListedNode } from '../../../../lambda/core/model/listed-node.ts';
import type { Cluster, Instance } from '../../../../lambda/core/model/model.ts';
import { isClaimElsewhere, isContested, joinInventory } from '../../../../lambda/core/read/inventory/inventory.ts';
import { instanceWith } from '../../../fakes/ports.ts';

const cluster: Cluster = { name: 'prod', compute: { autoMode: false, fargate: false, hybrid: false } };
const id = 'i-0123456789abcdef0';
const node: ListedNode = {
  name: 'ip-10-0-0-1.eu-west-1.compute.internal',
  providerId: `aws:///eu-west-1a/${id}`,
  labels: { 'eks.amazonaws.com/nodegroup': 'workers' },
  kubeletVersion: 'v1.34.9-eks-1',
  osImage: 'Amazon Linux 2023.9.20260914',
  operatingSystem: 'linux',
};
const instance = instanceWith({ id, group: { kind: 'managed', name: 'workers' } });
const named = { ...instance, privateDnsName: node.name };
const other = { ...instance, id: 'i-0fedcba9876543210' };
const { providerId: _, ...bare } = node;
/** The first node. */
const only = (known: Parameters<typeof joinInventory>[1], of = cluster) => joinInventory(of, known)[0];

describe('joinInventory', () => {
  it('asks the machine itself, under its own key and group, where the one that claims it is not believed', () => {
    const known = { ...instance, privateDnsName: 'ip-1.internal' };
    const nodes = joinInventory(cluster, { listed: [{ ...node, name: 'ip-2.internal' }], instances: [known] });

    expect(nodes).toMatchObject([
      { key: 'ip-2.internal', machine: { status: 'unconfirmed' } },
      { key: id, machine: { status: 'confirmed', instanceId: id }, unlisted: true },
    ]);
    expect(nodes[1]?.distrust).toBeUndefined();
  });

  it.each<[string, { internalIp?: string; twin?: boolean }, true | undefined]>([
    ['one of its interfaces has it', { internalIp: '10.0.0.1' }, true],
    ['it is an IPv6 one, in another spelling', { internalIp: '2001:DB8:0:0::7' }, true],
    ['it is that of another machine', { internalIp: '10.0.0.2' }, undefined],
    ['it has none', {}, undefined],
    ['another node says that it is the same instance', { internalIp: '10.0.0.1', twin: true }, undefined],
  ])('confirms the address of a node by AWS alone: %s', (_what, { twin, ...claimed }, confirmed) => {
    const known = { ...instance, privateIp: '10.0.0.1', addresses: ['10.0.0.1', '2001:db8::7'] };
    const listed = [{ ...node, ...claimed }, ...(twin ? [{ ...node, name: 'liar' }] : [])];

    expect(only({ listed, instances: [known] })?.addressConfirmed).toBe(confirmed);
    expect(only({ listed })?.addressConfirmed).toBeUndefined();
    expect(only({ instances: [known] })?.addressConfirmed).toBe(true);
  });

  it("takes AWS's tags for the group where the node's labels say something else", () => {
    const labels = { 'eks.amazonaws.com/nodegroup': 'admins', 'karpenter.sh/nodepool': 'admins' };
    expect(only({ listed: [{ ...node, labels }], instances: [instance] })?.group).toEqual(instance.group);
  });

  it("takes a Karpenter label for a group only while no tag of AWS's names another", () => {
    const labelled = { ...node, labels: { 'karpenter.sh/nodepool': 'spot' } };
    const selfManaged: Instance = { ...instance, group: { kind: 'self-managed', name: 'self-managed' } };

    expect(only({ listed: [labelled] })?.group).toEqual({ kind: 'karpenter', name: 'spot' });
    expect(only({ listed: [labelled], instances: [selfManaged] })?.group).toEqual(selfManaged.group);
  });

  it('gives a node without a providerID the instance that EC2 knows by its name, and none of two', () => {
    const twin = { ...named, id: other.id };
    const machine = { status: 'confirmed', instanceId: id };
    expect(only({ listed: [bare], instances: [named] })).toMatchObject({ key: id, machine });
    const none = { key: node.name, machine: { status: 'none' } };
    expect(only({ listed: [bare], instances: [named, twin] })).toMatchObject(none);
  });

  it("lets no hybrid machine take EC2's word back by calling itself so", () => {
    const own = { ...other, privateDnsName: node.name };
    const helper = { ...own, id: 'mi-0123456789abcdef0' };
    expect(only({ listed: [node], instances: [instance, own, helper] })?.distrust).toContain(own.id);
    expect(only({ listed: [node], instances: [instance, helper] })?.distrust).toBeUndefined();
  });

  it('does not trust two nodes of which one hides that it is the instance that the other claims', () => {
    const nodes = joinInventory(cluster, { listed: [bare, { ...node, name: 'liar' }], instances: [named] });
    expect(nodes.map((each) => each.distrust !== undefined)).toEqual([true, true, false]);
  });

  it.each(['stopped', 'terminated', 'pending', 'shutting-down'])('does not count a %s instance as a node', (state) => {
    expect(joinInventory(cluster, { instances: [{ ...instance, state }] })).toEqual([]);
  });

  const called = { privateDnsName: 'ip-1.internal' };
  const resourceName = `${id}.eu-west-1.compute.internal`;
  it.each<[string, Partial<Instance>, object, RegExp | undefined]>([
    ['that bears its private DNS name', called, { name: 'ip-1.internal' }, undefined],
    ['that bears its id', called, { name: id }, undefined],
    ['that bears its resource name', called, { name: resourceName }, undefined],
    ['of another name', called, { name: 'ip-2.internal' }, /is called ip-1\.internal/],
    ['with its address', { addresses: ['10.0.0.1', '2001:db8::1'] }, { internalIp: '2001:DB8:0::1' }, undefined],
    ['with another address', { addresses: ['10.0.0.1'] }, { internalIp: '10.0.0.2' }, /an address that none/],
  ])('takes a node %s for the instance that it claims only if AWS says the same', (_, machine, claim, distrust) => {
    const joined = only({ listed: [{ ...node, ...claim }], instances: [{ ...instance, ...machine }] });
    expect(joined?.distrust ?? '').toMatch(distrust ?? /^$/);
  });

  const addressed = [
    { ...node, internalIp: '10.0.0.1' },
    { ...node, name: 'other', providerId: `aws:///eu-west-1a/${other.id}`, internalIp: '10.0.0.1' },
  ];
  it('trusts neither of two nodes that claim one address', () => {
    const nodes = joinInventory(cluster, { listed: addressed, instances: [instance, other] });
    const distrust = 'more than one node says that it has this InternalIP';
    expect(nodes).toMatchObject([{ distrust }, { distrust }]);
  });

  it('distrusts only the one that claims an address that EC2 confirms of another', () => {
    const honest = { ...named, addresses: ['10.0.0.1'] };
    const second = { ...other, privateDnsName: 'other', addresses: ['10.0.0.2'] };
    const listed = [...addressed, { name: 'bare', labels: {}, internalIp: '10.0.0.1' }];
    const nodes = joinInventory(cluster, { listed, instances: [honest, second] });
    expect(nodes.map((each) => [each.name, each.distrust !== undefined, each.internalIpShared])).toEqual([
      [node.name, false, undefined],
      ['other', true, true],
      ['bare', true, true],
      [undefined, false, undefined],
    ]);
  });

  describe('a node whose instance the cluster’s tags don’t show', () => {
    const inVpc = { ...cluster, network: { vpcId: 'vpc-1', remoteNodeNetworks: [] } };
    const untagged = { ...named, addresses: ['10.0.0.1'], vpcId: 'vpc-1' };
    const listed = [{ ...node, internalIp: '10.0.0.1' }];

    it('is that machine, under its own key, where it runs in the cluster’s VPC', () => {
      const known = { key: id, machine: { status: 'confirmed', instanceId: id }, addressConfirmed: true };
      expect(joinInventory(inVpc, { listed, instances: [], found: [untagged] })).toMatchObject([known]);
    });

    it.each([
      ['in another VPC under another name', [{ ...untagged, vpcId: 'vpc-2', privateDnsName: 'other' }]],
      ['in another VPC at another address', [{ ...untagged, vpcId: 'vpc-2', addresses: ['10.0.0.2'] }]],
      ['in another VPC and is stopped', [{ ...untagged, vpcId: 'vpc-2', state: 'stopped' }]],
      ['no more', [{ ...untagged, state: 'terminated' }]],
      ['nowhere', []],
    ])('is a claim where that one runs %s', (_, found) => {
      const nodes = joinInventory(inVpc, { listed, instances: [], found });
      const claims = nodes.map((each) => [each.claimed, each.distrust, isClaimElsewhere(each)]);
      expect(claims).toEqual([['elsewhere', undefined, true]]);
      const because = `it says that it is instance ${id}, and no instance of that id runs in the cluster's VPC`;
      expect(nodes[0]?.machine).toEqual({ status: 'unconfirmed', because });
    });

    it('is a gap where EC2 confirms its id, name and address in another VPC', () => {
      const [honest] = joinInventory(inVpc, { listed, instances: [], found: [{ ...untagged, vpcId: 'vpc-2' }] });
      expect(honest).toMatchObject({ claimed: 'elsewhere', inOtherVpc: true, machine: { status: 'unconfirmed' } });
      expect(honest && [isContested(honest), isClaimElsewhere(honest)]).toEqual([true, false]);
    });

    it('takes a node whose instance runs elsewhere or nowhere for a claim only if EC2 was asked for it', () => {
      expect(only({ listed, instances: [] }, inVpc)).toMatchObject({ distrust: expect.any(String) });
      expect(only({ listed, instances: [], found: [] })).toMatchObject({ distrust: expect.any(String) });
    });

    it('is its machine by address, also if it says that it is Fargate’s', () => {
      const labels = { 'eks.amazonaws.com/compute-type': 'fargate' };
      const fargate = { name: 'fargate-1', labels, internalIp: '10.0.0.1' };
      const withFargate = { ...inVpc, compute: { ...inVpc.compute, fargate: true } };
      const join = (found: Instance[]) => joinInventory(withFargate, { listed: [fargate], instances: [], found });
      const distrusted = { name: 'fargate-1', kind: 'linux', distrust: expect.any(String) };
      expect(join([untagged])).toMatchObject([distrusted, { key: id, unlisted: true }]);
      expect(join([])).toMatchObject([{ name: 'fargate-1', kind: 'fargate', claimed: 'without-machine' }]);
    });

    it('keeps the group that it failed in, if the last run saw that, and no waiver by name', () => {
      const remembered = new Map([[id, { kind: 'karpenter', name: 'spot' } as const]]);
      const found = [{ ...untagged, vpcId: 'vpc-2' }];
      const kept = { key: id, unlisted: true, group: { name: 'spot' }, groupUnconfirmed: expect.any(String) };
      expect(joinInventory(inVpc, { listed: [], instances: [], found, remembered })).toMatchObject([kept]);
    });
  });

  it.each([
    ['listed', [node], false],
    ['not listed', [], true],
  ])('says of a machine of two clusters that is %s whether it is contested', (_, listed, contested) => {
    const machine = { ...instance, clusters: ['other', 'prod'] };
    const nodes = joinInventory(cluster, { listed, instances: [machine] });
    expect(nodes.map((each) => [each.alsoTaggedFor, isContested(each)])).toEqual([[['other'], contested]]);
  });

  const now = new Date('2026-11-24T05:00:00Z');
  const launched = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();

  it('marks a running instance that the API server does not list, unless it may still be joining', () => {
    const known = (change: Partial<Instance>) =>
      joinInventory(cluster, { listed: [], instances: [{ ...instance, ...change }], now });

    expect(known({})).toMatchObject([{ key: instance.id, unlisted: true }]);
    expect(known({ launchedAt: launched(15) })).toMatchObject([{ unlisted: true }]);
    expect(known({ launchedAt: launched(14) })).toEqual([]);
    expect(known({ state: 'shutting-down' })).toEqual([]);
  });

  it.each([
    ['started again', { launchedAt: launched(1) }],
    ['stopped', { state: 'stopped' }],
    ['stopping', { state: 'stopping' }],
    ['shutting down', { state: 'shutting-down' }],
    ['pending', { state: 'pending' }],
  ])(
    'excuses no machine that failed in the last run and is %s, listed or not, by its tags or by its id',
    (_, change) => {
      const remembered = new Map([[instance.id, { kind: 'managed', name: 'workers' } as const]]);
      const changed = { ...instance, ...change };
      const of = (given: object) => joinInventory(cluster, { listed: [], instances: [], remembered, now, ...given });
      for (const given of [{ instances: [changed] }, { found: [changed] }, { listed: undefined, instances: [changed] }])
        expect(of(given)).toMatchObject([{ key: instance.id, failedBefore: true }]);
      const [listed, ...others] = of({ listed: [node], instances: [changed] });
      expect(others).toEqual([]);
      expect(listed).toMatchObject({ key: instance.id, failedBefore: true });
      expect(listed?.booting).toBeUndefined();
      expect(of({ instances: [{ ...instance, state: 'terminated' }] })).toEqual([]);
    },
  );

  it.each([
    ['launched 14 minutes ago', { launchedAt: launched(14) }, true],
    ['launched 15 minutes ago', { launchedAt: launched(15) }, undefined],
    [
      'started 1 minute ago on an interface of a day',
      { launchedAt: launched(1), attachedAt: launched(1440) },
      undefined,
    ],
    ['that AWS stops', { state: 'stopping' }, true],
    ['of unknown age', {}, undefined],
  ])('takes a node of a machine %s for booting by AWS’s word alone', (_, change, booting) => {
    expect(only({ listed: [node], instances: [{ ...instance, ...change }], now })?.booting).toBe(booting);
  });

  const autoMode = { ...cluster, compute: { ...cluster.compute, autoMode: true } };
  const pool = { kind: 'karpenter', name: 'spot' } as const;
  const general = { kind: 'auto-mode', name: 'general' } as const;
  it.each<[string, Cluster, Partial<Instance>, string]>([
    ['Windows', cluster, { platform: 'windows' }, 'windows managed workers, confirmed'],
    ['Linux', cluster, {}, 'linux managed workers, confirmed'],
    ['a Karpenter pool', cluster, { group: pool }, 'linux karpenter spot, confirmed'],
    ['Auto Mode', autoMode, { group: general }, 'auto-mode auto-mode general, none'],
    ['tags of Auto Mode in a cluster without it', cluster, { group: general }, 'linux auto-mode general, confirmed'],
    ['a hybrid node', cluster, { id: 'mi-0123456789abcdef0' }, 'hybrid managed workers, confirmed'],
  ])('recognises %s by tags alone', (_what, of, change, expected) => {
    const joined = only({ instances: [{ ...instance, ...change }] }, of);
    expect(`${joined?.kind} ${joined?.group.kind} ${joined?.group.name}, ${joined?.machine.status}`).toBe(expected);
  });

  it('finds the machine of a hybrid node by its computer name, and distrusts none that SSM does not know', () => {
    const labels = { 'eks.amazonaws.com/compute-type': 'hybrid' };
    const hybrid: ListedNode = { name: 'rack-7', providerId: 'eks-hybrid:///eu-west-1/prod/rack-7', labels };
    const group = { kind: 'hybrid', name: 'hybrid' } as const;
    const managed = { ...instance, id: 'mi-0123456789abcdef0', privateDnsName: 'rack-7', group };

    const confirmed = { key: managed.id, machine: { status: 'confirmed' } };
    expect(only({ listed: [hybrid], instances: [managed] })).toMatchObject(confirmed);
    const anywhere = only({ listed: [hybrid], instances: [] });
    expect(anywhere).toMatchObject({ key: 'rack-7', kind: 'hybrid', machine: { status: 'none' } });
    expect(anywhere?.distrust).toBeUndefined();
  });
});

describe('hybrid nodes that failed in the last run', () => {
  const ofHybrid: Cluster = { ...cluster, compute: { ...cluster.compute, hybrid: true } };
  const managed = 'mi-0123456789abcdef0';
  const labels = { 'eks.amazonaws.com/compute-type': 'hybrid' };
  const group = { kind: 'hybrid', name: 'hybrid' } as const;
  const hybrid = new Set([managed, 'rack-7']);

  it('stay nodes that can’t be read where neither the API server nor SSM shows them', () => {
    const nodes = joinInventory(ofHybrid, { listed: [], instances: [], found: [], hybrid });
    const missing = { kind: 'hybrid', group, machine: { status: 'none' }, failedBefore: true };
    expect(nodes).toMatchObject([
      { key: managed, ...missing },
      { key: 'rack-7', ...missing },
    ]);
  });

  it('are the listed ones, and the ones that SSM knows by their ids without any tag', () => {
    const found: Instance[] = [{ id: managed, state: 'running', platform: 'linux', group }];
    const remembered = new Map([[managed, group]]);
    const listed = [{ name: 'rack-7', labels }];
    const nodes = joinInventory(ofHybrid, { listed, instances: [], found, remembered, hybrid });
    expect(nodes).toMatchObject([
      { key: 'rack-7', name: 'rack-7', failedBefore: true },
      { key: managed, machine: { status: 'confirmed' }, unlisted: true, failedBefore: true },
    ]);
    expect(nodes).toHaveLength(2);
  });
});
