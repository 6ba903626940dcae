import { beforeAll, describe, expect, it } from 'vitest';
import { tableStyle } from '../../lambda/cli/terminal.ts';
import { iamActions } from '../../lambda/contract/iam-actions.ts';
import type { RecordedCall } from '../lab/aws-server.ts';
import { allowedBy } from './allowed-by.ts';
import { deployed } from './deployed.ts';
import { deployedStack } from './deployed-stack.ts';
import { forbidden } from './forbidden.ts';
import { type Grant, grantsOf } from './grants.ts';
import type { IamRequest } from './iam-request.ts';
import { permissionsPage } from './permissions-page.ts';
import { place } from './place.ts';
import { programRequests } from './program-requests.ts';
import { prove } from './prove.ts';
import { type Recording, recordCalls } from './record-calls.ts';
import { proofReport } from './report.ts';
import { serviceRequests } from './service-requests.ts';

const stack = deployedStack();
const grants = grantsOf(stack);
let recording: Recording;
let requests: readonly IamRequest[];

beforeAll(async () => {
  recording = await recordCalls(stack);
  requests = [...recording.calls.flatMap((call) => programRequests(call, recording.tags)), ...serviceRequests(stack)];
});

const style = tableStyle({ stdout: process.stderr, env: { NO_COLOR: '1' } });
const report = async (changed: readonly Grant[]) => {
  const { output, exitCode } = proofReport(await prove(changed, requests), style);
  return { exitCode, lines: output.trimEnd().split('\n') };
};

const auditRole = forbidden[0]!.request.role;
const granted = (action: string, resource = '*'): Grant => ({ role: auditRole, action, resource });
const shown = ({ action, resource, condition }: Grant) =>
  [`${action} on ${resource}`, ...(condition ? [JSON.stringify(condition)] : [])].join(' if ');

describe('the roles of the audit stack', () => {
  it('allow all that the program and AWS services ask for, and grant nothing else', async () => {
    const { exitCode, lines } = await report(grants);
    expect(lines.at(-1)).toBe('0 denied, 0 unused');
    expect(lines).toContain(`${forbidden.length} of ${forbidden.length} that must be refused are refused`);
    expect(lines.filter((line) => line.includes('NOT TRUE'))).toEqual([]);
    expect(exitCode).toBe(0);
  });

  it('are asked for every action of the contract', () => {
    const asked = new Set(recording.calls.map(({ service, operation }) => `${service}:${operation}`));
    expect([...asked].toSorted()).toEqual(Object.values(iamActions).flat().toSorted());
  });

  it.each(grants.map((grant) => [shown(grant), grant] as const))('deny something without %s', async (_, grant) => {
    const { exitCode, lines } = await report(grants.filter((each) => each !== grant));
    expect(lines.at(-1)).toMatch(/^[1-9]\d* denied, 0 unused$/);
    expect(lines.filter((line) => line.startsWith('DENIED: '))).toContainEqual(expect.stringContaining(grant.action));
    expect(exitCode).toBe(1);
  });

  it.each([
    [
      'an action that the program never calls',
      granted('eks:ListNodegroups', 'arn:aws:eks:eu-west-1:111122223333:cluster/*'),
    ],
    [
      'an action that it calls, on a resource that it does not',
      granted('eks:DescribeCluster', 'arn:aws:eks:us-east-1:111122223333:cluster/*'),
    ],
    ['an action that another role needs', { ...granted('ec2:DescribeInstances'), role: grants.at(-1)!.role }],
  ])('grant too much with %s', async (_, extra) => {
    const { exitCode, lines } = await report([...grants, extra]);
    expect(lines).toContainEqual(expect.stringMatching(`^UNUSED: ${extra.action}`));
    expect(lines.at(-1)).toBe('0 denied, 1 unused');
    expect(exitCode).toBe(1);
  });

  it('grant too much with what another statement grants already', async () => {
    const { exitCode, lines } = await report([...grants, granted('securityhub:GetFindings')]);
    expect(lines.at(-1)).toBe('0 denied, 2 unused');
    expect(exitCode).toBe(1);
  });

  it.each([
    ['no action is a wildcard', granted('ssm:Get*')],
    ['any resource only where AWS knows no narrower one', granted('securityhub:GetFindings')],
    ['SendCommand only on our document, and on machines', granted('ssm:SendCommand')],
    [
      'SendCommand only on our document, and on machines',
      granted('ssm:SendCommand', 'arn:aws:ssm:eu-west-1:111122223333:document/*'),
    ],
    [
      'SendCommand on machines only by their tags',
      granted('ssm:SendCommand', 'arn:aws:ec2:eu-west-1:111122223333:instance/*'),
    ],
  ])('break the law "%s" with %j', async (law, grant) => {
    const replaced = [...grants.filter(({ action }) => action !== grant.action), grant];
    const { exitCode, lines } = await report(replaced);
    expect(lines).toContainEqual(expect.stringMatching(`^NOT TRUE: ${law}: `));
    expect(exitCode).toBe(1);
  });
});

