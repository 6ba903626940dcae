import { Aws, type CfnCondition, CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { environment } from '../../lambda/contract/environment.ts';
import {
  type HubFunction,
  memberRoleName,
  stateMachineName,
  sweepMachineName,
  waiversFile,
  waiversKey,
} from '../../lambda/contract/names.ts';
import { durationMs } from '../../lambda/contract/settings.ts';
import { accountScope, programEnvironment, sdkEnvironment } from '../config/program-environment.ts';
import type { Settings } from '../config/settings.ts';
import { merged } from '../constructs/access/grants.ts';
import {
  accountsOf,
  hubGrants,
  organizationGrants,
  roleInAccounts,
  sweepGrants,
} from '../constructs/access/hub-grants.ts';
import { tagged } from '../constructs/access/service-role.ts';
import { alertBus } from '../constructs/alerts/alert-bus.ts';
import { alertTopic } from '../constructs/alerts/alert-topic.ts';
import { postureDashboard, postureInsights } from '../constructs/alerts/posture-dashboard.ts';
import { onlyWhere, RunAlarms } from '../constructs/alerts/run-alarms.ts';
import { runAlerts } from '../constructs/alerts/run-alerts.ts';
import { machineArn, runMachine, sweepMachine } from '../constructs/run/audit-machine.ts';
import { runSchedule, sweepSchedule } from '../constructs/run/audit-schedule.ts';
import { deadLetters } from '../constructs/run/dead-letters.ts';
import { type ConditionalGrants, HubFunctionWithRole } from '../constructs/run/function-with-role.ts';
import { runBucket } from '../constructs/run/run-bucket.ts';
import { isSigned, signedBy } from '../constructs/run/run-signing.ts';
import type { HubParameters } from '../release/hub-parameters.ts';

interface HubStackProps extends StackProps {
  readonly settings: Settings;
  /** The bundled program. */
  readonly code: Code;
  /** Declares what a released template asks for, in place of the settings. */
  readonly parameters?: (stack: Stack) => HubParameters;
}

/** The scheduled audit: one Region of one account, from which the clusters of every account are read with the member role. */
export class HubStack extends Stack {
  readonly parameters: HubParameters | undefined;
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { settings: given, code, parameters, ...stackProps }: HubStackProps) {
    super(scope, id, { description: 'Audits the kubelets of EKS clusters on a schedule', ...stackProps });

    this.parameters = parameters?.(this);
    const settings = this.parameters?.settings ?? given;
    const swept = this.parameters?.sweeps ?? sweepsOf(settings);
    tagged(this, settings);
    const bucket = runBucket(new Construct(this, 'Runs'), { ...settings, hasSweeps: swept !== undefined });
    const neverStarted = deadLetters(new Construct(this, 'NeverStarted'), {
      of: 'the schedule and of the function that starts a run',
      ...settings,
    });
    const topic = alertTopic(new Construct(this, 'Alerts'), { ...settings, publishers: ['events.amazonaws.com'] });
    this.topic = topic;

    const { bucketArn, bucketName } = bucket;
    const stateMachineArn = machineArn(this, stateMachineName);
    const sweepMachineArn = machineArn(this, sweepMachineName);
    const grants = hubGrants(this, {
      bucketArn,
      stateMachineArn,
      memberAccounts: accountsOf(this, accountScope(settings)),
      settings,
    });
    const ofSweeps = sweepGrants({ bucketArn, sweepMachineArn, isSigned: isSigned(settings) });
    const conditional = this.parameters && conditionalGrants(this, { bucketArn, ofSweeps, ...this.parameters });
    const environments = environmentsOf(settings, {
      bucketName,
      stateMachineArn,
      sweepArn: swept && whereSwept(swept, sweepMachineArn),
      sweep: swept && whereSwept(swept, '1'),
      parameters: this.parameters,
    });
    const hubFunction = (id: string, name: HubFunction, more: { vpc?: Settings['vpc']; failures?: IQueue } = {}) =>
      new HubFunctionWithRole(this, id, {
        name,
        code,
        grants: swept && !swept.condition ? merged(grants[name], ofSweeps[name] ?? {}) : grants[name],
        conditionalGrants: conditional?.[name] ?? [],
        environment: environments[name],
        logRetentionDays: settings.logRetentionDays,
        kmsKey: settings.kmsKey,
        roleNamePrefix: settings.roleNamePrefix,
        ...more,
      }).function;

    const start = hubFunction('Start', 'start', { failures: neverStarted });
    const discover = hubFunction('Discover', 'discover');
    const audit = hubFunction('Audit', 'audit', { vpc: settings.vpc });
    const summarise = hubFunction('Summarise', 'summarise');
    if (isSigned(settings)) signedBy(new Construct(this, 'Signing'), summarise, settings);

    const machine = runMachine(this, 'Run', { discover, audit, summarise, bucket, settings });
    runSchedule(this, 'Schedule', { start, neverStarted, settings });
    const sweeps = swept && {
      ...swept,
      schedule: sweepSchedule(this, 'SweepSchedule', { discover, everyMinutes: swept.everyMinutes, settings }),
      items: sweepMachine(this, 'Sweep', { audit, settings }),
    };
    if (sweeps?.condition) for (const each of [sweeps.schedule, sweeps.items]) onlyWhere(each, sweeps.condition);
    const undelivered = settings.alertBus
      ? alertBus(new Construct(this, 'AlertBus'), { alertBus: settings.alertBus, stateMachineArn, settings })
      : undefined;
    const { alarms } = new RunAlarms(this, 'Alarms', {
      neverStarted,
      start,
      machine,
      topic,
      settings,
      ...(this.parameters && { maxHoursBetweenRuns: this.parameters.maxHoursBetweenRuns }),
      ...(undelivered && { undelivered }),
      ...(sweeps && { sweeps: { ...sweeps, machine: sweeps.items.machine } }),
    });
    runAlerts(new Construct(this, 'Events'), { stateMachineArn, topic, isSigned: isSigned(settings) });
    postureDashboard(new Construct(this, 'Posture'), alarms);
    if (settings.publish) postureInsights(new Construct(this, 'SecurityHub'), settings.securityHub);

    new CfnOutput(this, 'BucketName', { value: bucket.bucketName });
    new CfnOutput(this, 'StateMachineArn', { value: machine.stateMachineArn });
    new CfnOutput(this, 'AlertTopicArn', { value: topic.topicArn });
    new CfnOutput(this, 'NeverStartedQueueUrl', { value: neverStarted.queueUrl });
    new CfnOutput(this, 'RunNow', {
      description: 'Starts a run by hand, unless one is going',
      value: `aws lambda invoke --region ${this.region} --function-name ${start.functionName} --cli-binary-format raw-in-base64-out --payload '{}' /dev/stdout`,
    });
  }
}

