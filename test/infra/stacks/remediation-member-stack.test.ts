import { expect, it } from 'vitest';
import { approvalTopic } from '../../../infra/stacks/remediation-member-stack.ts';
import { everyRemediation, ownRemediation, resourcesOf, stackOf, templateOf, textOf } from '../synthesise.ts';

const memberOf = (settings: object) => stackOf('EksKubeletAuditRemediationMember', settings);
const template = memberOf(ownRemediation);
const everything = memberOf(everyRemediation);

it('can be deployed by any tool, bootstrapped or not', () => {
  for (const part of ['Transform', 'Rules']) expect(template.toJSON()).not.toHaveProperty(part);
  expect(JSON.stringify(template.toJSON())).not.toMatch(/cdk-hnb659fds|BootstrapVersion|Metadata/);
});

it('makes roles in one Region, and everything else in each', () => {
  for (const each of resourcesOf(everything))
    if (each.Type === 'AWS::IAM::Role') expect(each).toMatchObject({ Condition: 'RoleHere' });
    else expect(each).not.toHaveProperty('Condition');
});

it('reports to the hub, wherever it is, that the runbook has ended', () => {
  const given = (name: string, parameter: string, own: object) => ({ 'Fn::If': [name, { Ref: parameter }, own] });
  const account = given('RolesHubElsewhere', 'HubAccountId', { Ref: 'AWS::AccountId' });
  // The hub need not be in the Region that has the roles.
  const region = given(
    'EndsHubRegionGiven',
    'HubRegion',
    given('EndsRoleRegionGiven', 'RoleRegion', { Ref: 'AWS::Region' }),
  );
  const bus = `arn:<AWS::Partition>:events:${JSON.stringify(region)}:${JSON.stringify(account)}:event-bus/EksKubeletAuditRemediation`;
  const plain = (value: unknown) =>
    textOf(value).replaceAll(/(EndsHubRegionGiven|EndsRoleRegionGiven|RolesHubElsewhere)\w+/g, '$1');
  const [rule] = resourcesOf(template, 'AWS::Events::Rule');
  const [target] = Object(rule?.Properties['Targets']);
  expect(plain(target.Arn)).toBe(bus);
  const [, , elsewhere] = target.RoleArn['Fn::If'];
  expect(plain(elsewhere)).toBe('arn:<AWS::Partition>:iam::<AWS::AccountId>:role/EksKubeletAuditRemediationEvents');
  expect(rule?.Properties['EventPattern']).toMatchObject({
    detail: { Definition: ['EksKubeletAudit-RemediateKubelets'] },
  });
});

it('has nothing to tell where no findings are published', () => {
  const quiet = memberOf({ ...ownRemediation, publish: false });
  expect(resourcesOf(quiet, 'AWS::Events::Rule')).toEqual([]);
  expect(resourcesOf(quiet, 'AWS::IAM::Role')).toHaveLength(3);
  expect(quiet.toJSON()['Parameters']).not.toHaveProperty('HubRegion');
});

it('asks for approvals by a topic as Systems Manager wants it, by TLS only, at the addresses of the settings', () => {
  const approvals = templateOf((stack) => approvalTopic(stack, ['oncall@example.com']));
  const [topic] = resourcesOf(approvals, 'AWS::SNS::Topic');
  expect(topic?.Properties['TopicName']).toMatch(/^Automation/);
  // The key that AWS manages is not there in a Region that never used it.
  expect(topic?.Properties).not.toHaveProperty('KmsMasterKeyId');
  approvals.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [{ Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    },
  });
  const subscribed = resourcesOf(everything, 'AWS::SNS::Subscription').map(({ Properties }) => Properties);
  expect(subscribed).toMatchObject([{ Protocol: 'email', Endpoint: 'platform@example.com' }]);
});
