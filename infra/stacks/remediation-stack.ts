import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Code, IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnActionTarget } from 'aws-cdk-lib/aws-securityhub';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { environment } from '../../lambda/contract/environment.ts';
import { memberRoleName, waiversFile } from '../../lambda/contract/names.ts';
import {
  approverRoleName,
  customActionId,
  remediateFunction,
  type remediationActions,
  remediationEnvironment,
  remediationRoleName,
} from '../../lambda/contract/remediation-names.ts';
import { accountScope, ofRemediation, programEnvironment } from '../config/program-environment.ts';
import type { Settings } from '../config/settings.ts';
import type { Grants } from '../constructs/access/grants.ts';
import { accountsOf, roleInAccounts } from '../constructs/access/hub-grants.ts';
import { tagged } from '../constructs/access/service-role.ts';
import { alertTopic } from '../constructs/alerts/alert-topic.ts';
import { anythingIn, productAlarm } from '../constructs/alerts/run-alarms.ts';
import { responseParameters } from '../constructs/remediation/response-runbook.ts';
import { runbookEnds } from '../constructs/remediation/runbook-ends.ts';
import { deadLetters } from '../constructs/run/dead-letters.ts';
import { FunctionWithRole } from '../constructs/run/function-with-role.ts';

interface RemediationStackProps extends StackProps {
  readonly settings: Settings;
  /** The bundled program. */
  readonly code: Code;
}

/**
 * The way from Security Hub to the runbook and back: a custom action, the function behind it, and the bus that reports the end of runbooks. It is
 * independent of the hub's stack.
 */
export class RemediationStack extends Stack {
  constructor(scope: Construct, id: string, { settings, code, ...stackProps }: RemediationStackProps) {
    super(scope, id, { description: 'Starts remedies of kubelets that people ask for in Security Hub', ...stackProps });

    tagged(this, settings);
    const failures = deadLetters(new Construct(this, 'Unheard'), {
      of: 'the custom action and of the function behind it',
      ...settings,
    });
    const accounts = accountScope(settings);
    const grants: Grants<(typeof remediationActions)['function'][number]> = {
      'sts:AssumeRole': [memberRoleName, remediationRoleName].map((name) =>
        roleInAccounts(this, accountsOf(this, accounts), name, settings.organization),
      ),
    };
    const { reservedConcurrency = 0 } = settings.remediation ?? {};
    // Other accounts trigger it by the ends of their runbooks: they shall not take what the audit's functions need.
    const isReserved = accounts.kind !== 'own' && reservedConcurrency > 0;
    const { function: remediate } = new FunctionWithRole(this, 'Remediate', {
      ...remediateFunction,
      description:
        'Audits again what somebody wants fixed, starts the runbook, which asks an approver, and audits once more when it ends',
      entry: 'remediate',
      memorySize: 512,
      timeout: Duration.minutes(15),
      code,
      grants,
      ...(isReserved && { reservedConcurrency }),
      environment: {
        // Only the node itself shows where a value comes from, and only that is fixed. This function dials no node.
        ...programEnvironment(ofRemediation(settings)),
        [environment.inVpc]: String(settings.vpc !== undefined),
        ...(settings.waivers !== undefined && { [environment.waivers]: waiversFile }),
        [remediationEnvironment.approvers]: `role/${approverRoleName}`,
        ...(settings.remediation?.withoutReady && { [remediationEnvironment.withoutReady]: 'true' }),
      },
      // The way to private API servers, which say whether nodes are Ready.
      vpc: settings.vpc,
      logRetentionDays: settings.logRetentionDays,
      kmsKey: settings.kmsKey,
      failures,
    });
    const actionArn = customAction(new Construct(this, 'Button'), remediate, failures);

    runbookEnds(new Construct(this, 'Ends'), {
      accounts,
      organizationId: settings.organization?.id,
      target: remediate,
      undelivered: failures,
    });
    const topic = alertTopic(new Construct(this, 'Alerts'), settings);
    // A press of the button or the end of a runbook was lost: it was not delivered, or failed finally.
    productAlarm(
      new Construct(this, 'Unread'),
      {
        name: 'remedy-unheard',
        says: 'A remedy was asked for, or has ended, and the function that acts on it failed',
        metric: anythingIn(failures),
      },
      'Alarm',
    ).addAlarmAction(new SnsAction(topic));

    if (settings.remediation?.automatedSecurityResponse) responseParameters(new Construct(this, 'Response'));

    new CfnOutput(this, 'CustomActionArn', { value: actionArn });
    new CfnOutput(this, 'UnheardQueueUrl', { value: failures.queueUrl });
  }
}

/** The button in Security Hub, and what hears it. In the home Region it works on the findings of every linked Region. @returns its ARN */
function customAction(scope: Construct, target: IFunction, undelivered: IQueue): string {
  const { attrActionTargetArn } = new CfnActionTarget(scope, 'Action', {
    id: customActionId,
    name: 'Remediate kubelet',
    description: 'Audits the nodes of the chosen findings again, and asks an approver to have what still fails fixed',
  });
  new Rule(scope, 'Rule', {
    description: `Hands findings for which ${customActionId} was chosen to the function that starts the runbook`,
    eventPattern: {
      source: ['aws.securityhub'],
      detailType: ['Security Hub Findings - Custom Action'],
      account: [Stack.of(scope).account],
      resources: [attrActionTargetArn],
    },
    // After an hour, the button has been pressed again.
    targets: [
      new LambdaFunction(target, { deadLetterQueue: undelivered, retryAttempts: 10, maxEventAge: Duration.hours(1) }),
    ],
  });
  return attrActionTargetArn;
}
