import { Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Settings } from '../../config/settings.ts';
import { ownKey } from '../access/grants.ts';

/** Keeps events that could not be delivered, or whose function failed finally. */
export function deadLetters(
  scope: Construct,
  { of, kmsKey }: { readonly of: string } & Partial<Pick<Settings, 'kmsKey'>>,
): Queue {
  const key = ownKey(scope, kmsKey);
  const queue = new Queue(scope, 'Queue', {
    ...(key
      ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key }
      : { encryption: QueueEncryption.SQS_MANAGED }),
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions::AwsSolutions-SQS3',
    reason: `This queue is the dead-letter queue of ${of}`,
  });
  return queue;
}

/** Lets EventBridge leave there what these rules could not deliver. */
export function undeliveredFrom(queue: Queue, ruleArns: readonly string[]): void {
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': [...ruleArns] } },
    }),
  );
}
