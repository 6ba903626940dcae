import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { AlertTopic } from '../../../../infra/constructs/alerts/alert-topic.ts';
import { resourcesOf, templateOf } from '../../synthesise.ts';

const template = templateOf(
  (stack) =>
    new AlertTopic(stack, 'Alerts', {
      alertAddresses: ['platform@example.com', 'soc@example.com'],
      publishers: ['events.amazonaws.com'],
    }),
);

it('tells each address of the settings', () => {
  const subscribed = resourcesOf(template, 'AWS::SNS::Subscription').map((each) => each.Properties);
  expect(subscribed.map(({ Protocol, Endpoint }) => [Protocol, Endpoint])).toEqual([
    ['email', 'platform@example.com'],
    ['email', 'soc@example.com'],
  ]);
});

it('is encrypted by a key of its own, that is renewed', () => {
  template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: { 'Fn::GetAtt': [Match.anyValue(), 'Arn'] } });
  template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
});

it('takes messages of alarms and rules, by TLS only', () => {
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [
        { Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        {
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
        { Action: 'sns:Publish', Principal: { Service: 'events.amazonaws.com' } },
      ],
    },
  });
});

it.each(['cloudwatch.amazonaws.com', 'events.amazonaws.com'])('lets %s use the key, and no more of it', (service) => {
  template.hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Principal: { Service: service } }),
      ]),
    },
  });
});
