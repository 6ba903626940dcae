import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { approversFrom } from '../../../lambda/wiring/open/remediation.ts';
import { settingsFromEnvironment } from '../../../lambda/wiring/settings.ts';
import { everyRemediation, ownRemediation, resourcesOf, stackOf, templatesOf, textOf } from '../synthesise.ts';

const remediationOf = (settings: object) => stackOf('EksKubeletAuditRemediation', settings);
const own = remediationOf(ownRemediation);
const organization = remediationOf(everyRemediation);
const environmentOf = (template: typeof own): Record<string, string> =>
  Object(resourcesOf(template, 'AWS::Lambda::Function')[0]).Properties.Environment.Variables;

it('is a function under a role of its own', () => {
  own.hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'eks-kubelet-audit-remediate',
    Handler: 'remediate.handler',
    Timeout: 900,
  });
  own.hasResourceProperties('AWS::IAM::Role', { RoleName: 'EksKubeletAuditRemediateFunction' });
});

it('hears the button of Security Hub, and nothing else on the bus of the account', () => {
  const onDefault = resourcesOf(own, 'AWS::Events::Rule').filter((each) => !each.Properties['EventBusName']);
  expect(onDefault).toHaveLength(1);
  own.hasResourceProperties('AWS::SecurityHub::ActionTarget', { Id: 'RemediateKubelet', Name: 'Remediate kubelet' });
  own.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.securityhub'],
      'detail-type': ['Security Hub Findings - Custom Action'],
      account: [{ Ref: 'AWS::AccountId' }],
      resources: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^ButtonAction'), 'ActionTargetArn'] }],
    },
  });
});

it('hears on a bus of its own that a runbook has ended, in any account of the settings', () => {
  own.hasResourceProperties('AWS::Events::EventBus', { Name: 'EksKubeletAuditRemediation' });
  own.hasResourceProperties('AWS::Events::Rule', {
    EventBusName: { Ref: Match.stringLikeRegexp('^EndsBus') },
    EventPattern: {
      source: ['aws.ssm'],
      'detail-type': ['EC2 Automation Execution Status-change Notification'],
      detail: {
        Definition: ['EksKubeletAudit-RemediateKubelets'],
        Status: ['Success', 'Failed', 'TimedOut', 'Cancelled'],
      },
    },
  });

  // Its own account needs no word of the bus.
  expect(resourcesOf(own, 'AWS::Events::EventBusPolicy')).toEqual([]);
  expect(statementOf(organization)).toMatchObject({
    Principal: '*',
    Action: 'events:PutEvents',
    Condition: {
      StringEquals: { 'aws:PrincipalOrgID': 'o-ab12cd34ef' },
      'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': ['o-ab12cd34ef/r-ab12/*'] },
      StringNotEquals: { 'aws:PrincipalAccount': ['444455556666'] },
    },
  });
  const unit = { ...everyRemediation, organization: { id: 'o-ab12cd34ef', units: ['ou-ab12-11111111'] } };
  const { Condition } = statementOf(remediationOf(unit));
  expect(Condition['ForAnyValue:StringLike']['aws:PrincipalOrgPaths']).toEqual(['o-ab12cd34ef/*/ou-ab12-11111111/*']);
  expect(Condition).not.toHaveProperty('StringNotEquals');
  expect(
    statementOf(remediationOf({ ...ownRemediation, accounts: ['444455556666'], regions: ['eu-west-1'] })),
  ).toMatchObject({
    Principal: { AWS: [{ 'Fn::Join': ['', expect.arrayContaining([':iam::444455556666:root'])] }] },
  });
});

const statementOf = (template: typeof own) => {
  const [policy] = resourcesOf(template, 'AWS::Events::EventBusPolicy');
  const statement = Object(policy?.Properties['Statement']);
  expect(textOf(statement.Condition.ArnLike['aws:PrincipalArn'])).toBe(
    'arn:<AWS::Partition>:iam::*:role/EksKubeletAuditRemediationEvents',
  );
  return statement;
};

