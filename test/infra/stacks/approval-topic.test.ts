import { expect, it } from 'vitest';
import { ApprovalTopic } from '../../../infra/stacks/remediation-member-stack.ts';
import { resourcesOf, templateOf, textOf } from '../synthesise.ts';

const template = templateOf((stack) => new ApprovalTopic(stack, 'Approvals', { addresses: ['oncall@example.com'] }));
const [topic] = resourcesOf(template, 'AWS::SNS::Topic');

it('is named as Systems Manager wants it', () => {
  expect(topic?.Properties['TopicName']).toMatch(/^Automation/);
});

it('is encrypted by the key that AWS manages, which roles of the account may use through SNS', () => {
  expect(textOf(topic?.Properties['KmsMasterKeyId'])).toMatch(/alias\/aws\/sns$/);
});

it('tells each address, and takes messages by TLS only', () => {
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'oncall@example.com' });
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [{ Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    },
  });
});
