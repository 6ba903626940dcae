import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { approvalTopicName } from '../../../lambda/contract/remediation-names.ts';

/** Where a runbook of this account and Region says that it waits for an approval. Only roles of the account publish, and of them only the runbook's is allowed to. */
export class ApprovalTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { addresses }: { readonly addresses: readonly string[] }) {
    super(scope, id);

    this.topic = new Topic(this, 'Topic', {
      topicName: approvalTopicName,
      displayName: 'EKS kubelet remediation',
      // The key that AWS manages for SNS: roles of the account may use it through SNS, and it costs nothing in any account.
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
      enforceSSL: true,
    });
    for (const address of addresses) this.topic.addSubscription(new EmailSubscription(address));
  }
}
