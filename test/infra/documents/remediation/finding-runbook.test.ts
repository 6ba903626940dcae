import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findingRunbook } from '../../../../infra/documents/remediation/finding-runbook.ts';
import { remediateKubeletsRunbook } from '../../../../infra/documents/remediation/remediate-automation.ts';
import { fixableSlugs } from '../../../../infra/documents/remediation/remediate-parameters.ts';
import { toInstance } from '../../../../lambda/adapters/ec2/instances.ts';
import { runbookGroup } from '../../../../lambda/core/fix/remediation/run/runbook.ts';
import { CertificateAuthority } from '../../../lab/kubernetes/certificates.ts';

const runbook = findingRunbook({ roleArn: 'arn:aws:iam::1:role/r', runbookRoleArn: 'arn:aws:iam::1:role/runbook' });
const steps = runbook.mainSteps.map((step) => step as { name: string; inputs: Record<string, unknown> });
const inputsOf = (name: string): Record<string, unknown> => {
  const step = steps.find((each) => each.name === name);
  if (!step) throw new Error(`no step ${name}`);
  return step.inputs;
};

const account = '111122223333';
const region = 'eu-west-1';
const clusterArn = `arn:aws:eks:${region}:${account}:cluster/blue`;
const instance = (id: string) => ({
  Type: 'AwsEc2Instance',
  Id: `arn:aws:ec2:${region}:${account}:instance/${id}`,
});
const finding = {
  Id: `eks-kubelet-audit/kubelet-client-ca-file/${clusterArn}/node-group/managed/workers`,
  RecordState: 'ACTIVE',
  Compliance: { Status: 'FAILED' },
  Resources: [
    { Type: 'AwsEksCluster', Id: clusterArn },
    instance('i-0123456789abcdef0'),
    instance('i-0123456789abcdef1'),
    { Type: 'Other', Id: `arn:aws:ssm:${region}:${account}:managed-instance/mi-0123456789abcdef0` },
  ],
};

it('gives the runbook that asks parameters that it has, and leaves the approval to it', () => {
  const { DocumentName, DocumentVersion, RuntimeParameters } = inputsOf('remediate');
  expect(DocumentName).toBe('EksKubeletAudit-RemediateKubelets');
  expect(Object.keys(remediateKubeletsRunbook().parameters)).toEqual(
    expect.arrayContaining(Object.keys(Object(RuntimeParameters))),
  );
  for (const [name, parameter] of Object.entries(remediateKubeletsRunbook().parameters))
    if (!('default' in parameter)) expect(RuntimeParameters).toHaveProperty(name);
  expect(DocumentVersion).toBe('{{ describeRunbook.Version }}');
  expect(RuntimeParameters).not.toHaveProperty('Approval');
  expect(RuntimeParameters).not.toHaveProperty('Approvers');
});

/** What of boto3 the script uses: EC2 instances with a tag that names their cluster, and what SSM shows under the tag of a hybrid cluster. */
const fakeAws = (
  tags: Readonly<Record<string, Readonly<Record<string, string>>>>,
  managed: readonly string[],
): string => `
import sys, types
TAGS, MANAGED = ${JSON.stringify(tags)}, ${JSON.stringify(managed)}
class Pages:
    def __init__(self, name):
        self.name = name
    def get_paginator(self, operation):
        return self
    def paginate(self, Filters):
        [only] = Filters
        if self.name == "ec2":
            assert only["Name"] == "instance-id", only
            found = [i for i in only["Values"] if i in TAGS]
            instances = [{"InstanceId": i, "Tags": [{"Key": k, "Value": v} for k, v in TAGS[i].items()]} for i in found]
            return [{"Reservations": [{"Instances": instances}]}]
        assert only == {"Key": "tag:EKSClusterARN", "Values": ["${clusterArn}"]}, only
        return [{"InstanceInformationList": [{"InstanceId": i} for i in MANAGED]}]
boto3 = types.ModuleType("boto3")
boto3.client = Pages
sys.modules["boto3"] = boto3
`;

