import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { eventSource } from '../../../lambda/contract/events.ts';
import { productName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';
import { policyOf } from '../access/grants.ts';
import { prefixedRoleName } from '../access/prefixed-role-name.ts';
import { DeadLetters, undeliveredFrom } from '../run/dead-letters.ts';

interface AlertBusProps {
  readonly alertBus: string;
  readonly stateMachineArn: string;
  readonly settings: Pick<Settings, 'kmsKey' | 'roleNamePrefix'>;
}

/**
 * Sends everything that is announced to an event bus of the settings. These are the program's own events, runs that
 * ended without a summary, and each alarm that starts or ends. The bus may be in another account or Region; its policy must admit the role.
 */
export class AlertBus extends Construct {
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { alertBus, stateMachineArn, settings }: AlertBusProps) {
    super(scope, id);
    const stack = Stack.of(this);

    this.undelivered = new DeadLetters(this, 'Undelivered', {
      of: "the rules of the settings' event bus",
      ...settings,
    }).queue;
    const role = new Role(this, 'Role', {
      ...prefixedRoleName(settings.roleNamePrefix, 'EksKubeletAuditAlertBus'),
      description: `Lets EventBridge put the alerts of ${productName} on the event bus of the settings`,
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      inlinePolicies: { tell: policyOf({ 'events:PutEvents': [{ resources: [alertBus] }] }) },
    });

    const alarms = stack.formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: `${productName}-`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const patterns = {
      Findings: { source: [eventSource] },
      Runs: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      Alarms: {
        source: ['aws.cloudwatch'],
        'detail-type': ['CloudWatch Alarm State Change'],
        resources: [{ prefix: alarms }],
      },
    };
    const rules = Object.entries(patterns).map(([name, eventPattern]) => {
      const rule = new CfnRule(this, name, {
        description: `Hands what ${productName} has to tell to the event bus of the settings: ${name.toLowerCase()}`,
        eventPattern: { ...eventPattern, account: [stack.account] },
        targets: [
          {
            id: 'Bus',
            arn: alertBus,
            roleArn: role.roleArn,
            retryPolicy: { maximumEventAgeInSeconds: Duration.hours(24).toSeconds(), maximumRetryAttempts: 185 },
            deadLetterConfig: { arn: this.undelivered.queueArn },
          },
        ],
      });
      return rule.attrArn;
    });
    undeliveredFrom(this.undelivered, rules);
  }
}