it('is held to a few invocations at once where other accounts trigger it, by the number of the settings', () => {
  const reserved = (template: typeof own) =>
    Object(resourcesOf(template, 'AWS::Lambda::Function')[0]).Properties.ReservedConcurrentExecutions;
  expect(reserved(organization)).toBe(2);
  expect(reserved(own)).toBeUndefined();
  const with0 = { ...everyRemediation, remediation: { ...everyRemediation.remediation, reservedConcurrency: 0 } };
  expect(reserved(remediationOf(with0))).toBeUndefined();
});

it('alerts people when a request or an end was not heard, with a heading in the runbook', () => {
  const [alarm] = resourcesOf(organization, 'AWS::CloudWatch::Alarm');
  expect(alarm?.Properties).toMatchObject({
    AlarmName: 'eks-kubelet-audit-remedy-unheard',
    AlarmActions: [{ Ref: expect.stringMatching(/^Alerts/) }],
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Threshold: 1,
  });
  expect(String(alarm?.Properties['AlarmDescription'])).toContain('docs/runbook.md#remedy-unheard');
  expect(readFileSync('docs/runbook.md', 'utf8')).toContain('\n## remedy-unheard\n');
  organization.hasResourceProperties('AWS::SNS::Subscription', { Endpoint: 'platform@example.com' });
});

it('loses no request: what cannot be delivered and what fails for good waits in a queue', () => {
  const queue = { 'Fn::GetAtt': [Match.stringLikeRegexp('^UnheardQueue'), 'Arn'] };
  own.hasResourceProperties('AWS::Events::Rule', { Targets: [Match.objectLike({ DeadLetterConfig: { Arn: queue } })] });
  own.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 2,
    DestinationConfig: { OnFailure: { Destination: queue } },
  });
});

it('reads as the audit reads, but for the source that dials nodes, and enters the VPC to ask private API servers', () => {
  const environment = { AWS_REGION: 'eu-west-1', ...environmentOf(organization) };
  expect(settingsFromEnvironment(environment)).toMatchObject({
    sources: ['configz', 'ssm'],
    everySource: true,
    inVpc: true,
  });
  expect(approversFrom(environment)({ partition: 'aws', accountId: '444455556666' })).toEqual([
    'arn:aws:iam::444455556666:role/EksKubeletAuditApprover',
  ]);
  organization.hasResourceProperties('AWS::Lambda::Function', { VpcConfig: { SubnetIds: Match.anyValue() } });
  own.hasResourceProperties('AWS::Lambda::Function', { VpcConfig: Match.absent() });
});

it('knows waivers, and does without the word of the API server, only where the settings say so', () => {
  const remediation = { ...ownRemediation.remediation, withoutReady: true };
  const [without, given] = [own, remediationOf({ remediation, waivers: 'accepted.yaml' })].map(environmentOf);
  for (const [name, value] of [
    ['EKS_KUBELET_AUDIT_WAIVERS', 'waivers.yaml'],
    ['EKS_KUBELET_AUDIT_WITHOUT_READY', 'true'],
  ] as const)
    expect([without?.[name], given?.[name]]).toEqual([undefined, value]);
});

it('registers with Automated Security Response only when it is asked to', () => {
  expect(resourcesOf(own, 'AWS::SSM::Parameter')).toEqual([]);
  expect(resourcesOf(organization, 'AWS::SSM::Parameter').length).toBeGreaterThan(0);
});

it('is not there when it is not asked for, nor where no findings are published', () => {
  expect(Object.keys(templatesOf({}))).toEqual(['EksKubeletAudit', 'EksKubeletAuditMember']);
  expect(Object.keys(templatesOf({ ...ownRemediation, publish: false }))).toEqual([
    'EksKubeletAudit',
    'EksKubeletAuditMember',
    'EksKubeletAuditRemediationMember',
  ]);
});

it('leaves the stack of the audit as it is', () => {
  expect(templatesOf(ownRemediation)['EksKubeletAudit']?.toJSON()).toEqual(
    templatesOf({})['EksKubeletAudit']?.toJSON(),
  );
});
