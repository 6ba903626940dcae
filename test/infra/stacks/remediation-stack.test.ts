import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { remediationActions } from '../../../lambda/contract/remediation-names.ts';
import { approversFrom } from '../../../lambda/wiring/remediate-approvers.ts';
import { settingsFromEnvironment } from '../../../lambda/wiring/settings.ts';
import { everyRemediation, ownRemediation, resourcesOf, statementsOf, templatesOf, textOf } from '../synthesise.ts';

const stackOf = (settings: object) => {
  const stack = templatesOf(settings)['EksKubeletAuditRemediation'];
  if (!stack) throw new Error('these settings give no remediation');
  return stack;
};
const own = stackOf(ownRemediation);
const organization = stackOf(everyRemediation);
const programOf = (template: typeof own) =>
  resourcesOf(template, 'AWS::IAM::Role').flatMap((role) => statementsOf(role, 'program'));
const environmentOf = (template: typeof own): Record<string, string> =>
  Object(resourcesOf(template, 'AWS::Lambda::Function')[0]).Properties.Environment.Variables;

it('deploys the template that was reviewed', () => {
  expect(organization.toJSON()).toMatchSnapshot();
});

it('is a function under a role of its own, which may enter accounts and nothing else', () => {
  own.hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'eks-kubelet-audit-remediate',
    Handler: 'remediate.handler',
    Timeout: 900,
  });
  own.hasResourceProperties('AWS::IAM::Role', { RoleName: 'EksKubeletAuditRemediateFunction' });
  expect(programOf(own).flatMap((each) => each.Action)).toEqual([...remediationActions.function]);
});

it.each([
  ['its own account', own, '<AWS::AccountId>'],
  ['every account of the organization', organization, '*'],
])('enters %s with the role that reads, and with the one that starts the runbook', (_, template, account) => {
  expect(
    programOf(template)
      .flatMap((each) => each.Resource ?? [])
      .map(textOf),
  ).toEqual([
    `arn:<AWS::Partition>:iam::${account}:role/EksKubeletAuditMember`,
    `arn:<AWS::Partition>:iam::${account}:role/EksKubeletAuditRemediate`,
  ]);
});

it('hears the button of Security Hub, and nothing else', () => {
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

it('loses no request: what cannot be delivered and what fails for good waits in a queue', () => {
  const queue = { 'Fn::GetAtt': [Match.stringLikeRegexp('^UnheardQueue'), 'Arn'] };
  own.hasResourceProperties('AWS::Events::Rule', { Targets: [Match.objectLike({ DeadLetterConfig: { Arn: queue } })] });
  own.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 2,
    DestinationConfig: { OnFailure: { Destination: queue } },
  });
});

it('tells the program what it reads, and who may approve: the role that each account has for it', () => {
  const environment = { AWS_REGION: 'eu-west-1', ...environmentOf(organization) };
  expect(settingsFromEnvironment(environment)).toMatchObject({ sources: ['configz', 'ssm'], inVpc: false });
  expect(approversFrom(environment)({ partition: 'aws', accountId: '444455556666' })).toEqual([
    'arn:aws:iam::444455556666:role/EksKubeletAuditApprover',
  ]);
});

it('leaves out the source that needs a VPC, in which the function is not', () => {
  expect(environmentOf(organization)).toMatchObject({
    EKS_KUBELET_AUDIT_SOURCES: 'configz,ssm',
    EKS_KUBELET_AUDIT_IN_VPC: 'false',
  });
  organization.hasResourceProperties('AWS::Lambda::Function', { VpcConfig: Match.absent() });
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
