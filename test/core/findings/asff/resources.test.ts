import { describe, expect, it } from 'vitest';
import type { AsffResource } from '../../../../lambda/core/findings/asff/asff.ts';
import { clusterResource, nodesToName, resourcesOf } from '../../../../lambda/core/findings/asff/resources.ts';
import { rollUp } from '../../../../lambda/core/findings/roll-up.ts';
import type { ClusterNode, Verdict } from '../../../../lambda/core/model/model.ts';
import {
  arn,
  auditOf,
  auditWith,
  clientCa,
  compliant,
  evidence,
  failed,
  judged,
  mark,
  node,
  notApplicable,
  passed,
  unread,
  warned,
} from '../compliant-audit.ts';

const cluster = { ...compliant.cluster, arn };
const named = (change: Partial<ClusterNode>, verdict: Verdict = failed): AsffResource => {
  const [rolled] = rollUp(auditOf([judged(node(1, change), verdict)]), [clientCa], 'node').toArray();
  return resourcesOf(cluster, rolled!)[1]!;
};
const told = (change: Partial<ClusterNode>, verdict: Verdict = failed) => named(change, verdict).Details?.Other;

describe('the cluster among the resources', () => {
  const place = { Type: 'AwsEksCluster', Id: arn.arn, Partition: 'aws', Region: 'eu-west-1' };

  it('is shown with what an upgrade changes', () => {
    const Endpoint = 'https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com';
    const named = { Name: 'blue', Arn: arn.arn, Version: '1.34', Endpoint };
    const AwsEksCluster = { ...named, ResourcesVpcConfig: { EndpointPublicAccess: true } };
    expect(clusterResource(cluster)).toEqual({ ...place, Details: { AwsEksCluster } });
  });

  it('may be no more than its ARN', () => {
    expect(clusterResource({ arn })).toEqual({ ...place, Details: { AwsEksCluster: { Name: 'blue', Arn: arn.arn } } });
  });

  it('is bounded, and has no Region that is longer than ASFF takes', () => {
    const long = { ...arn, region: 'r'.repeat(17) };
    const endpoint = { ...compliant.cluster.endpoint!, url: 'u'.repeat(600) };
    const AwsEksCluster = { Version: `${'v'.repeat(31)}…`, Endpoint: `${'u'.repeat(511)}…` };
    const bounded = clusterResource({ arn: long, version: 'v'.repeat(40), endpoint });
    expect(bounded).toMatchObject({ Details: { AwsEksCluster } });
    expect(clusterResource({ arn: long })).not.toHaveProperty('Region');
    expect(clusterResource({ arn: { ...arn, region: 'r'.repeat(16) } }).Region).toBe('r'.repeat(16));
  });
});

