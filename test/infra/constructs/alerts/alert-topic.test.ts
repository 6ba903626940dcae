import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { alertTopic } from '../../../../infra/constructs/alerts/alert-topic.ts';
import { resourcesOf, templateOf } from '../../synthesise.ts';

const template = templateOf((stack) =>
  alertTopic(stack, {
    alertAddresses: ['platform@example.com', 'soc@example.com'],
    publishers: ['events.amazonaws.com'],
  }),
);

it('writes to each address of the settings', () => {
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
