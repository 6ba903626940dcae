import { Aws, CfnCondition, CfnParameter, Fn, type Stack } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { MemberRole } from '../../../../infra/constructs/access/member-role.ts';
import { memberActions, nextNodeActions } from '../../../../lambda/contract/iam-actions.ts';
import { identityStatements, resourcesOf, templateOf, textOf } from '../../synthesise.ts';

interface MemberRoleOptions {
  readonly remediation: boolean;
  readonly proxyHolders?: boolean;
  readonly nextNode?: boolean;
}

const memberRole =
  ({ remediation, proxyHolders = false, nextNode = false }: MemberRoleOptions) =>
  (stack: Stack) => {
    const parameter = (name: string) => new CfnParameter(stack, name, { default: '' });
    new MemberRole(stack, 'Member', {
      remediation,
      proxyHolders,
      nextNode,
      roleNamePrefix: '',
      hubAccountId: parameter('HubAccountId'),
      organizationId: parameter('OrganizationId'),
      operatorRole: parameter('OperatorRole'),
      here: new CfnCondition(stack, 'Here', { expression: Fn.conditionEquals(Aws.REGION, 'eu-west-1') }),
    });
  };
const template = templateOf(memberRole({ remediation: false }));
const [role] = resourcesOf(template, 'AWS::IAM::Role');

const resourcesFor = (action: string) =>
  identityStatements(template)
    .filter((each) => each.Action.includes(action))
    .flatMap((each) => each.Resource ?? [])
    .map(textOf);

it('has the name that access entries know, and no path', () => {
  expect(role?.Properties['RoleName']).toBe('EksKubeletAuditMember');
  expect(role?.Properties).not.toHaveProperty('Path');
});

it('is made under the condition that it is given, since a name is taken in every Region at once', () => {
  expect(role).toMatchObject({ Condition: 'Here' });
});

it('allows exactly the actions that the adapters call', () => {
  const allowed = identityStatements(template).flatMap((each) => each.Action);
  expect([...new Set(allowed)].toSorted()).toEqual(Object.values(memberActions).flat().toSorted());
});

it('reads access entries where who holds nodes/proxy is asked, and nowhere else', () => {
  const pairsOf = (of: ReturnType<typeof templateOf>) =>
    identityStatements(of).flatMap(({ Action, Resource = [] }) =>
      Action.flatMap((action) => Resource.map((each) => `${action} ${textOf(each)}`)),
    );
  const asking = pairsOf(templateOf(memberRole({ remediation: false, proxyHolders: true })));
  const before = pairsOf(template);
  expect(asking.filter((each) => !before.includes(each)).toSorted()).toEqual([
    'eks:DescribeAccessEntry arn:<AWS::Partition>:eks:*:<AWS::AccountId>:access-entry/*',
    'eks:ListAccessEntries arn:<AWS::Partition>:eks:*:<AWS::AccountId>:cluster/*',
    'eks:ListAssociatedAccessPolicies arn:<AWS::Partition>:eks:*:<AWS::AccountId>:access-entry/*',
  ]);
});

it('reads launch templates where next nodes are asked for, in a policy of their own', () => {
  const asking = templateOf(memberRole({ remediation: false, nextNode: true }));
  const [audit, nextNode] = Object(resourcesOf(asking, 'AWS::IAM::Role')[0]?.Properties['Policies']);
  expect(audit).toEqual(Object(role?.Properties['Policies'])[0]);
  expect(nextNode.PolicyName).toBe('next-node');
  const [statement, ...others] = nextNode.PolicyDocument.Statement;
  expect(others).toEqual([]);
  expect([statement.Action.toSorted(), statement.Resource]).toEqual([nextNodeActions.toSorted(), '*']);
});

it.each([
  ['eks:DescribeCluster', 'arn:<AWS::Partition>:eks:*:<AWS::AccountId>:cluster/*'],
  ['eks:ListFargateProfiles', 'arn:<AWS::Partition>:eks:*:<AWS::AccountId>:cluster/*'],
  ['securityhub:GetFindings', 'arn:<AWS::Partition>:securityhub:*:<AWS::AccountId>:hub/default'],
  [
    'securityhub:BatchImportFindings',
    'arn:<AWS::Partition>:securityhub:*:<AWS::AccountId>:product/<AWS::AccountId>/default',
  ],
])('allows %s in every Region of its own account, on nothing but %s', (action, resource) => {
  expect(resourcesFor(action)).toEqual([resource]);
});

it('reaches hybrid nodes only when they are registered to a cluster of this account', () => {
  const hybrid = identityStatements(template).find((each) =>
    each.Resource?.map(textOf).some((arn) => arn.includes(':managed-instance/')),
  );
  const tag: unknown = Object(Object(hybrid?.Condition).StringLike)['ssm:resourceTag/EKSClusterARN'];
  expect(textOf(tag)).toBe('arn:<AWS::Partition>:eks:*:<AWS::AccountId>:cluster/*');
});

it('trusts the account of the hub, and of it the two roles that read and the operators, by name', () => {
  const policy = Object(role?.Properties['AssumeRolePolicyDocument']);
  const hub = '{"Fn::If":["MemberHubElsewhereD60B3C87",{"Ref":"HubAccountId"},{"Ref":"AWS::AccountId"}]}';
  expect(policy.Statement).toHaveLength(1);
  const [{ Principal, Action, Condition }] = policy.Statement;
  expect(Action).toBe('sts:AssumeRole');
  expect(textOf(Principal.AWS)).toBe(`arn:<AWS::Partition>:iam::${hub}:root`);

  const [discover, item, operators, ...others] = Condition.ArnLike['aws:PrincipalArn'];
  expect(textOf(discover)).toBe(`arn:<AWS::Partition>:iam::${hub}:role/EksKubeletAuditDiscover`);
  expect(textOf(item)).toBe(`arn:<AWS::Partition>:iam::${hub}:role/EksKubeletAuditItem`);
  expect(operators).toEqual({
    'Fn::If': ['MemberOperatorsToo7BF8FBBC', { Ref: 'OperatorRole' }, { Ref: 'AWS::NoValue' }],
  });
  expect(others).toEqual([]);
});

it('asks for the organization where one is known', () => {
  const [{ Condition }] = Object(role?.Properties['AssumeRolePolicyDocument']).Statement;
  expect(Condition.StringEquals).toEqual({
    'Fn::If': [
      'MemberOrganizationKnown8D653A05',
      { 'aws:PrincipalOrgID': { Ref: 'OrganizationId' } },
      { Ref: 'AWS::NoValue' },
    ],
  });
});

it('lets in the function that starts remedies, where there are any, and changes nothing else for it', () => {
  const withRemediation = JSON.stringify(templateOf(memberRole({ remediation: true })).toJSON());
  const added =
    ',{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::",{"Fn::If":["MemberHubElsewhereD60B3C87",{"Ref":"HubAccountId"},{"Ref":"AWS::AccountId"}]},":role/EksKubeletAuditRemediateFunction"]]}';
  expect(withRemediation).toContain(added);
  expect(withRemediation.replace(added, '')).toBe(JSON.stringify(template.toJSON()));
});
