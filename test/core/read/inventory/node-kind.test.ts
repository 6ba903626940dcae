import { describe, expect, it } from 'vitest';
import type { ListedNode } from '../../../../lambda/core/model/listed-node.ts';
import type { Cluster, Instance } from '../../../../lambda/core/model/model.ts';
import { instanceIdOf, nodeKind, systemOfPlatform } from '../../../../lambda/core/read/inventory/node-kind.ts';
import { instanceWith } from '../../../fakes/ports.ts';

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
const instance = instanceWith({ id, group: { kind: 'managed', name: 'workers' } });
const calling = (type: string): ListedNode => ({ ...node, labels: { 'eks.amazonaws.com/compute-type': type } });

describe('nodeKind', () => {
  it.each([
    ['Amazon Linux 2023', 'al2023'],
    ['Amazon Linux 2', 'al2'],
    ['Amazon Linux 2 (Karoo)', 'al2'],
    ['Amazon Linux AMI 2018.03', 'linux'],
    ['Bottlerocket OS 1.51.0 (aws-k8s-1.34)', 'bottlerocket'],
    ['Bottlerocket (EKS Auto, Standard) 2026.9.14 (aws-k8s-1.36-standard)', 'bottlerocket'],
    ['Ubuntu 24.04.3 LTS', 'ubuntu'],
    ['Red Hat Enterprise Linux 9.6 (Plow)', 'linux'],
    ['Like Bottlerocket', 'linux'],
    ['Like Amazon Linux 2023', 'linux'],
    ['Like Amazon Linux 2', 'linux'],
    ['Kubuntu, not Ubuntu', 'linux'],
    ['', 'linux'],
  ])('takes an ordinary node whose system calls itself "%s" for %s', (osImage, kind) => {
    expect(nodeKind({ ...node, osImage }, agreeing, instance)).toBe(kind);
    expect(nodeKind({ ...node, osImage }, agreeing, 'unasked')).toBe(kind);
  });

  it.each([
    [' Amazon Linux', '2023 ', { kind: 'al2023', osImage: 'Amazon Linux 2023' }],
    ['Bottlerocket', '', { kind: 'bottlerocket', osImage: 'Bottlerocket' }],
    ['Windows', 'x'.repeat(200), { kind: 'windows', osImage: `Windows ${'x'.repeat(91)}…` }],
  ])("takes a machine whose SSM agent calls its platform '%s' '%s' for that system", (name, version, system) => {
    expect(systemOfPlatform(name, version)).toEqual(system);
  });

  const { osImage: _image, ...noImage } = node;
  const { group: _group, ...ungrouped } = instance;
  const windows: ListedNode = { ...node, osImage: 'Windows Server 2022 Datacenter', operatingSystem: 'windows' };
  const { operatingSystem: _system, ...silent } = windows;
  const auto = calling('auto');
  const ofAuto: Instance = { ...instance, group: { kind: 'auto-mode', name: 'general-purpose' } };
  const name = 'fargate-ip-10-0-0-9.eu-west-1.compute.internal';
  const fargateId = `aws:///eu-west-1b/120328e333-369fe1b7/${name}`;
  const fargate = { ...calling('fargate'), name, providerId: fargateId, osImage: 'Amazon Linux 2' };
  const hybrid = { ...calling('hybrid'), name: 'rack-7', providerId: 'eks-hybrid:///eu-west-1/prod/rack-7' };
  const { providerId: _id, ...bare } = hybrid;
  const mi = 'mi-0123456789abcdef0';
  const activated = { ...hybrid, name: mi, providerId: `eks-hybrid:///${mi}` };
  const managed: Instance = { ...instance, id: mi, group: { kind: 'hybrid', name: 'hybrid' } };
  const without = (kind: keyof typeof everything) => ({ ...agreeing, compute: { ...everything, [kind]: false } });
  const { status: _, ...fromKubeconfig } = without('hybrid');

  it.each<[string, ListedNode, Cluster, Parameters<typeof nodeKind>[2], ReturnType<typeof nodeKind>]>([
    ['without an image', noImage, agreeing, instance, 'linux'],
    ['of Windows by EC2', node, agreeing, { ...instance, platform: 'windows' }, 'windows'],
    ['of Windows, which EC2 denies', windows, agreeing, instance, 'linux'],
    ['of Windows that AWS does not know', windows, agreeing, 'unknown', 'windows'],
    ['of Windows by its image while AWS is not asked', silent, agreeing, 'unasked', 'windows'],
    ['of Windows by its image that AWS does not know', silent, agreeing, 'unknown', 'windows'],
    ['that calls itself Auto Mode, of no group of AWS', auto, agreeing, ungrouped, 'al2023'],
    ["of Auto Mode by the instance's tags", auto, agreeing, ofAuto, 'auto-mode'],
    ["of Auto Mode by the instance's tags without the label", node, agreeing, ofAuto, 'auto-mode'],
    ['of Auto Mode by its label while AWS is not asked', auto, agreeing, 'unasked', 'auto-mode'],
    ['that calls itself Auto Mode in a managed node group', auto, agreeing, instance, 'al2023'],
    ['that calls itself Auto Mode and AWS does not know', auto, agreeing, 'unknown', 'al2023'],
    ['that calls itself Auto Mode in a cluster without it', auto, without('autoMode'), 'unasked', 'al2023'],
    ['that is tagged as Auto Mode in a cluster without it', auto, without('autoMode'), ofAuto, 'al2023'],
    ['of Fargate that is no instance, in a cluster with a profile', fargate, agreeing, 'unknown', 'fargate'],
    ['that calls itself Fargate in a cluster without a profile', fargate, without('fargate'), 'unknown', 'al2'],
    ['that calls itself Fargate and names an instance', { ...fargate, providerId: id }, agreeing, 'unasked', 'al2'],
    ['that calls itself Fargate and has the name of an instance', fargate, agreeing, instance, 'al2'],
    ['that calls itself Fargate by an EC2 name', { ...fargate, name: node.name }, agreeing, 'unknown', 'al2'],
    ['with the name of Fargate and no such label', { ...fargate, labels: {} }, agreeing, 'unknown', 'al2'],
    ['of a hybrid kind by SSM', { ...hybrid, labels: {} }, without('hybrid'), managed, 'hybrid'],
    ['of a hybrid kind by its label, in a cluster with remote networks', hybrid, agreeing, 'unknown', 'hybrid'],
    ['of a hybrid kind that its activation named', activated, agreeing, 'unknown', 'hybrid'],
    ['of a hybrid kind by its providerID where EKS is not asked', hybrid, fromKubeconfig, 'unasked', 'hybrid'],
    ['that calls itself hybrid, with no id', { ...hybrid, providerId: '' }, fromKubeconfig, 'unasked', 'al2023'],
    ['that calls itself hybrid without a providerID', bare, fromKubeconfig, 'unasked', 'al2023'],
    ['that calls itself hybrid in a cluster without such networks', hybrid, without('hybrid'), 'unknown', 'al2023'],
    ['that calls itself hybrid and is an EC2 instance', hybrid, agreeing, instance, 'al2023'],
    ['that calls itself hybrid and names an instance', { ...hybrid, providerId: id }, agreeing, 'unknown', 'al2023'],
  ])('takes a node %s for what AWS confirms', (_what, given, cluster, aws, kind) => {
    expect(nodeKind(given, cluster, aws)).toBe(kind);
  });
});

describe('instanceIdOf', () => {
  const digits = (count: number) => '0123456789abcdef0123'.slice(0, count);
  const named = (providerId: string, name = 'rack-7') => instanceIdOf({ name, providerId, labels: {} });

  it.each([8, 17])('takes i- and %i digits for an id of EC2', (count) => {
    expect(named(`aws:///eu-west-1a/i-${digits(count)}`)).toBe(`i-${digits(count)}`);
  });

  const wrongLengths = [7, 9, 16, 18].map((count) => `i-${digits(count)}`);
  const wrongManaged = [8, 16, 18].map((count) => `mi-${digits(count)}`);
  const framed = [`xi-${digits(8)}`, `xi-${digits(17)}`, `xmi-${digits(17)}`, `i-${digits(17)}x`, `i-${digits(17)}/`];
  const others = ['', 'i-', `i-${digits(7)}g`, 'i-ghijklmn', `i-${digits(17)}/pod`, `I-${digits(17)}`];
  it.each([...wrongLengths, ...wrongManaged, ...framed, ...others])('takes %j for none', (last) => {
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