/** Where there are sweeps; always when there is no condition. */
interface Sweeps {
  readonly everyMinutes: number;
  readonly condition?: CfnCondition;
}

const sweepsOf = ({ sweep }: Settings): Sweeps | undefined =>
  sweep === undefined ? undefined : { everyMinutes: durationMs(sweep) / 60_000 };

const whereSwept = ({ condition }: Sweeps, value: string): string =>
  condition ? Fn.conditionIf(condition.logicalId, value, Aws.NO_VALUE).toString() : value;

interface ConditionalOptions extends HubParameters {
  readonly bucketArn: string;
  readonly ofSweeps: ReturnType<typeof sweepGrants>;
}

/** What a role may do only where a parameter asks for it. */
function conditionalGrants(stack: Stack, { bucketArn, ofSweeps, organization, waivers, sweeps }: ConditionalOptions) {
  const swept = (name: HubFunction) => ({ condition: sweeps.condition, grants: ofSweeps[name] ?? {} });
  const readsWaivers = {
    condition: waivers.condition,
    grants: { 's3:GetObject': [{ resources: [`${bucketArn}/${waiversKey}`] }] },
  };
  const { condition } = organization;
  const members = { 'sts:AssumeRole': [roleInAccounts(stack, ['*'], memberRoleName, organization)] };
  return {
    discover: [{ condition, grants: { ...organizationGrants(stack, organization.id), ...members } }, swept('discover')],
    audit: [{ condition, grants: members }, readsWaivers, swept('audit')],
    summarise: [readsWaivers, swept('summarise')],
  } as Partial<Record<HubFunction, readonly ConditionalGrants[]>>;
}

interface EnvironmentsOptions {
  readonly bucketName: string;
  readonly stateMachineArn: string;
  readonly sweepArn: string | undefined;
  readonly sweep: string | undefined;
  readonly parameters: HubParameters | undefined;
}

/** The environment of each function, under the names that the program reads. */
function environmentsOf(
  settings: Settings,
  { bucketName, stateMachineArn, sweepArn, sweep, parameters }: EnvironmentsOptions,
): Readonly<Record<HubFunction, Readonly<Record<string, string>>>> {
  const bucket = { [environment.bucket]: bucketName };
  const program = { ...programEnvironment(settings), ...parameters?.environment, ...bucket };
  const waivers = {
    ...(settings.waivers !== undefined && { [environment.waivers]: waiversFile }),
    ...(parameters && {
      [environment.waiversObject]: Fn.conditionIf(parameters.waivers.condition.logicalId, waiversKey, '').toString(),
    }),
  };
  return {
    start: { ...sdkEnvironment(settings), [environment.stateMachineArn]: stateMachineArn, ...bucket },
    discover: { ...program, ...(sweepArn !== undefined && { [environment.sweepMachineArn]: sweepArn }) },
    audit: { ...program, [environment.inVpc]: String(settings.vpc !== undefined), ...waivers },
    summarise: { ...program, ...waivers, ...(sweep !== undefined && { [environment.sweep]: sweep }) },
  };
}
