import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appAsDeployed, everyRemediation, ownRemediation, resourcesOf, stacksOf, templatesOf } from '../synthesise.ts';

const stackSetOf = (settings: object): Readonly<Record<string, unknown>> => {
  const template = templatesOf(settings)['EksKubeletAuditRemediationStackSet'];
  const [found] = template ? resourcesOf(template, 'AWS::CloudFormation::StackSet') : [];
  return found?.Properties ?? {};
};
const stackSet = stackSetOf(everyRemediation);

it('is a StackSet of its own, to the same accounts and Regions as the audit', () => {
  expect(stackSet).toMatchObject({
    StackSetName: 'EksKubeletAuditRemediation',
    PermissionModel: 'SERVICE_MANAGED',
    CallAs: 'DELEGATED_ADMIN',
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    StackInstancesGroup: [
      {
        DeploymentTargets: {
          OrganizationalUnitIds: ['r-ab12'],
          Accounts: ['444455556666'],
          AccountFilterType: 'DIFFERENCE',
        },
        Regions: ['eu-west-1', 'us-east-1'],
      },
    ],
  });
});

it('takes everything from an account that leaves', () => {
  expect(stackSet['AutoDeployment']).toEqual({ Enabled: true, RetainStacksOnAccountRemoval: false });
});

it('gives each account the name and place of the hub', () => {
  expect(stackSet['Parameters']).toEqual([
    { ParameterKey: 'HubAccountId', ParameterValue: { Ref: 'AWS::AccountId' } },
    { ParameterKey: 'OrganizationId', ParameterValue: 'o-ab12cd34ef' },
    { ParameterKey: 'HubRegion', ParameterValue: { Ref: 'AWS::Region' } },
    { ParameterKey: 'RoleRegion', ParameterValue: 'eu-west-1' },
  ]);
});

it('gives no more than the template takes where no findings are published', () => {
  const { Parameters: parameters } = stackSetOf({ ...everyRemediation, publish: false });
  expect(parameters).not.toContainEqual(expect.objectContaining({ ParameterKey: 'HubRegion' }));
});

it('deploys the member stack of remediation, to the letter, from the bucket of the hub', () => {
  expect(stackSet).not.toHaveProperty('TemplateBody');

  const app = appAsDeployed();
  const { remediationMember } = stacksOf(app, everyRemediation);
  const assembly = app.synth();
  const url = JSON.stringify(
    Object(assembly.getStackByName('EksKubeletAuditRemediationStackSet').template).Resources.StackSet,
  );
  const file = /([0-9a-f]{64})\.json/.exec(url)?.[1];
  const carried: unknown = JSON.parse(readFileSync(join(assembly.directory, `asset.${file}.json`), 'utf8'));
  expect(carried).toEqual(assembly.getStackByName(String(remediationMember?.stackName)).template);
});

it('is not there without an organization', () => {
  expect(templatesOf(ownRemediation)).not.toHaveProperty('EksKubeletAuditRemediationStackSet');
});
