import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { environment } from '../../lambda/contract/environment.ts';
import { type HubFunction, waiversFile } from '../../lambda/contract/names.ts';
import { accountScope } from '../config/account-scope.ts';
import { programEnvironment } from '../config/program-environment.ts';
import type { Settings } from '../config/settings.ts';
import { hubGrants } from '../constructs/access/hub-grants.ts';
import { tagged } from '../constructs/access/tagged.ts';
import { AlertBus } from '../constructs/alerts/alert-bus.ts';
import { AlertTopic } from '../constructs/alerts/alert-topic.ts';
import { PostureDashboard } from '../constructs/alerts/posture-dashboard.ts';
import { PostureInsights } from '../constructs/alerts/posture-insights.ts';
import { RunAlarms } from '../constructs/alerts/run-alarms.ts';
import { RunAlerts } from '../constructs/alerts/run-alerts.ts';
import { DeadLetters } from '../constructs/run/dead-letters.ts';
import { HubFunctionWithRole } from '../constructs/run/hub-function.ts';
import { RunBucket } from '../constructs/run/run-bucket.ts';
import { RunMachine, runMachineArn } from '../constructs/run/run-machine.ts';
import { RunSchedule } from '../constructs/run/run-schedule.ts';
import { isSigned, RunSigning } from '../constructs/run/run-signing.ts';

interface HubStackProps extends StackProps {
  readonly settings: Settings;
  /** The bundled program. */
  readonly code: Code;
}

/** The scheduled audit: one Region of one account, from which the clusters of every account are read with the member role. */
export class HubStack extends Stack {
  constructor(scope: Construct, id: string, { settings, code, ...stackProps }: HubStackProps) {
    super(scope, id, { description: 'Audits the kubelets of EKS clusters on a schedule', ...stackProps });

    tagged(this, settings);
    const { bucket } = new RunBucket(this, 'Runs', settings);
    const { queue: neverStarted } = new DeadLetters(this, 'NeverStarted', {
      of: 'the schedule and of the function that starts a run',
      ...settings,
    });
    const { topic } = new AlertTopic(this, 'Alerts', { ...settings, publishers: ['events.amazonaws.com'] });

    const stateMachineArn = runMachineArn(this);
    const grants = hubGrants(this, {
      bucketArn: bucket.bucketArn,
      stateMachineArn,
      accounts: accountScope(settings),
      organizationId: settings.organization?.id,
      isSigned: isSigned(settings),
      signingKey: settings.signingKey,
    });
    const environments = environmentsOf(settings, { bucket: bucket.bucketName, stateMachineArn });
    const hubFunction = (id: string, name: HubFunction, more: { vpc?: Settings['vpc']; failures?: IQueue } = {}) =>
      new HubFunctionWithRole(this, id, {
        name,
        code,
        grants: grants[name],
        environment: environments[name],
        logRetentionDays: settings.logRetentionDays,
        kmsKey: settings.kmsKey,
        ...more,
      }).function;

    const start = hubFunction('Start', 'start', { failures: neverStarted });
    const discover = hubFunction('Discover', 'discover');
    const audit = hubFunction('Audit', 'audit', { vpc: settings.vpc });
    const summarise = hubFunction('Summarise', 'summarise');
    if (isSigned(settings)) new RunSigning(this, 'Signing', { summarise, settings });

    const { machine } = new RunMachine(this, 'Run', { discover, audit, summarise, bucket, settings });
    new RunSchedule(this, 'Schedule', { start, neverStarted, settings });
    const undelivered = settings.alertBus
      ? new AlertBus(this, 'AlertBus', { alertBus: settings.alertBus, stateMachineArn, settings }).undelivered
      : undefined;
    const { alarms } = new RunAlarms(this, 'Alarms', {
      neverStarted,
      start,
      machine,
      topic,
      settings,
      ...(undelivered && { undelivered }),
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
}

/** The environment of each function, under the names that the program reads. */
function environmentsOf(
  settings: Settings,
  { bucket, stateMachineArn }: { readonly bucket: string; readonly stateMachineArn: string },
): Readonly<Record<HubFunction, Readonly<Record<string, string>>>> {
  const program = { ...programEnvironment(settings), [environment.bucket]: bucket };
  const waivers = settings.waivers !== undefined && { [environment.waivers]: waiversFile };
  return {
    start: { [environment.stateMachineArn]: stateMachineArn, [environment.bucket]: bucket },
    discover: program,
    audit: {
      ...program,
      [environment.inVpc]: String(settings.vpc !== undefined),
      ...waivers,
    },
    summarise: { ...program, ...waivers },
  };
}
