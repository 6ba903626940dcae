import { Aws, CfnCondition, CfnParameter, Fn } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { remediationRoles } from '../../../../infra/constructs/remediation/remediation-roles.ts';
import { ownRemediation, resourcesOf, stackOf, statementsOf, templateOf } from '../../synthesise.ts';

const approvers = ['arn:aws:iam::111122223333:role/Oncall'];
const requesters = ['arn:aws:iam::111122223333:role/Analyst'];
const template = templateOf((stack) => {
  const parameter = (name: string) => new CfnParameter(stack, name, { default: '' });
  remediationRoles(stack, {
    hubAccountId: parameter('HubAccountId'),
    organizationId: parameter('OrganizationId'),
    approvers,
    requesters,
    here: new CfnCondition(stack, 'Here', { expression: Fn.conditionEquals(Aws.REGION, 'eu-west-1') }),
  });
});
const roleNamed = (name: string) =>
  resourcesOf(template, 'AWS::IAM::Role').find((each) => each.Properties['RoleName'] === name) ?? expect.fail(name);
const roles = {
  start: roleNamed('EksKubeletAuditRemediate'),
  approver: roleNamed('EksKubeletAuditApprover'),
};

it('lets nobody approve who asks, and says so; without a list of those who ask, that they are one group', () => {
  const { Statement: statements } = Object(roles.approver.Properties['AssumeRolePolicyDocument']);
  expect(statements.map((each: object) => Object(each).Condition.ArnNotLike)).toEqual([
    { 'aws:PrincipalArn': requesters },
  ]);
  expect(roles.approver.Properties['Description']).toContain('none of those who ask for it');
  const [own] = resourcesOf(stackOf('EksKubeletAuditRemediationMember', ownRemediation), 'AWS::IAM::Role').filter(
    (each) => each.Properties['RoleName'] === 'EksKubeletAuditApprover',
  );
  expect(own?.Properties['Description']).toContain('those who ask for it, too, if they are among them');
  expect(JSON.stringify(own)).not.toContain('ArnNotLike');
});

it('lets approvers answer our own executions and no other, which the starter marks', () => {
  const conditionOf = (role: (typeof roles)['start'], action: string) =>
    statementsOf(role).find((each) => each.Action.includes(action))?.Condition;
  expect(conditionOf(roles.approver, 'ssm:SendAutomationSignal')).toEqual({
    StringEquals: { 'aws:ResourceTag/eks-kubelet-audit': 'remediation' },
  });
  expect(conditionOf(roles.start, 'ssm:AddTagsToResource')).toEqual({
    StringEquals: { 'aws:RequestTag/eks-kubelet-audit': 'remediation' },
  });
});