describe('a node among the resources', () => {
  it('is shown with all that is known of it', () => {
    const seen = { ...evidence('(not set)'), notes: ['n1', 'n2', 'n3', 'n4'] };
    const verdict: Verdict = { status: 'fail', evidence: seen, waived: mark };
    const resource = named({ imageId: 'ami-1', launchTemplate: { id: 'lt-1', version: '7' } }, verdict);
    const Id = 'arn:aws:ec2:eu-west-1:111122223333:instance/i-00000000000000001';
    expect(resource).toMatchObject({ Type: 'AwsEc2Instance', Id, Partition: 'aws', Region: 'eu-west-1' });
    const words = 'expected the path of a certificate bundle; from running configuration, read by configz; n1; n2; n3';
    expect(resource.Details?.Other).toEqual({
      NodeName: 'ip-10-0-0-1.eu-west-1.compute.internal',
      NodeKey: 'i-00000000000000001',
      NodeGroup: 'managed workers',
      NodeKind: 'al2023',
      Verdict: 'fail',
      Reason: `authentication.x509.clientCAFile is (not set), ${words}`,
      Waiver: 'waived until 2026-12-31 by sre: moved',
      KubeletVersion: 'v1.34.9-eks-1a2b3c4',
      OsImage: 'Amazon Linux 2023.9.20260101',
      ImageId: 'ami-1',
      LaunchTemplate: 'lt-1 version 7',
      Setting: 'authentication.x509.clientCAFile',
      EffectiveValue: '(not set)',
      ExpectedValue: 'the path of a certificate bundle',
      ValueFrom: 'running configuration',
      ReadBy: 'configz',
      Notes: 'n1; n2; n3',
    });
  });

  it('is shown with what little there is', () => {
    const { name: _, kubeletVersion: _version, osImage: _image, ...bare } = node(1);
    const [rolled] = rollUp(auditOf([judged(bare, unread)]), [clientCa], 'node').toArray();
    const Other = { NodeName: bare.key, NodeKey: bare.key, NodeGroup: 'managed workers', NodeKind: 'al2023' };
    const unseen = { ...Other, Verdict: 'unknown', Reason: 'connection refused' };
    expect(resourcesOf(cluster, rolled!)[1]?.Details?.Other).toEqual(unseen);
    expect(told({}, warned)).not.toHaveProperty('Setting');
    expect(told({ launchTemplate: { id: 'lt-1' } })?.['LaunchTemplate']).toBe('lt-1');
  });

  it.each<[string, number, Partial<ClusterNode>]>([
    ['NodeName', 256, { name: 'x'.repeat(300) }],
    ['NodeKey', 256, { key: 'x'.repeat(300) }],
    ['NodeGroup', 128, { group: { kind: 'managed', name: 'x'.repeat(300) } }],
    ['KubeletVersion', 64, { kubeletVersion: 'x'.repeat(300) }],
    ['OsImage', 96, { osImage: 'x'.repeat(300) }],
    ['ImageId', 32, { imageId: 'x'.repeat(300) }],
    ['LaunchTemplate', 48, { launchTemplate: { id: 'x'.repeat(300) } }],
  ])('has a %s of %i characters at most', (field, length, change) => {
    expect(told(change)?.[field]).toHaveLength(length);
  });

  it('has bounded words of what was seen', () => {
    const long = 'x'.repeat(500);
    const seen = { ...evidence(long), expected: long, origin: { from: 'file', file: long }, notes: [long] } as const;
    const other = told({}, { status: 'fail', evidence: seen, waiverExpired: { ...mark, reason: long } });
    const fields = ['Reason', 'Waiver', 'EffectiveValue', 'ExpectedValue', 'ValueFrom', 'Notes'];
    expect(fields.map((each) => other?.[each]?.length)).toEqual([256, 160, 192, 128, 192, 192]);
  });

  it('is no machine of AWS where it only claims to be one', () => {
    const Id = `${arn.arn}/node/ip-10-0-0-1.eu-west-1.compute.internal`;
    const claiming = named({ machine: { status: 'unconfirmed', because: 'AWS could not be asked' } });
    expect(claiming).toMatchObject({ Type: 'Other', Id });
  });

  const asNode = `${arn.arn}/node/n`;
  const noIds = ['i-1234567', `i-${'a'.repeat(41)}`, 'i-12345678X', 'xi-12345678'];
  const noManaged = ['mi-0123456789abcdef', 'xmi-0123456789abcdef0', 'mi-0123456789abcdef0/'];
  it.each<[string, string, Partial<ClusterNode>?]>([
    ['i-12345678', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-12345678'],
    ['mi-0123456789abcdef0', 'arn:aws:ssm:eu-west-1:111122223333:managed-instance/mi-0123456789abcdef0'],
    ['i-12345678', asNode, { distrust: 'two nodes' }],
    ...[...noIds, ...noManaged].map((id): [string, string] => [id, asNode]),
  ])('is the machine %s only where that is an id of AWS and nothing speaks against it', (instanceId, Id, change) => {
    const Type = Id.includes(':instance/') ? 'AwsEc2Instance' : 'Other';
    expect(named({ name: 'n', machine: { status: 'confirmed', instanceId }, ...change })).toMatchObject({ Type, Id });
  });
});

it('names what is not sound, all of a node, and none of what is held', () => {
  const audit = auditWith(failed, warned, unread, passed, notApplicable);
  const keys = (scope: 'node-group' | 'node', held?: { readonly since: string }) => {
    const named = rollUp(audit, [clientCa], scope)
      .toArray()
      .flatMap((each) => nodesToName({ ...each, ...(held && { held }) }));
    return named.map(({ verdict }) => verdict.status);
  };
  expect(keys('node-group')).toEqual(['fail', 'warn', 'unknown']);
  expect(keys('node-group', { since: 'x' })).toEqual([]);
  expect(keys('node', { since: 'x' })).toEqual(['fail', 'warn', 'unknown', 'pass', 'not-applicable']);
});
