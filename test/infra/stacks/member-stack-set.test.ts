import { expect, it } from 'vitest';
import { everySetting, resourcesOf, templatesOf } from '../synthesise.ts';

const templates = templatesOf(everySetting);
const stackSetOf = (settings: object) => {
  const template = templatesOf(settings)['EksKubeletAuditStackSet'];
  const [stackSet] = template ? resourcesOf(template, 'AWS::CloudFormation::StackSet') : [];
  return stackSet?.Properties;
};
const stackSet = stackSetOf(everySetting) ?? {};
const body = String(stackSet['TemplateBody']);

it('deploys the template that was reviewed', () => {
  expect({ ...stackSet, TemplateBody: '(the member stack)' }).toMatchSnapshot();
});

it('carries the member stack, to the letter', () => {
  expect(JSON.parse(body)).toEqual(templates['EksKubeletAuditMember']?.toJSON());
});

it('has nothing that a StackSet of an organization cannot deploy', () => {
  expect(JSON.parse(body)).not.toHaveProperty('Transform');
  expect(body).not.toMatch(/AWS::CloudFormation::|Custom::|Fn::ImportValue|cdk-hnb659fds/);
});

it('tells each account who the hub is', () => {
  expect(stackSet['Parameters']).toEqual([
    { ParameterKey: 'HubAccountId', ParameterValue: { Ref: 'AWS::AccountId' } },
    { ParameterKey: 'OrganizationId', ParameterValue: 'o-ab12cd34ef' },
    { ParameterKey: 'OperatorRole', ParameterValue: everySetting.operatorRole },
    { ParameterKey: 'RoleRegion', ParameterValue: 'eu-west-1' },
  ]);
});

it('goes to every account of the units, also to those that discovery leaves out', () => {
  expect(stackSet['StackInstancesGroup']).toEqual([
    { DeploymentTargets: { OrganizationalUnitIds: ['r-ab12'] }, Regions: ['eu-west-1', 'us-east-1'] },
  ]);
});

it('goes to new accounts by itself, and takes no role from an account that is moved', () => {
  expect(stackSet).toMatchObject({
    PermissionModel: 'SERVICE_MANAGED',
    CallAs: 'DELEGATED_ADMIN',
    AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: true },
  });
});

it.each([[{}], [{ accounts: ['111122223333'] }]])('is not there without an organization: %j', (settings) => {
  expect(templatesOf(settings)).not.toHaveProperty('EksKubeletAuditStackSet');
});
