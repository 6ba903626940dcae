import { describe, expect, it } from 'vitest';
import type { ListedNode } from '../../../../lambda/core/model/listed-node.ts';
import type { Cluster, Instance } from '../../../../lambda/core/model/model.ts';
import { instanceIdOf, nodeKind } from '../../../../lambda/core/read/inventory/node-kind.ts';

const id = 'i-0123456789abcdef0';
const everything = { autoMode: true, fargate: true, hybrid: true };
/** AWS agrees to all that a node could claim. */
const agreeing: Cluster = { name: 'prod', status: 'ACTIVE', compute: everything };
const node: ListedNode = {
  name: 'ip-10-0-0-1.eu-west-1.compute.internal',
  providerId: `aws:///eu-west-1a/${id}`,
  labels: {},
  osImage: 'Amazon Linux 2023.9.20260914',
  operatingSystem: 'linux',
};
const instance: Instance = { id, state: 'running', platform: 'linux', group: { kind: 'managed', name: 'workers' } };
const calling = (type: string): ListedNode => ({ ...node, labels: { 'eks.amazonaws.com/compute-type': type } });

describe('nodeKind', () => {
  it.each([
    ['Amazon Linux 2023', 'al2023'],
    ['Amazon Linux 2023.9.20260914', 'al2023'],
    ['Amazon Linux 2', 'al2'],
    ['Amazon Linux 2 (Karoo)', 'al2'],
    ['Amazon Linux AMI 2018.03', 'linux'],
    ['Bottlerocket OS 1.51.0 (aws-k8s-1.34)', 'bottlerocket'],
    ['Bottlerocket OS 1.51.0 (aws-k8s-1.34-nvidia)', 'bottlerocket'],
    ['Bottlerocket (EKS Auto, Standard) 2026.9.14 (aws-k8s-1.36-standard)', 'bottlerocket'],
    ['Ubuntu 22.04.5 LTS', 'ubuntu'],
    ['Ubuntu 24.04.3 LTS', 'ubuntu'],
    ['Red Hat Enterprise Linux 9.6 (Plow)', 'linux'],
    ['Flatcar Container Linux by Kinvolk 4230.2.4 (Oklo)', 'linux'],
    ['Debian GNU/Linux 12 (bookworm)', 'linux'],
    ['Like Bottlerocket', 'linux'],
    ['Like Amazon Linux 2023', 'linux'],
    ['Like Amazon Linux 2', 'linux'],
    ['Kubuntu, not Ubuntu', 'linux'],
    ['', 'linux'],
  ])('takes an ordinary node whose system calls itself "%s" for %s', (osImage, kind) => {
    expect(nodeKind({ ...node, osImage }, agreeing, instance)).toBe(kind);
    expect(nodeKind({ ...node, osImage }, agreeing, 'unasked')).toBe(kind);
  });

  it('takes a node without any image for other Linux', () => {
    const { osImage: _, ...bare } = node;
    expect(nodeKind(bare, agreeing, instance)).toBe('linux');
  });

  describe('of Windows', () => {
    const windows: ListedNode = { ...node, osImage: 'Windows Server 2022 Datacenter', operatingSystem: 'windows' };

    it("is EC2's word, whatever the node says", () => {
      expect(nodeKind(node, agreeing, { ...instance, platform: 'windows' })).toBe('windows');
      expect(nodeKind(windows, agreeing, instance)).toBe('linux');
    });

    it.each(['unknown', 'unasked'] as const)('is told by the node itself when AWS knows nothing (%s)', (aws) => {
      expect(nodeKind(windows, agreeing, aws)).toBe('windows');
      const { operatingSystem: _, ...silent } = windows;
      expect(nodeKind(silent, agreeing, aws)).toBe('windows');
    });
  });

  it('is that of its system where AWS knows the machine and no group of it', () => {
    const { group: _, ...ungrouped } = instance;
    expect(nodeKind(calling('auto'), agreeing, ungrouped)).toBe('al2023');
  });

  describe('of Auto Mode', () => {
    const ofAws: Instance = { ...instance, group: { kind: 'auto-mode', name: 'general-purpose' } };

    it("is told by the instance's tags in a cluster with Auto Mode, even without the label", () => {
      expect(nodeKind(calling('auto'), agreeing, ofAws)).toBe('auto-mode');
      expect(nodeKind(node, agreeing, ofAws)).toBe('auto-mode');
    });

    it('is believed by its label while AWS cannot be asked for instances, in a cluster with Auto Mode', () => {
      expect(nodeKind(calling('auto'), agreeing, 'unasked')).toBe('auto-mode');
    });

    it.each<[string, Cluster, Parameters<typeof nodeKind>[2]]>([
      ['its instance belongs to a managed node group', agreeing, instance],
      ['AWS knows no such instance', agreeing, 'unknown'],
      ['the cluster has no Auto Mode', { ...agreeing, compute: { ...everything, autoMode: false } }, 'unasked'],
      [
        'the cluster has none, though it is tagged so',
        { ...agreeing, compute: { ...everything, autoMode: false } },
        ofAws,
      ],
    ])('is not believed when %s', (_what, cluster, aws) => {
      expect(nodeKind(calling('auto'), cluster, aws)).toBe('al2023');
    });
  });

  describe('of Fargate', () => {
    const fargate: ListedNode = {
      ...calling('fargate'),
      name: 'fargate-ip-10-0-0-9.eu-west-1.compute.internal',
      providerId: 'aws:///eu-west-1b/120328e333-369fe1b7/fargate-ip-10-0-0-9.eu-west-1.compute.internal',
      osImage: 'Amazon Linux 2',
    };

    it('is believed when AWS knows a Fargate profile and no such instance', () => {
      expect(nodeKind(fargate, agreeing, 'unknown')).toBe('fargate');
    });

    it.each<[string, ListedNode, Cluster, Parameters<typeof nodeKind>[2]]>([
      ['AWS knows no profile', fargate, { ...agreeing, compute: { ...everything, fargate: false } }, 'unknown'],
      ['it names an EC2 instance', { ...fargate, providerId: id }, agreeing, 'unasked'],
      ['AWS knows an instance of its name', fargate, agreeing, instance],
      ['the API server knows it by the name of an EC2 node', { ...fargate, name: node.name }, agreeing, 'unknown'],
      ['it has no such label', { ...fargate, labels: {} }, agreeing, 'unknown'],
    ])('is not believed when %s', (_what, liar, cluster, aws) => {
      expect(nodeKind(liar, cluster, aws)).toBe('al2');
    });
  });

  describe('of a hybrid node', () => {
    const hybrid: ListedNode = {
      ...calling('hybrid'),
      name: 'rack-7',
      providerId: 'eks-hybrid:///eu-west-1/prod/rack-7',
    };
    const managed: Instance = { ...instance, id: 'mi-0123456789abcdef0', group: { kind: 'hybrid', name: 'hybrid' } };
    const without: Cluster = { ...agreeing, compute: { ...everything, hybrid: false } };

    it('is told by SSM, or by its label in a cluster with remote node networks', () => {
      expect(nodeKind({ ...hybrid, labels: {} }, without, managed)).toBe('hybrid');
      expect(nodeKind(hybrid, agreeing, 'unknown')).toBe('hybrid');
    });

    it('is believed by its providerID where EKS was never asked about the cluster', () => {
      const { status: _, ...fromKubeconfig } = without;
      expect(nodeKind(hybrid, fromKubeconfig, 'unasked')).toBe('hybrid');
      expect(nodeKind({ ...hybrid, providerId: '' }, fromKubeconfig, 'unasked')).toBe('al2023');
      const { providerId: _id, ...bare } = hybrid;
      expect(nodeKind(bare, fromKubeconfig, 'unasked')).toBe('al2023');
    });

    it('is believed of a node that its activation named', () => {
      const activated = { ...hybrid, name: 'mi-0123456789abcdef0', providerId: 'eks-hybrid:///mi-0123456789abcdef0' };
      expect(nodeKind(activated, agreeing, 'unknown')).toBe('hybrid');
    });

    it.each<[string, ListedNode, Cluster, Parameters<typeof nodeKind>[2]]>([
      ['the cluster has no remote node networks', hybrid, without, 'unknown'],
      ['AWS knows it as an EC2 instance', hybrid, agreeing, instance],
      ['it names an EC2 instance', { ...hybrid, providerId: id }, agreeing, 'unknown'],
    ])('is not believed when %s', (_what, liar, cluster, aws) => {
      expect(nodeKind(liar, cluster, aws)).toBe('al2023');
    });
  });
});

