import { describe, expect, it } from 'vitest';
import { ec2Client } from '../../../lambda/adapters/ec2/client.ts';
import { ec2InstanceLookup, ec2Instances } from '../../../lambda/adapters/ec2/instances.ts';
import type { Cluster, Instance } from '../../../lambda/core/model/model.ts';
import type { WantedInstances } from '../../../lambda/core/read/inventory/wanted-instances.ts';
import { clusterIn } from '../../fakes/ports.ts';
import { type LabInstance, labVpc } from '../../lab/aws/ec2/ec2.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const lab = await labOfFile(accountId);

const clusterNamed = (name: string) => clusterIn({ partition: 'aws', accountId, region }, name);
const put = (id: string, tags: Readonly<Record<string, string>>, more: Partial<LabInstance> = {}) =>
  lab.ec2.putInstance(accountId, region, { id, tags, ...more });
const client = () => ec2Client({ region, credentials: async () => lab.credentials(accountId) });
const ask = (cluster: Cluster, ownerTag = '') =>
  ec2Instances({ client, ownerTag }).instances(cluster, new AbortController().signal);

describe('ec2Instances', () => {
  it('finds what any of the four tags names, once each, with the group that its tags tell', async () => {
    put(
      'i-00000001',
      {
        'kubernetes.io/cluster/blue': 'owned',
        'eks:cluster-name': 'blue',
        'eks:nodegroup-name': 'ng-1',
        'aws:autoscaling:groupName': 'asg-1',
        'aws:ec2launchtemplate:id': 'lt-1',
        'aws:ec2launchtemplate:version': '7',
      },
      { privateDnsName: 'ip-10-0-0-1.internal', imageId: 'ami-1' },
    );
    put('i-00000002', { 'aws:eks:cluster-name': 'blue', 'aws:autoscaling:groupName': 'asg-2' });
    put('i-00000003', { 'eks:eks-cluster-name': 'blue', 'karpenter.sh/nodepool': 'spot' });
    const autoMode = { 'eks:eks-cluster-name': 'blue', 'eks:kubernetes-node-pool-name': 'general' };
    put('i-00000004', autoMode, { operator: 'eks.amazonaws.com', hidden: true });
    // By a tag that anybody may set, and by another service's operator: not EKS's.
    put('i-00000008', autoMode);
    put('i-00000009', autoMode, { operator: 'workspaces.amazonaws.com' });
    put('i-00000005', { 'kubernetes.io/cluster/blue': 'shared' }, { platform: 'windows', state: 'stopped' });
    put('i-00000006', { 'eks:cluster-name': 'blue' }, { state: 'terminated' });
    put('i-00000007', { 'eks:cluster-name': 'green' });

    const found = await ask(clusterNamed('blue'));

    expect(found.ok && found.value.every(({ clusters }) => clusters?.join() === 'blue')).toBe(true);
    const line = ({ id, state, platform, group, autoScalingGroup = '' }: Instance) =>
      [id, state, platform, group?.kind, group?.name, autoScalingGroup].join(' ').trim();
    expect(found.ok && found.value.map(line).toSorted()).toEqual([
      'i-00000001 running linux managed ng-1 asg-1',
      'i-00000002 running linux auto-scaling-group asg-2 asg-2',
      'i-00000003 running linux karpenter spot',
      'i-00000004 running linux auto-mode general',
      'i-00000005 stopped windows self-managed self-managed',
      // The only proof that a node is gone.
      'i-00000006 terminated linux self-managed self-managed',
      'i-00000008 running linux self-managed self-managed',
      'i-00000009 running linux self-managed self-managed',
    ]);
    expect(found.ok && found.value.find(({ id }) => id === 'i-00000001')).toMatchObject({
      privateDnsName: 'ip-10-0-0-1.internal',
      imageId: 'ami-1',
      launchTemplate: { id: 'lt-1', version: '7' },
    });
  });

  it('reads an owner from the named tag alone, as one short line of printable text', async () => {
    const owned = (id: string, team: string) => put(id, { 'eks:cluster-name': 'owned', team, owner: 'another tag' });
    owned('i-20000001', 'team-a');
    owned('i-20000002', '\u001b[31mred\u001b[0m\u0007\r\nsecond');
    owned('i-20000003', 'abc\u202egpj.exe');
    owned('i-20000004', 'x'.repeat(256));
    owned('i-20000005', 'https://evil.example/<b>');
    owned('i-20000006', ' \u200b ');

    const owners = async (ownerTag: string) => {
      const found = await ask(clusterNamed('owned'), ownerTag);
      return found.ok && found.value.toSorted((one, other) => one.id.localeCompare(other.id)).map(({ owner }) => owner);
    };
    const printable = ['team-a', 'red second', 'abc gpj.exe', `${'x'.repeat(63)}…`, 'https://evil.example/<b>'];
    expect(await owners('team')).toEqual([...printable, undefined]);
    // Off, and the name of something that every object has.
    expect(await owners('')).toEqual(Array(6).fill(undefined));
    expect(await owners('constructor')).toEqual(Array(6).fill(undefined));
  });

  const idsOf = async (name: string) => {
    const found = await ask(clusterNamed(name));
    return found.ok && found.value.map(({ id }) => id);
  };

  it('reads every page', async () => {
    for (let index = 0; index < 2_100; index += 1)
      put(`i-1${String(index).padStart(7, '0')}`, { 'eks:cluster-name': 'large' });
    lab.faults.inject('ec2:DescribeInstances', { kind: 'empty-page' }, { times: 1 });
    expect(await idsOf('large')).toHaveLength(2_100);
  });

  it('takes wildcards in a name for themselves', async () => {
    put('i-20000001', { 'eks:cluster-name': 'wild-card' });
    put('i-20000002', { 'eks:cluster-name': 'wild?c*d' });
    expect(await idsOf('wild?c*d')).toEqual(['i-20000002']);
  });

  it('names the action when it is not allowed', async () => {
    lab.faults.inject('ec2:DescribeInstances', { kind: 'access-denied' }, { times: 1 });

    const remedy = expect.stringContaining('allow ec2:DescribeInstances');
    expect(await ask(clusterNamed('blue'))).toMatchObject({ ok: false, error: { code: 'ec2-forbidden', remedy } });
  });

  it('makes no call for a cluster without an ARN', async () => {
    const { arn: _, ...cluster } = clusterNamed('blue');

    expect(await ask(cluster)).toEqual({ ok: false, error: expect.objectContaining({ code: 'cluster-arn-unknown' }) });
  });

  it('gives the addresses of the interfaces of an instance', async () => {
    put('i-00000011', { 'eks:cluster-name': 'addressed' }, { privateIp: '10.0.0.11', ipv6: '2001:db8:1234:1a00::11' });
    put('i-00000012', { 'eks:cluster-name': 'addressed' }, { ipv6: '2001:db8:1234:1a00::12' });

    const found = await ask(clusterNamed('addressed'));

    expect(found.ok && found.value.map(({ privateIp, addresses }) => ({ privateIp, addresses }))).toEqual([
      { privateIp: '10.0.0.11', addresses: ['10.0.0.11', '2001:db8:1234:1a00::11'] },
      { privateIp: '2001:db8:1234:1a00::12', addresses: ['2001:db8:1234:1a00::12'] },
    ]);
  });
});

