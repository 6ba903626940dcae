import { Aws, type CfnCondition, type CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { CfnRule, type EventPattern } from 'aws-cdk-lib/aws-events';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import {
  type remediationActions,
  remediationBusName,
  remediationEventsRoleName,
  remediationRunbookName,
  runbookEnded,
} from '../../../lambda/contract/remediation-names.ts';
import { type Grants, policyOf } from '../access/grants.ts';
import { orElse } from '../access/hub-trust.ts';
import { DeadLetters, undeliveredFrom } from '../run/dead-letters.ts';

interface RunbookEndEventsProps {
  readonly hubAccount: string;
  /** The Region of the hub; empty for the one in which roles are made. */
  readonly hubRegion: CfnParameter;
  /** The Region in which roles are made; empty for this one. */
  readonly roleRegion: CfnParameter;
  /** Whether this is the account's one Region in which roles are made. */
  readonly here: CfnCondition;
}

/** Our runbook, come to an end: nothing else of Systems Manager. */
export const runbookEndedPattern = {
  source: [runbookEnded.source],
  detailType: [runbookEnded.detailType],
  detail: { Definition: [remediationRunbookName], Status: [...runbookEnded.statuses] },
} satisfies EventPattern;

/** Sends the end of a runbook here to the hub, so that it reads the nodes again at once. */
export class RunbookEndEvents extends Construct {
  constructor(scope: Construct, id: string, { hubAccount, hubRegion, roleRegion, here }: RunbookEndEventsProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const bus = stack.formatArn({
      service: 'events',
      account: hubAccount,
      region: orElse(this, 'HubRegionGiven', {
        parameter: hubRegion,
        own: orElse(this, 'RoleRegionGiven', { parameter: roleRegion, own: Aws.REGION }),
      }),
      resource: `event-bus/${remediationBusName}`,
    });

    const grants: Grants<(typeof remediationActions)['events'][number]> = {
      'events:PutEvents': [{ resources: [bus] }],
    };
    const role = new CfnRole(this, 'Role', {
      roleName: remediationEventsRoleName,
      description: 'Reports to the hub that the runbook which fixes kubelets has ended: EventBridge alone uses it',
      assumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'aws:SourceAccount': stack.account } },
          },
        ],
      },
      policies: [{ policyName: 'tell', policyDocument: policyOf(grants) }],
    });
    role.cfnOptions.condition = here;

    const { queue } = new DeadLetters(this, 'Undelivered', { of: 'the rule that reports to the hub' });
    const rule = new CfnRule(this, 'Rule', {
      description: 'Reports to the hub that the runbook which fixes kubelets has ended here',
      eventPattern: {
        account: [stack.account],
        source: runbookEndedPattern.source,
        'detail-type': runbookEndedPattern.detailType,
        detail: runbookEndedPattern.detail,
      },
      targets: [
        {
          id: 'Hub',
          arn: bus,
          // EventBridge takes no rule whose role is not there: the reference makes the rule wait for it. In other Regions it is the same role, by its name.
          roleArn: Fn.conditionIf(
            here.logicalId,
            role.attrArn,
            stack.formatArn({ service: 'iam', region: '', resource: `role/${remediationEventsRoleName}` }),
          ).toString(),
          retryPolicy: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 10 },
          deadLetterConfig: { arn: queue.queueArn },
        },
      ],
    });
    undeliveredFrom(queue, [rule.attrArn]);
  }
}
