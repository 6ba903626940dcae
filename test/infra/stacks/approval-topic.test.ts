import { expect, it } from 'vitest';
import { ApprovalTopic } from '../../../infra/stacks/remediation-member-stack.ts';
import { resourcesOf, templateOf } from '../synthesise.ts';

const template = templateOf((stack) => new ApprovalTopic(stack, 'Approvals', { addresses: ['oncall@example.com'] }));
const [topic] = resourcesOf(template, 'AWS::SNS::Topic');

it('is named as Systems Manager wants it', () => {
  expect(topic?.Properties['TopicName']).toMatch(/^Automation/);
});

it('is under no key: the one that AWS manages is not there in a Region that never used it', () => {
  expect(topic?.Properties).not.toHaveProperty('KmsMasterKeyId');
});

it('tells each address, and takes messages by TLS only', () => {
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'oncall@example.com' });
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [{ Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    },
  });
});