describe('ec2InstanceLookup', () => {
  const find = async (wanted: WantedInstances, network?: Cluster['network']) => {
    const cluster = { ...clusterNamed('blue'), ...(network && { network }) };
    const found = await ec2InstanceLookup({ client }).find(cluster, wanted, new AbortController().signal);
    return found.ok ? found.value.map(({ id, state, clusters }) => ({ id, state, clusters })) : found.error;
  };
  const inVpc = { vpcId: labVpc.id, remoteNodeNetworks: [] };

  it('finds instances by id in any state, whatever their tags and operators', async () => {
    const states = ['running', 'pending', 'shutting-down', 'stopping', 'stopped', 'terminated'] as const;
    for (const [index, state] of states.entries()) put(`i-0000010${index}`, {}, { state });
    put('i-00000110', {}, { operator: 'eks.amazonaws.com', hidden: true });
    const ids = [...states.map((_, index) => `i-0000010${index}`), 'i-00000110', 'i-00000999'];
    expect(await find({ ids })).toEqual([
      ...states.map((state, index) => ({ id: `i-0000010${index}`, state, clusters: undefined })),
      { id: 'i-00000110', state: 'running', clusters: undefined },
    ]);
  });

  it('takes the age of a machine from its primary interface, which a stop and a start leave as it is', async () => {
    const [launched, attached] = ['2026-12-01T05:00:00.000Z', '2026-11-01T05:00:00.000Z'];
    const times = { launchedAt: Date.parse(launched), attachedAt: Date.parse(attached) };
    put('i-00000801', {}, { ...times, privateIp: '10.0.8.1' });
    const cluster = clusterNamed('blue');
    const found = await ec2InstanceLookup({ client }).find(
      cluster,
      { ids: ['i-00000801'] },
      new AbortController().signal,
    );
    expect(found).toMatchObject({ ok: true, value: [{ launchedAt: launched, attachedAt: attached }] });
  });

  it.each(['my.example.com', 'a b', '', '../x', 'x'.repeat(101)])(
    'takes the tag kubernetes.io/cluster/%s for no cluster of EKS, which gives no such name',
    async (name) => {
      put('i-00000802', { [`kubernetes.io/cluster/${name}`]: 'owned', 'eks:cluster-name': 'blue' });
      expect(await find({ ids: ['i-00000802'] })).toEqual([{ id: 'i-00000802', state: 'running', clusters: ['blue'] }]);
      put('i-00000803', { [`kubernetes.io/cluster/${name}`]: 'owned' });
      expect(await find({ ids: ['i-00000803'] })).toEqual([
        { id: 'i-00000803', state: 'running', clusters: undefined },
      ]);
    },
  );

  it('asks for more ids than one filter takes', async () => {
    const ids = Array.from({ length: 450 }, (_, index) => `i-${(0x2000 + index).toString(16).padStart(8, '0')}`);
    for (const id of ids) put(id, {});
    expect(await find({ ids })).toHaveLength(450);
  });

  it.each<[string, WantedInstances]>([
    ['private DNS name', { names: ['ip-10-0-7-1.internal'] }],
    ['address', { addresses: ['10.0.7.1'] }],
    ['IPv6 address', { addresses: ['2001:db8:1234:1a00::71'] }],
  ])('finds an instance of the cluster’s VPC by its %s, and none where the VPC is another', async (_, wanted) => {
    const described = { privateDnsName: 'ip-10-0-7-1.internal', privateIp: '10.0.7.1', ipv6: '2001:db8:1234:1a00::71' };
    put('i-00000701', { 'kubernetes.io/cluster/red': 'owned', 'eks:cluster-name': 'blue' }, described);
    expect(await find(wanted, inVpc)).toEqual([{ id: 'i-00000701', state: 'running', clusters: ['blue', 'red'] }]);
    expect(await find(wanted, { ...inVpc, vpcId: 'vpc-0fedcba9876543210' })).toEqual([]);
    expect(await find(wanted)).toEqual([]);
  });

  it('takes a star in a name for itself', async () => {
    expect(await find({ names: ['ip-10-0-7-*'] }, inVpc)).toEqual([]);
  });
});
