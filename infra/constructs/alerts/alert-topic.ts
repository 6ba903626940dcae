import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { productName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';

/** Where people hear of failures: alarms and alerts publish to it, the addresses of the settings are subscribed. Or the topic that the settings name, as it is. */
export class AlertTopic extends Construct {
  readonly topic: ITopic;

  /** @param publishers who else than alarms, by the name of the service */
  constructor(
    scope: Construct,
    id: string,
    {
      alertAddresses,
      alertTopic,
      kmsKey,
      publishers: others = [],
    }: Pick<Settings, 'alertAddresses' | 'alertTopic' | 'kmsKey'> & { readonly publishers?: readonly string[] },
  ) {
    super(scope, id);
    if (alertTopic) {
      this.topic = Topic.fromTopicArn(this, 'Topic', alertTopic);
      return;
    }

    const { account } = Stack.of(this);
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
      ? Key.fromKeyArn(this, 'Key', kmsKey)
      : new Key(this, 'Key', {
          description: `Encrypts the alerts of ${productName} on their way`,
          enableKeyRotation: true,
          pendingWindow: Duration.days(7),
          removalPolicy: RemovalPolicy.DESTROY,
        });
    this.topic = new Topic(this, 'Topic', { displayName: 'EKS kubelet audit', masterKey: key, enforceSSL: true });
    for (const publisher of publishers) {
      key.addToResourcePolicy(
        new PolicyStatement({ ...publisher, actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'] }),
      );
      this.topic.addToResourcePolicy(
        new PolicyStatement({ ...publisher, actions: ['sns:Publish'], resources: [this.topic.topicArn] }),
      );
    }
    for (const address of alertAddresses) this.topic.addSubscription(new EmailSubscription(address));
  }
}
