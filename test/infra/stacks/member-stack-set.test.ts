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

it.each([[{}], [{ accounts: ['111122223333'] }]])('is not there without an organization: %j', (settings) => {
  expect(templatesOf(settings)).not.toHaveProperty('EksKubeletAuditStackSet');
});