/** Runs a handler of the script on each payload, as the step does on one. */
function run(
  step: string,
  payloads: readonly object[],
  before = '',
): readonly { readonly answer?: unknown; readonly error: string }[] {
  const { Script, Handler } = inputsOf(step);
  const program = `${before}\n${Script}
import json, sys
def done(payload):
    try:
        return {"answer": ${Handler}(payload, None), "error": ""}
    except Exception as error:
        return {"error": str(error)}
print(json.dumps([done(each) for each in json.load(sys.stdin)]))
`;
  const input = JSON.stringify(payloads);
  const { stdout, stderr } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}
const place = { Partition: 'aws', Region: region, Account: account };
const read = (...changed: readonly object[]) =>
  run(
    'readFinding',
    changed.map((each) => ({ ...place, Finding: { ...finding, ...each }, Controls: fixableSlugs })),
  );

const [one, two, hybrid] = ['i-0123456789abcdef0', 'i-0123456789abcdef1', 'mi-0123456789abcdef0'] as const;
const machinesOf = (
  tagged: Parameters<typeof fakeAws>[0],
  managed: readonly string[],
  InstanceIds: readonly string[] = [one, two, hybrid],
) => {
  const payload = { ...Object(inputsOf('machinesOfCluster')['InputPayload']), ...place, Cluster: 'blue', InstanceIds };
  return run('machinesOfCluster', [payload], fakeAws(tagged, managed))[0];
};

