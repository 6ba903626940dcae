import { Aws, type CfnCondition, CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { environment } from '../../lambda/contract/environment.ts';
import { type HubFunction, waiversFile, waiversKey } from '../../lambda/contract/names.ts';
import { durationMs } from '../../lambda/contract/settings.ts';
import { accountScope } from '../config/account-scope.ts';
import { programEnvironment, sdkEnvironment } from '../config/program-environment.ts';
import type { Settings } from '../config/settings.ts';
import { merged } from '../constructs/access/grants.ts';
import { accountsOf, hubGrants, organizationGrants, sweepGrants } from '../constructs/access/hub-grants.ts';
import { tagged } from '../constructs/access/tagged.ts';
import { AlertBus } from '../constructs/alerts/alert-bus.ts';
import { AlertTopic } from '../constructs/alerts/alert-topic.ts';
import { PostureDashboard } from '../constructs/alerts/posture-dashboard.ts';
import { PostureInsights } from '../constructs/alerts/posture-insights.ts';
import { RunAlarms } from '../constructs/alerts/run-alarms.ts';
import { RunAlerts } from '../constructs/alerts/run-alerts.ts';
import { onlyWhere } from '../constructs/only-where.ts';
import { DeadLetters } from '../constructs/run/dead-letters.ts';
import type { ConditionalGrants } from '../constructs/run/function-with-role.ts';
import { HubFunctionWithRole } from '../constructs/run/hub-function.ts';
import { RunBucket } from '../constructs/run/run-bucket.ts';
import { RunMachine, runMachineArn } from '../constructs/run/run-machine.ts';
import { RunSchedule } from '../constructs/run/run-schedule.ts';
import { isSigned, RunSigning } from '../constructs/run/run-signing.ts';
import { SweepMachine, sweepMachineArn } from '../constructs/sweep/sweep-machine.ts';
import { SweepSchedule } from '../constructs/sweep/sweep-schedule.ts';

/** What a released template leaves to its parameters. Values are tokens, and what depends on a choice has a condition. */
export interface HubParameters {
  readonly settings: Settings;
  /** Variables of every function that audits, in place of those of the settings. */
  readonly environment: Readonly<Record<string, string>>;
  readonly memberAccounts: readonly string[];
  readonly organization: {
    readonly condition: CfnCondition;
    readonly id: string;
    readonly units: readonly string[];
    readonly regions: readonly string[];
    readonly homeRegion: string;
  };
  readonly maxHoursBetweenRuns: number;
  readonly alertAddress: { readonly condition: CfnCondition; readonly address: string };
  /** Whether waivers are read from the bucket. */
  readonly waivers: { readonly condition: CfnCondition };
  readonly sweeps: Sweeps & { readonly condition: CfnCondition };
}

interface Sweeps {
  readonly everyMinutes: number;
  /** Where there are sweeps; always when absent. */
  readonly condition?: CfnCondition;
}

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
    const { bucket } = new RunBucket(this, 'Runs', { ...settings, hasSweeps: swept !== undefined });
    const { queue: neverStarted } = new DeadLetters(this, 'NeverStarted', {
      of: 'the schedule and of the function that starts a run',
      ...settings,
    });
    const { topic } = new AlertTopic(this, 'Alerts', { ...settings, publishers: ['events.amazonaws.com'] });
    this.topic = topic;

    const stateMachineArn = runMachineArn(this);
    const grants = hubGrants(this, {
      bucketArn: bucket.bucketArn,
      stateMachineArn,
      memberAccounts: this.parameters?.memberAccounts ?? accountsOf(this, accountScope(settings)),
      organizationId: settings.organization?.id,
      isSigned: isSigned(settings),
      signingKeys: [settings.signingKey, settings.previousSigningKey].filter((each) => each !== undefined),
      roleNamePrefix: settings.roleNamePrefix,
    });
    const environments = environmentsOf(settings, {
      bucket: bucket.bucketName,
      stateMachineArn,
      ...(swept && { sweepMachineArn: whereSwept(swept, sweepMachineArn(this)), sweep: whereSwept(swept, '1') }),
      parameters: this.parameters,
    });
    const ofSweeps = sweepGrants({
      bucketArn: bucket.bucketArn,
      sweepMachineArn: sweepMachineArn(this),
      isSigned: isSigned(settings),
    });
    const conditional = conditionalGrants(this, { bucketArn: bucket.bucketArn, ofSweeps });
    const hubFunction = (id: string, name: HubFunction, more: { vpc?: Settings['vpc']; failures?: IQueue } = {}) =>
      new HubFunctionWithRole(this, id, {
        name,
        code,
        grants: swept && !swept.condition ? merged(grants[name], ofSweeps[name] ?? {}) : grants[name],
        conditionalGrants: conditional[name] ?? [],
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
    if (isSigned(settings)) new RunSigning(this, 'Signing', { summarise, settings });

    const { machine } = new RunMachine(this, 'Run', { discover, audit, summarise, bucket, settings });
    new RunSchedule(this, 'Schedule', { start, neverStarted, settings });
    const sweeps = swept && { ...swept, ...this.#sweeps({ discover, audit, settings, ...swept }) };
    const undelivered = settings.alertBus
      ? new AlertBus(this, 'AlertBus', { alertBus: settings.alertBus, stateMachineArn, settings }).undelivered
      : undefined;
    const { alarms } = new RunAlarms(this, 'Alarms', {
      neverStarted,
      start,
      machine,
      topic,
      settings,
      ...(this.parameters && { maxHoursBetweenRuns: this.parameters.maxHoursBetweenRuns }),
      ...(undelivered && { undelivered }),
      ...(sweeps && { sweeps }),
    });
    new RunAlerts(this, 'Events', { stateMachineArn, topic, isSigned: isSigned(settings) });
    new PostureDashboard(this, 'Posture', { alarms });
    if (settings.publish) new PostureInsights(this, 'SecurityHub', settings.securityHub);

    new CfnOutput(this, 'BucketName', { value: bucket.bucketName });
    new CfnOutput(this, 'StateMachineArn', { value: machine.stateMachineArn });
    new CfnOutput(this, 'AlertTopicArn', { value: topic.topicArn });
    new CfnOutput(this, 'NeverStartedQueueUrl', { value: neverStarted.queueUrl });
    new CfnOutput(this, 'RunNow', {
      description: 'Starts a run by hand, unless one is going',
      value: `aws lambda invoke --region ${this.region} --function-name ${start.functionName} --cli-binary-format raw-in-base64-out --payload '{}' /dev/stdout`,
    });
  }

  #sweeps({ settings, discover, audit, everyMinutes, condition }: SweepsOptions): Pick<SweepMachine, 'machine'> {
    const schedule = new SweepSchedule(this, 'SweepSchedule', { discover, everyMinutes, settings });
    const items = new SweepMachine(this, 'Sweep', { audit, settings });
    if (condition) for (const each of [schedule, items]) onlyWhere(each, condition);
    return items;
  }
}

const sweepsOf = ({ sweep }: Settings): Sweeps | undefined =>
  sweep === undefined ? undefined : { everyMinutes: durationMs(sweep) / 60_000 };

const whereSwept = ({ condition }: Sweeps, value: string): string =>
  condition ? Fn.conditionIf(condition.logicalId, value, Aws.NO_VALUE).toString() : value;

interface SweepsOptions extends Sweeps {
  readonly settings: Settings;
  readonly discover: IFunction;
  readonly audit: IFunction;
}

/** What a role may do only where a parameter asks for it. */
function conditionalGrants(
  stack: HubStack,
  { bucketArn, ofSweeps }: { readonly bucketArn: string; readonly ofSweeps: ReturnType<typeof sweepGrants> },
): Partial<Record<HubFunction, readonly ConditionalGrants[]>> {
  if (!stack.parameters) return {};

  const { organization, waivers, sweeps } = stack.parameters;
  const readsWaivers: ConditionalGrants = {
    condition: waivers.condition,
    grants: { 's3:GetObject': [{ resources: [`${bucketArn}/${waiversKey}`] }] },
  };
  return {
    discover: [
      { condition: organization.condition, grants: organizationGrants(stack, organization.id) },
      { condition: sweeps.condition, grants: ofSweeps.discover ?? {} },
    ],
    audit: [readsWaivers, { condition: sweeps.condition, grants: ofSweeps.audit ?? {} }],
    summarise: [readsWaivers, { condition: sweeps.condition, grants: ofSweeps.summarise ?? {} }],
  };
}

interface EnvironmentsOptions {
  readonly bucket: string;
  readonly stateMachineArn: string;
  readonly sweepMachineArn?: string;
  readonly sweep?: string;
  readonly parameters: HubParameters | undefined;
}

/** The environment of each function, under the names that the program reads. */
function environmentsOf(
  settings: Settings,
  { bucket, stateMachineArn, sweepMachineArn: sweepArn, sweep, parameters }: EnvironmentsOptions,
): Readonly<Record<HubFunction, Readonly<Record<string, string>>>> {
  const program = { ...programEnvironment(settings), ...parameters?.environment, [environment.bucket]: bucket };
  const waivers = {
    ...(settings.waivers !== undefined && { [environment.waivers]: waiversFile }),
    ...(parameters && {
      [environment.waiversObject]: Fn.conditionIf(parameters.waivers.condition.logicalId, waiversKey, '').toString(),
    }),
  };
  return {
    start: {
      ...sdkEnvironment(settings),
      [environment.stateMachineArn]: stateMachineArn,
      [environment.bucket]: bucket,
    },
    discover: { ...program, ...(sweepArn !== undefined && { [environment.sweepMachineArn]: sweepArn }) },
    audit: {
      ...program,
      [environment.inVpc]: String(settings.vpc !== undefined),
      ...waivers,
    },
    summarise: { ...program, ...waivers, ...(sweep !== undefined && { [environment.sweep]: sweep }) },
  };
}
