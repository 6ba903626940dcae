import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { productName } from '../../../lambda/contract/names.ts';

/** Somebody pressed the button, or a runbook ended, and nobody heard: the queue holds what was not delivered and what failed for good. */
export class UnheardAlarm extends Construct {
  constructor(scope: Construct, id: string, { unheard, topic }: { readonly unheard: IQueue; readonly topic: ITopic }) {
    super(scope, id);

    new Alarm(this, 'Alarm', {
      alarmName: `${productName}-remedy-unheard`,
      alarmDescription:
        'A remedy was asked for, or has ended, and the function that acts on it failed. What to do: docs/runbook.md#remedy-unheard',
      metric: unheard.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: Stats.MAXIMUM,
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(topic));
  }
}
