import { expect, it } from 'vitest';
import { everyRemediation, ownRemediation, resourcesOf, templatesOf } from '../synthesise.ts';

const memberOf = (settings: object) => {
  const member = templatesOf(settings)['EksKubeletAuditRemediationMember'];
  if (!member) throw new Error('these settings give no remediation');
  return member;
};
const template = memberOf(ownRemediation);
const everything = memberOf(everyRemediation);

it('deploys the template that was reviewed', () => {
  // The shell and the scripts inside the documents have tests of their own.
  const reviewed = JSON.parse(JSON.stringify(everything.toJSON()), (key, value: unknown) =>
    ['runCommand', 'Script'].includes(key) ? ['(the script)'] : value,
  );
  expect(reviewed).toMatchSnapshot();
});

it('is roles, documents and a topic, which any tool can deploy', () => {
  expect(resourcesOf(template).map((each) => each.Type)).toEqual([
    'AWS::IAM::Role',
    'AWS::IAM::Role',
    'AWS::IAM::Role',
    'AWS::SSM::Document',
    'AWS::SSM::Document',
    'AWS::SNS::Topic',
    'AWS::SNS::TopicPolicy',
  ]);
  for (const part of ['Transform', 'Rules']) expect(template.toJSON()).not.toHaveProperty(part);
  expect(JSON.stringify(template.toJSON())).not.toMatch(/cdk-hnb659fds|BootstrapVersion|Metadata/);
});

it('makes roles in one Region, and all else in each', () => {
  for (const each of resourcesOf(everything))
    if (each.Type === 'AWS::IAM::Role') expect(each).toMatchObject({ Condition: 'RoleHere' });
    else expect(each).not.toHaveProperty('Condition');
});

it('is small enough for CloudFormation to read from a bucket', () => {
  expect(Buffer.byteLength(JSON.stringify(everything.toJSON()))).toBeLessThan(1_000_000);
});

it('writes to the addresses of the settings', () => {
  expect(resourcesOf(everything, 'AWS::SNS::Subscription').map((each) => each.Properties['Endpoint'])).toEqual([
    'platform@example.com',
  ]);
});

it('changes nothing in the stack of the audit but whom its role lets in', () => {
  const member = (settings: object) => templatesOf(settings)['EksKubeletAuditMember']?.toJSON();
  const [before, after] = [member({}), member(ownRemediation)].map((each) =>
    JSON.parse(JSON.stringify(each), (key, value: unknown) => (key === 'AssumeRolePolicyDocument' ? '(trust)' : value)),
  );
  expect(after).toEqual(before);
});