const python = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!python)('the scripts of the runbook', () => {
  it('read which nodes and what of them are meant, and pass over what is no machine of this account and Region', () => {
    const elsewhere = instance('i-0123456789abcdef2').Id.replace(account, '444455556666');
    const Resources = [...finding.Resources, { Id: elsewhere }, { Id: `${instance('i-0').Id}; reboot` }, { Id: 7 }];
    const meant = {
      Control: 'kubelet-client-ca-file',
      Cluster: 'blue',
      InstanceIds: ['i-0123456789abcdef0', 'i-0123456789abcdef1', 'mi-0123456789abcdef0'],
    };
    expect(read({}, { Resources }).map(({ answer }) => answer)).toEqual([meant, meant]);
  });

  // A finding of a node or of the whole cluster has no group in its Id, and one of a group may be written by anybody.
  it('name a node group as the hub does by the tags of its machines, so that two runbooks of one group exclude each other', () => {
    const names = ['workers', 'a.b', 'a..b', 'x'.repeat(200), 'a@b:c', "it's", 'Group_1-a/b'];
    const tagged: readonly (readonly [tags: Readonly<Record<string, string>>, group: string])[] = [
      ...names.map(
        (name) =>
          [{ 'eks:nodegroup-name': name, 'aws:autoscaling:groupName': 'made-by-eks' }, `managed/${name}`] as const,
      ),
      [{ 'karpenter.sh/nodepool': 'pool' }, 'karpenter/pool'],
      [{ 'aws:autoscaling:groupName': 'own' }, 'auto-scaling-group/own'],
      [{ 'eks:kubernetes-node-pool-name': 'anybody-may-tag' }, 'self-managed/self-managed'],
      [{}, 'self-managed/self-managed'],
    ];
    for (const [tags, group] of tagged) {
      const machine = { 'aws:eks:cluster-name': 'blue', ...tags };
      const [ours] = toInstance({
        InstanceId: one,
        Tags: Object.entries(machine).map(([Key, Value]) => ({ Key, Value })),
      });
      expect(`${ours?.group?.kind}/${ours?.group?.name}`).toBe(group);
      expect(machinesOf({ [one]: machine }, [], [one])?.answer).toEqual({
        NodeGroup: runbookGroup(group),
        InstanceIds: [one],
      });
    }
    const blue = { 'aws:eks:cluster-name': 'blue' };
    const apart = { [one]: { ...blue, 'eks:nodegroup-name': 'web' }, [two]: blue };
    expect(machinesOf(apart, [hybrid])?.answer).toEqual({ NodeGroup: 'managed/web', InstanceIds: [one] });
    expect(machinesOf({}, [hybrid], [hybrid])?.answer).toEqual({ NodeGroup: 'hybrid/hybrid', InstanceIds: [hybrid] });
  });

  it.each([
    ['another group', { Cluster: ['blue'], NodeGroup: ['managed/others'] }, ''],
    ['another cluster', { Cluster: ['green'], NodeGroup: ['managed/workers'] }, ''],
    ['the same group', { Cluster: ['blue'], NodeGroup: ['managed/workers'] }, 'execution e-1 is about this node group'],
  ])('end where a runbook is open for the same group: it is about %s', (_what, parameters, message) => {
    const open = `
import sys, types
class Ssm:
    def get_paginator(self, operation):
        assert operation == "describe_automation_executions"
        return self
    def paginate(self, Filters):
        assert Filters == [
            {"Key": "DocumentNamePrefix", "Values": ["EksKubeletAudit-RemediateKubelets"]},
            {"Key": "ExecutionStatus", "Values": ["Pending", "InProgress", "Waiting"]},
        ], Filters
        return [{"AutomationExecutionMetadataList": [{"AutomationExecutionId": "e-1"}]}]
    def get_automation_execution(self, AutomationExecutionId):
        return {"AutomationExecution": {"Parameters": ${JSON.stringify(parameters)}}}
boto3 = types.ModuleType("boto3")
boto3.client = lambda name: Ssm()
sys.modules["boto3"] = boto3
`;
    const { InputPayload } = inputsOf('noneOpen');
    const payload = { ...Object(InputPayload), Cluster: 'blue', NodeGroup: 'managed/workers' };
    const [ended] = run('noneOpen', [payload], open);
    expect(ended?.error).toEqual(message === '' ? '' : expect.stringContaining(message));
  });

  it('refuse a finding that is not one of a failure here that a program fixes', () => {
    const refused: readonly (readonly [changed: object, message: string])[] = [
      [{ Id: 'kube-bench/1' }, 'no finding of eks-kubelet-audit'],
      [{ Id: finding.Id.replace(account, '444455556666') }, 'of this account and Region'],
      [{ Id: finding.Id.replace(region, 'us-east-1') }, 'of this account and Region'],
      [{ Id: `${finding.Id}\n` }, 'no finding of eks-kubelet-audit'],
      [{ Id: finding.Id.replace('client-ca-file', 'hostname-override') }, 'fixed by a person'],
      [{ Compliance: { Status: 'PASSED' } }, 'no failure any more'],
      [{ RecordState: 'ARCHIVED' }, 'no failure any more'],
      [{ Resources: [{ Id: clusterArn }] }, 'names no machine'],
    ];
    expect(read(...refused.map(([changed]) => changed)).map(({ error }) => error)).toEqual(
      refused.map(([, message]) => expect.stringContaining(message)),
    );
  });

  it('let nobody be asked about a machine that AWS does not show as one of the finding’s cluster', () => {
    const [blue, green] = ['blue', 'green'].map((name) => ({ 'aws:eks:cluster-name': name }));
    const all = { [one]: { ...blue }, [two]: { ...blue } };
    expect(machinesOf(all, [], [one, two])?.answer).toEqual({
      NodeGroup: 'self-managed/self-managed',
      InstanceIds: [one, two],
    });
    expect(machinesOf({ ...all, [two]: { ...green } }, [hybrid])?.error).toContain(
      `by their tags these are no machines of cluster blue: ${two}`,
    );
    expect(machinesOf(all, [])?.error).toContain(`cluster blue: ${hybrid}`);
    expect(machinesOf({}, [], [one])?.error).toContain(`cluster blue: ${one}`);
  });

  it('know the certificates of the CA as the program knows them, and refuse a CA without one', () => {
    const bundle = [new CertificateAuthority('one').pem, new CertificateAuthority('two').pem];
    const expected = bundle.map((pem) => createHash('sha256').update(new X509Certificate(pem).raw).digest('hex'));
    const data = Buffer.from(bundle.join('')).toString('base64');
    const nothing = Buffer.from('nothing').toString('base64');
    expect(run('fingerprints', [{ CertificateAuthority: data }, { CertificateAuthority: nothing }])).toEqual([
      { answer: { CaSha256: expected.join(',') }, error: '' },
      { error: expect.stringContaining('holds 0 certificates') },
    ]);
  });
});
