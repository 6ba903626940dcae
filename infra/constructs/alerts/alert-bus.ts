import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { eventSource } from '../../../lambda/contract/events.ts';
import { productName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';
import { serviceRole } from '../access/service-role.ts';
import { deadLetters, undeliveredFrom } from '../run/dead-letters.ts';
import { failedRuns } from './run-alerts.ts';

interface AlertBusProps {
  readonly alertBus: string;
  readonly stateMachineArn: string;
  readonly settings: Pick<Settings, 'kmsKey' | 'roleNamePrefix'>;
}

/**
 * Sends everything that is announced to an event bus of the settings. These are the program's own events, runs that
 * ended without a summary, and each alarm that starts or ends. The bus may be in another account or Region; its policy must admit the role.
 */
export function alertBus(scope: Construct, { alertBus, stateMachineArn, settings }: AlertBusProps): Queue {
  const stack = Stack.of(scope);

  const undelivered = deadLetters(new Construct(scope, 'Undelivered'), {
    of: "the rules of the settings' event bus",
    ...settings,
  });
  const { roleArn } = serviceRole(scope, {
    prefix: settings.roleNamePrefix,
    name: 'EksKubeletAuditAlertBus',
    description: `Lets EventBridge put the alerts of ${productName} on the event bus of the settings`,
    service: 'events.amazonaws.com',
    policyName: 'tell',
    grants: { 'events:PutEvents': [{ resources: [alertBus] }] },
  });

  const alarms = stack.formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: `${productName}-`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const { detailType, ...ofRuns } = failedRuns(stateMachineArn);
  const patterns = {
    Findings: { source: [eventSource] },
    Runs: { ...ofRuns, 'detail-type': detailType },
    Alarms: {
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      resources: [{ prefix: alarms }],
    },
  };
  const rules = Object.entries(patterns).map(([name, eventPattern]) => {
    const rule = new CfnRule(scope, name, {
      description: `Hands what ${productName} has to tell to the event bus of the settings: ${name.toLowerCase()}`,
      eventPattern: { ...eventPattern, account: [stack.account] },
      targets: [
        {
          id: 'Bus',
          arn: alertBus,
          roleArn,
          retryPolicy: { maximumEventAgeInSeconds: Duration.hours(24).toSeconds(), maximumRetryAttempts: 185 },
          deadLetterConfig: { arn: undelivered.queueArn },
        },
      ],
    });
    return rule.attrArn;
  });
  undeliveredFrom(undelivered, rules);
  return undelivered;
}