describe('instanceIdOf', () => {
  const digits = (count: number) => '0123456789abcdef0123'.slice(0, count);
  const named = (providerId: string, name = 'rack-7') => instanceIdOf({ name, providerId, labels: {} });

  it.each([8, 17])('takes i- and %i digits for an id of EC2', (count) => {
    expect(named(`aws:///eu-west-1a/i-${digits(count)}`)).toBe(`i-${digits(count)}`);
  });

  it.each([
    '',
    'i-',
    'i-0',
    `i-${digits(7)}`,
    `i-${digits(9)}`,
    `i-${digits(16)}`,
    `i-${digits(18)}`,
    `xi-${digits(8)}`,
    `xi-${digits(17)}`,
    `i-${digits(7)}g`,
    'i-ghijklmn',
    `i-${digits(17)}x`,
    `i-${digits(17)}/`,
    `i-${digits(17)}/pod`,
    `I-${digits(17)}`,
    `mi-${digits(8)}`,
    `mi-${digits(16)}`,
    `mi-${digits(18)}`,
    `xmi-${digits(17)}`,
  ])('takes %j for none', (last) => {
    expect(named(`aws:///eu-west-1a/${last}`)).toBeUndefined();
    expect(named('', last)).toBeUndefined();
  });

  it('takes mi- and 17 digits for an id of SSM, in the providerID before the name', () => {
    const [first, second] = [`mi-${digits(17)}`, `mi-${digits(16)}9`];
    expect(named(`eks-hybrid:///eu-west-1/prod/${first}`)).toBe(first);
    expect(named('eks-hybrid:///eu-west-1/prod/rack-7', first)).toBe(first);
    expect(named(`eks-hybrid:///eu-west-1/prod/${first}`, second)).toBe(first);
    expect(instanceIdOf({ name: first, labels: {} })).toBe(first);
  });

  it('takes no name for an id of EC2', () => expect(named('', id)).toBeUndefined());
});
