import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { productName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';

interface AlertTopicOptions extends Pick<Settings, 'alertAddresses' | 'alertTopic' | 'kmsKey'> {
  /** Who else than alarms publishes, by the name of the service. */
  readonly publishers?: readonly string[];
}

/** Where people hear of failures: alarms and alerts publish to it, the addresses of the settings are subscribed. Or the topic that the settings name, as it is. */
export function alertTopic(
  scope: Construct,
  { alertAddresses, alertTopic: given, kmsKey, publishers: others = [] }: AlertTopicOptions,
): ITopic {
  if (given) return Topic.fromTopicArn(scope, 'Topic', given);

  const { account } = Stack.of(scope);
  const publishers = [
    {
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    },
    // Rules without a condition, which AWS does not support for them (EventBridge user guide, "Amazon SNS permissions"): one would never hold, and no alert would arrive.
    ...others.map((service) => ({ principals: [new ServicePrincipal(service)] })),
  ];

  // An own key, since neither alarms nor rules may use the key that AWS manages for SNS. The policy of a key from the settings is its owner's
  // (docs/deploy.md).
  const key = kmsKey
    ? Key.fromKeyArn(scope, 'Key', kmsKey)
    : new Key(scope, 'Key', {
        description: `Encrypts the alerts of ${productName} on their way`,
        enableKeyRotation: true,
        pendingWindow: Duration.days(7),
        removalPolicy: RemovalPolicy.DESTROY,
      });
  const topic = new Topic(scope, 'Topic', { displayName: 'EKS kubelet audit', masterKey: key, enforceSSL: true });
  for (const publisher of publishers) {
    key.addToResourcePolicy(
      new PolicyStatement({ ...publisher, actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'] }),
    );
    topic.addToResourcePolicy(
      new PolicyStatement({ ...publisher, actions: ['sns:Publish'], resources: [topic.topicArn] }),
    );
  }
  for (const address of alertAddresses) topic.addSubscription(new EmailSubscription(address));
  return topic;
}
