import { expect, it } from 'vitest';
import { probeDocument } from '../../../infra/stacks/member-stack.ts';
import { everySetting, resourcesOf, stackOf, templateOf, textOf } from '../synthesise.ts';

const memberOf = (settings: object) => stackOf('EksKubeletAuditMember', settings);
const template = memberOf({});
const parametersOf = (member: typeof template): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(Object(member.toJSON()['Parameters'])).map(([name, each]) => [name, Object(each).Default]),
  );

it('is a role and a document, which any tool can deploy anywhere, bootstrapped or not', () => {
  expect(resourcesOf(template).map((each) => each.Type)).toEqual(['AWS::IAM::Role', 'AWS::SSM::Document']);
  expect(template.toJSON()).not.toHaveProperty('Transform');
  expect(template.toJSON()).not.toHaveProperty('Rules');
  expect(JSON.stringify(template.toJSON())).not.toMatch(/cdk-hnb659fds|BootstrapVersion|Metadata/);
});

it('makes the role in one Region and the document in each', () => {
  const [role, document] = resourcesOf(template);
  expect(role).toMatchObject({ Condition: 'RoleHere' });
  expect(document).not.toHaveProperty('Condition');
  expect(template.toJSON()['Conditions'].RoleHere).toEqual({
    'Fn::Or': [
      { 'Fn::Equals': [{ Ref: 'RoleRegion' }, ''] },
      { 'Fn::Equals': [{ Ref: 'RoleRegion' }, { Ref: 'AWS::Region' }] },
    ],
  });
});

it('has the document under the name that the role may run, with a new version when the probe changes', () => {
  const [document] = resourcesOf(templateOf((stack) => probeDocument(stack)));
  expect(document?.Properties).toMatchObject({
    Name: 'EksKubeletAudit-KubeletProbe',
    DocumentType: 'Command',
    TargetType: '/',
    UpdateMethod: 'NewVersion',
  });
  expect(JSON.stringify(document?.Properties['Content'])).not.toMatch(/"(Ref|Fn::\w+)"/);
});

it('serves one account with nothing filled in', () => {
  expect(parametersOf(template)).toEqual({ HubAccountId: '', OrganizationId: '', OperatorRole: '', RoleRegion: '' });
});

it('knows what the settings know', () => {
  expect(parametersOf(memberOf(everySetting))).toEqual({
    HubAccountId: '',
    OrganizationId: everySetting.organization.id,
    OperatorRole: everySetting.operatorRole,
    RoleRegion: 'eu-west-1',
  });
});

it('prints the command that gives the role its access entry', () => {
  expect(textOf(template.toJSON()['Outputs'].CreateAccessEntry.Value)).toBe(
    'aws eks create-access-entry --region <AWS::Region> --cluster-name CLUSTER --principal-arn arn:<AWS::Partition>:iam::<AWS::AccountId>:role/EksKubeletAuditMember --kubernetes-groups eks-kubelet-audit',
  );
});
