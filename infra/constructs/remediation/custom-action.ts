import { Duration, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnActionTarget } from 'aws-cdk-lib/aws-securityhub';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { customActionId } from '../../../lambda/contract/remediation-names.ts';

interface CustomActionProps {
  readonly target: IFunction;
  /** Where a request waits that could not be delivered. */
  readonly undelivered: IQueue;
}

/** The button in Security Hub, and what hears it. In the home Region it works on the findings of every linked Region. */
export class CustomAction extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { target, undelivered }: CustomActionProps) {
    super(scope, id);

    const action = new CfnActionTarget(this, 'Action', {
      id: customActionId,
      name: 'Remediate kubelet',
      description: 'Audits the nodes of the chosen findings again, and asks an approver to have what still fails fixed',
    });
    this.arn = action.attrActionTargetArn;

    new Rule(this, 'Rule', {
      description: `Hands findings for which ${customActionId} was chosen to the function that starts the runbook`,
      eventPattern: {
        source: ['aws.securityhub'],
        detailType: ['Security Hub Findings - Custom Action'],
        account: [Stack.of(this).account],
        resources: [this.arn],
      },
      targets: [
        new LambdaFunction(target, {
          deadLetterQueue: undelivered,
          retryAttempts: 10,
          // After an hour, the button has been pressed again.
          maxEventAge: Duration.hours(1),
        }),
      ],
    });
  }
}