describe('the audit role cannot', () => {
  it.each(forbidden)('$what', async ({ request }) => {
    expect(await allowedBy(grants, request)).toEqual([]);
  });

  it.each(forbidden)('$what unnoticed, were it granted', async ({ what, request }) => {
    const extra = granted(request.action, request.resource);
    expect(await allowedBy([...grants, extra], request)).toEqual([extra]);

    const { exitCode, lines } = await report([...grants, extra]);
    expect(lines).toContainEqual(expect.stringContaining(`ALLOWED: ${what}, by ${request.action}`));
    expect(exitCode).toBe(1);
  });
});

describe('the proof', () => {
  const call: RecordedCall = {
    service: 'ssm',
    operation: 'SendCommand',
    accountId: place.accountId,
    region: place.region,
    principalArn: `arn:aws:sts::${place.accountId}:assumed-role/EksKubeletAudit/lambda`,
    input: {
      DocumentName: 'EksKubeletAudit-KubeletProbe',
      InstanceIds: ['i-1', 'mi-2'],
      TimeoutSeconds: 60,
      MaxErrors: '100%',
      MaxConcurrency: '100%',
      Comment: '',
    },
    status: 200,
    at: 0,
  };
  const tags = new Map([
    ['i-1', { 'eks:cluster-name': 'prod' }],
    ['mi-2', {}],
  ]);

  it('asks about the document and about each machine, with its tags', () => {
    expect(programRequests(call, tags).map(({ resource, context }) => [resource, context])).toEqual([
      ['arn:aws:ssm:eu-west-1:111122223333:document/EksKubeletAudit-KubeletProbe', {}],
      [
        'arn:aws:ec2:eu-west-1:111122223333:instance/i-1',
        { 'aws:ResourceTag/eks:cluster-name': 'prod', 'ssm:resourceTag/eks:cluster-name': 'prod' },
      ],
      ['arn:aws:ssm:eu-west-1:111122223333:managed-instance/mi-2', {}],
    ]);
  });

  it.each([
    ['a call that nobody described', { ...call, operation: 'StartSession' }, /what ssm:StartSession is about/],
    ['a machine whose tags are not known', { ...call, input: { ...call.input, InstanceIds: ['i-9'] } }, /i-9/],
    ['a command for whatever has a tag', { ...call, input: { ...call.input, Targets: [] } }, /Targets/],
    ['a command that writes into a bucket', { ...call, input: { ...call.input, OutputS3BucketName: 'b' } }, /OutputS3/],
    ['a call by a user', { ...call, principalArn: 'arn:aws:iam::111122223333:user/admin' }, /no session of a role/],
  ])('stops at %s', (_, unknown, message) => {
    expect(() => programRequests(unknown, tags)).toThrow(message);
  });

  it.each([
    ['an action that IAM does not know', granted('eks:DescribeEverything')],
    ['a resource that the action is never about', granted('eks:DescribeCluster', 'arn:aws:s3:::bucket')],
  ])('stops at %s', async (_, { action, resource, role }) => {
    await expect(allowedBy(grants, { by: 'a test', role, action, resource, context: {} })).rejects.toThrow(
      `IAM does not know ${action} on ${resource}`,
    );
  });

  const role = (properties: object) =>
    deployed({ Resources: { Role: { Type: 'AWS::IAM::Role', Properties: properties } } }, place);
  const allow = { Effect: 'Allow', Action: 'eks:ListClusters', Resource: '*' };
  const policy = (statement: object) => ({
    Policies: [{ PolicyDocument: { Version: '2012-10-17', Statement: [statement] } }],
  });

  it.each([
    ['a statement that denies', policy({ ...allow, Effect: 'Deny' })],
    ['NotAction', policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })],
    ['NotResource', policy({ ...allow, NotResource: '*' })],
    ['a managed policy', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }],
    ['a permission boundary', { PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
    ['a reference that it cannot follow', policy({ ...allow, Resource: { 'Fn::ImportValue': 'Cluster' } })],
    ['a reference into nothing', policy({ ...allow, Resource: { 'Fn::GetAtt': ['Nothing', 'Arn'] } })],
  ])('stops at %s in a template', (_, properties) => {
    expect(() => grantsOf(role(properties))).toThrow();
    expect(grantsOf(role(policy(allow)))).toHaveLength(1);
  });

  it('stops at a policy that is no part of a role', () => {
    const stray = { Resources: { Stray: { Type: 'AWS::IAM::ManagedPolicy', Properties: {} } } };
    expect(() => grantsOf(deployed(stray, place))).toThrow('Stray (AWS::IAM::ManagedPolicy)');
  });
});

it('docs/permissions.md says what the template says', async () => {
  const page = permissionsPage(deployedStack({ partition: 'aws', accountId: 'ACCOUNT', region: 'REGION' }));
  await expect(page).toMatchFileSnapshot('../../docs/permissions.md');
});
