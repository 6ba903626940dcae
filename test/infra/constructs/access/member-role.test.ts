import { Aws, CfnCondition, CfnParameter, Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { expect, it } from 'vitest';
import { memberRole as roleOf } from '../../../../infra/constructs/access/member-role.ts';
import { nextNodeActions, ownEntryActions } from '../../../../lambda/contract/iam-actions.ts';
import { resourcesOf, templateOf } from '../../synthesise.ts';

// What it may do, and who may assume it, docs/permissions.md shows: test/prove-iam compares it, and asks IAM.

const memberRole = (
  more: { readonly remediation?: boolean; readonly nextNode?: boolean; readonly direct?: boolean } = {},
) =>
  templateOf((stack) => {
    const parameter = (name: string) => new CfnParameter(stack, name, { default: '' });
    roleOf(new Construct(stack, 'Member'), {
      remediation: false,
      proxyHolders: false,
      direct: false,
      nextNode: false,
      roleNamePrefix: '',
      hubAccountId: parameter('HubAccountId'),
      organizationId: parameter('OrganizationId'),
      operatorRole: parameter('OperatorRole'),
      here: new CfnCondition(stack, 'Here', { expression: Fn.conditionEquals(Aws.REGION, 'eu-west-1') }),
      ...more,
    });
  });
const template = memberRole();
const [role] = resourcesOf(template, 'AWS::IAM::Role');

it('has the name that access entries know, and is made where it is given, since a name is taken in every Region at once', () => {
  expect(role).toMatchObject({ Condition: 'Here', Properties: { RoleName: 'EksKubeletAuditMember' } });
});

it('reads launch templates where next nodes are asked for, in a policy of their own', () => {
  const asking = memberRole({ nextNode: true });
  const [audit, nextNode] = Object(resourcesOf(asking, 'AWS::IAM::Role')[0]?.Properties['Policies']);
  expect(audit).toEqual(Object(role?.Properties['Policies'])[0]);
  expect(nextNode.PolicyName).toBe('next-node');
  const [statement, ...others] = nextNode.PolicyDocument.Statement;
  expect(others).toEqual([]);
  expect([statement.Action.toSorted(), statement.Resource]).toEqual([nextNodeActions.toSorted(), '*']);
});

it('reads its own access entries, and no other, where nodes see its token', () => {
  const [audit] = Object(resourcesOf(memberRole({ direct: true }), 'AWS::IAM::Role')[0]?.Properties['Policies']);
  const statements: readonly object[] = audit.PolicyDocument.Statement;
  const [own, ...others] = statements.filter((each) => JSON.stringify(each).includes('AccessEntr'));
  expect(others).toEqual([]);
  expect(own).toMatchObject({ Action: [...ownEntryActions] });
  expect(JSON.stringify(own)).toMatch(/access-entry\/\*\/role\/.*\/EksKubeletAuditMember\/\*/);
});

it('lets in the function that starts remedies, where there are any, and changes nothing else for it', () => {
  const withRemediation = JSON.stringify(memberRole({ remediation: true }).toJSON());
  const added =
    ',{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::",{"Fn::If":["MemberHubElsewhereD60B3C87",{"Ref":"HubAccountId"},{"Ref":"AWS::AccountId"}]},":role/EksKubeletAuditRemediateFunction"]]}';
  expect(withRemediation).toContain(added);
  expect(withRemediation.replace(added, '')).toBe(JSON.stringify(template.toJSON()));
});
