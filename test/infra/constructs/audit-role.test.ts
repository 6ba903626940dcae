import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { AuditRole } from '../../../infra/constructs/audit-role.ts';
import { iamActions } from '../../../lambda/contract/iam-actions.ts';
import { appAsDeployed, identityStatements, resourcesOf, textOf } from '../synthesise.ts';

const stack = new Stack(appAsDeployed(), 'Role');
new AuditRole(stack, 'Role');
const template = Template.fromStack(stack);

const resourcesFor = (action: string) =>
  identityStatements(template)
    .filter((each) => each.Action.includes(action))
    .flatMap((each) => each.Resource ?? [])
    .map(textOf);

it('has the name that access entries know, and no path', () => {
  const [role] = resourcesOf(template, 'AWS::IAM::Role');
  expect(role?.Properties['RoleName']).toBe('EksKubeletAudit');
  expect(role?.Properties).not.toHaveProperty('Path');
});

it('allows exactly the actions that the adapters call', () => {
  const allowed = identityStatements(template).flatMap((each) => each.Action);
  expect([...new Set(allowed)].toSorted()).toEqual(Object.values(iamActions).flat().toSorted());
});

it.each([
  ['eks:DescribeCluster', 'arn:<AWS::Partition>:eks:<AWS::Region>:<AWS::AccountId>:cluster/*'],
  ['eks:ListFargateProfiles', 'arn:<AWS::Partition>:eks:<AWS::Region>:<AWS::AccountId>:cluster/*'],
  ['securityhub:GetFindings', 'arn:<AWS::Partition>:securityhub:<AWS::Region>:<AWS::AccountId>:hub/default'],
  [
    'securityhub:BatchImportFindings',
    'arn:<AWS::Partition>:securityhub:<AWS::Region>:<AWS::AccountId>:product/<AWS::AccountId>/default',
  ],
])('allows %s on nothing but %s', (action, resource) => {
  expect(resourcesFor(action)).toEqual([resource]);
});

it('reaches hybrid nodes only when they are registered to a cluster of this account and Region', () => {
  const hybrid = identityStatements(template).find((each) =>
    each.Resource?.map(textOf).some((arn) => arn.includes(':managed-instance/')),
  );
  const tag: unknown = Object(Object(hybrid?.Condition).StringLike)['ssm:resourceTag/EKSClusterARN'];
  expect(textOf(tag)).toBe('arn:<AWS::Partition>:eks:<AWS::Region>:<AWS::AccountId>:cluster/*');
});
