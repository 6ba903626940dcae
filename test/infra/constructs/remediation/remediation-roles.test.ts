import { Aws, CfnCondition, CfnParameter, Fn } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { RemediationRoles } from '../../../../infra/constructs/remediation/remediation-roles.ts';
import { remediationActions } from '../../../../lambda/contract/remediation-names.ts';
import { ownRemediation, resourcesOf, stackOf, statementsOf, templateOf, textOf } from '../../synthesise.ts';

const approvers = ['arn:aws:iam::111122223333:role/Oncall'];
const requesters = ['arn:aws:iam::111122223333:role/Analyst'];
const template = templateOf((stack) => {
  const parameter = (name: string) => new CfnParameter(stack, name, { default: '' });
  new RemediationRoles(stack, 'Roles', {
    hubAccountId: parameter('HubAccountId'),
    organizationId: parameter('OrganizationId'),
    approvers,
    requesters,
    here: new CfnCondition(stack, 'Here', { expression: Fn.conditionEquals(Aws.REGION, 'eu-west-1') }),
  });
});
const roleNamed = (name: string) => {
  const role = resourcesOf(template, 'AWS::IAM::Role').find((each) => each.Properties['RoleName'] === name);
  if (!role) throw new Error(`no role is named ${name}`);
  return role;
};
const roles = {
  start: roleNamed('EksKubeletAuditRemediate'),
  approver: roleNamed('EksKubeletAuditApprover'),
  runbook: roleNamed('EksKubeletAuditRunbook'),
};
const trustOf = (role: (typeof roles)['start']) => {
  const { Statement: statements } = Object(role.Properties['AssumeRolePolicyDocument']);
  expect(statements).toHaveLength(1);
  return statements[0];
};
const placesOf = (role: (typeof roles)['start'], action: string) =>
  statementsOf(role)
    .filter((each) => each.Action.includes(action))
    .flatMap((each) => each.Resource ?? [])
    .map(textOf);
const inAccount = (service: string, resource: string) =>
  `arn:<AWS::Partition>:${service}:*:<AWS::AccountId>:${resource}`;

it.each(Object.entries(roles))('%s may do what is named for it, and nothing else', (name, role) => {
  const allowed = statementsOf(role).flatMap((each) => each.Action);
  const named = remediationActions[name as keyof typeof roles];
  expect([...new Set(allowed)].toSorted()).toEqual([...named].toSorted());
});

it('lets only the function of the hub start, and only from within the organization', () => {
  const hub = '{"Fn::If":["RolesHubElsewhere18C2A4B1",{"Ref":"HubAccountId"},{"Ref":"AWS::AccountId"}]}';
  const { Principal, Condition } = trustOf(roles.start);
  expect(textOf(Principal.AWS).replace(/RolesHubElsewhere\w+/, 'RolesHubElsewhere18C2A4B1')).toBe(
    `arn:<AWS::Partition>:iam::${hub}:root`,
  );
  expect(Condition.ArnLike['aws:PrincipalArn'].map(textOf)).toEqual([
    expect.stringMatching(/:role\/EksKubeletAuditRemediateFunction$/),
  ]);
  expect(JSON.stringify(Condition.StringEquals)).toContain('"aws:PrincipalOrgID":{"Ref":"OrganizationId"}');
});

it('starts our runbook and no other, and hands it its own role and no other', () => {
  expect(placesOf(roles.start, 'ssm:StartAutomationExecution').toSorted()).toEqual([
    inAccount('ssm', 'automation-definition/EksKubeletAudit-RemediateKubelets:*'),
    inAccount('ssm', 'automation-execution/*'),
    inAccount('ssm', 'document/EksKubeletAudit-RemediateKubelets'),
  ]);
  expect(placesOf(roles.start, 'iam:PassRole')).toEqual([
    'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/EksKubeletAuditRunbook',
  ]);
});

it('lets the people of the settings approve, and no program', () => {
  expect(trustOf(roles.approver).Condition.ArnLike).toEqual({ 'aws:PrincipalArn': approvers });
});

it('lets nobody approve who asks, and says so; without a list of those who ask, that they are one group', () => {
  expect(trustOf(roles.approver).Condition.ArnNotLike).toEqual({ 'aws:PrincipalArn': requesters });
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

it('lets Systems Manager alone act, and only for an execution of this account', () => {
  const { Principal, Condition } = trustOf(roles.runbook);
  expect(Principal).toEqual({ Service: 'ssm.amazonaws.com' });
  expect(Condition.StringEquals).toEqual({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
  expect(textOf(Condition.ArnLike['aws:SourceArn'])).toBe(inAccount('ssm', 'automation-execution/*'));
});

it('runs our document and no other, on nodes of clusters and no other machines', () => {
  expect([...new Set(placesOf(roles.runbook, 'ssm:SendCommand'))]).toEqual([
    inAccount('ssm', 'document/EksKubeletAudit-RemediateKubelet'),
    inAccount('ec2', 'instance/*'),
    inAccount('ssm', 'managed-instance/*'),
  ]);
  for (const each of statementsOf(roles.runbook))
    if (each.Resource?.map(textOf).some((resource) => /instance\/\*$/.test(resource)))
      expect(Object.keys(Object(Object(each.Condition).StringLike))).toEqual([
        expect.stringMatching(/^ssm:resourceTag\/(EKSClusterARN|(aws:)?eks:(eks-)?cluster-name)$/),
      ]);
});

it('asks by the one topic of each Region', () => {
  expect(placesOf(roles.runbook, 'sns:Publish')).toEqual([inAccount('sns', 'AutomationEksKubeletAudit')]);
});
