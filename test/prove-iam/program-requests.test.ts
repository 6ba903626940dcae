import { describe, expect, it } from 'vitest';
import { memberRoleName } from '../../lambda/contract/names.ts';
import type { RecordedCall } from '../lab/aws/aws-server.ts';
import { organization } from './deployments.ts';
import { type EstateFacts, programRequests } from './program-requests.ts';

describe('what a call asks IAM', () => {
  const call: RecordedCall = {
    service: 'ssm',
    operation: 'SendCommand',
    accountId: '111122223333',
    region: 'eu-west-1',
    principalArn: `arn:aws:sts::111122223333:assumed-role/${memberRoleName}/eks-kubelet-audit`,
    input: {
      DocumentName: 'EksKubeletAudit-KubeletProbe',
      DocumentVersion: '1',
      DocumentHash: 'f00d',
      DocumentHashType: 'Sha256',
      InstanceIds: ['i-1', 'mi-2'],
      TimeoutSeconds: 60,
      MaxErrors: '100%',
      MaxConcurrency: '100%',
      Comment: '',
    },
    status: 200,
    at: 0,
  };
  const known: EstateFacts = {
    tags: new Map([
      ['i-1', { 'eks:cluster-name': 'prod' }],
      ['mi-2', {}],
    ]),
    organization,
    functions: new Set(['eks-kubelet-audit-item']),
  };
  const asked = (changed: Partial<RecordedCall>) => programRequests({ ...call, ...changed }, known);

  const start: Partial<RecordedCall> = {
    operation: 'StartAutomationExecution',
    principalArn: 'arn:aws:sts::111122223333:assumed-role/EksKubeletAuditRemediate/eks-kubelet-audit',
    input: {
      DocumentName: 'Runbook',
      DocumentVersion: '3',
      ClientToken: 'token',
      Tags: [{ Key: 'eks-kubelet-audit', Value: 'remediation' }],
      Parameters: { InstanceIds: ['i-1'], AutomationAssumeRole: ['arn:aws:iam::111122223333:role/Runbook'] },
    },
  };

  it.each([
    ['a call that nobody described', { operation: 'StartSession' }, /what ssm:StartSession is about/],
    ['a machine whose tags are not known', { input: { ...call.input, InstanceIds: ['i-9'] } }, /i-9/],
    ['a command for whatever has a tag', { input: { ...call.input, Targets: [] } }, /Targets/],
    ['a command that writes into a bucket', { input: { ...call.input, OutputS3BucketName: 'b' } }, /OutputS3/],
    ['a runbook in other accounts', { ...start, input: { ...start.input, TargetLocations: [] } }, /TargetLocations/],
    [
      'a runbook under the rights of who starts it',
      { ...start, input: { ...start.input, Parameters: { InstanceIds: ['i-1'] } } },
      /AutomationAssumeRole/,
    ],
    ['a call by a user', { principalArn: 'arn:aws:iam::111122223333:user/admin' }, /no session of a role/],
    [
      'an event for another bus',
      {
        service: 'events',
        operation: 'PutEvents',
        input: { Entries: [{ Source: 's', DetailType: 't', Detail: '{}', Time: 1, EventBusName: 'other' }] },
      },
      /EventBusName/,
    ],
  ])('stops at %s', (_, changed, message) => {
    expect(() => asked(changed)).toThrow(message);
  });
});
