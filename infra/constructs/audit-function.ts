import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { environment } from '../../lambda/contract/environment.ts';
import { productName } from '../../lambda/contract/names.ts';
import type { Settings } from '../config/settings.ts';

interface AuditFunctionProps {
  readonly role: IRole;
  readonly code: Code;
  readonly settings: Settings;
}

/** The function that audits the clusters of its account and Region, with its own log group. */
export class AuditFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, { role, code, settings }: AuditFunctionProps) {
    super(scope, id);

    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${productName}`,
      retention: settings.logRetentionDays,
      // Findings are the record, logs are for operators; a group kept under its fixed name would stop the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });

    this.function = new LambdaFunction(this, 'Function', {
      functionName: productName,
      description: 'Audits the kubelets of the EKS clusters in this account and Region',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code,
      handler: 'index.handler',
      role,
      memorySize: 512,
      timeout: Duration.minutes(15),
      // Two audits at once would write the same findings.
      reservedConcurrentExecutions: 1,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: environmentOf(settings),
    });

    logGroup.grantWrite(role);
    this.function.configureAsyncInvoke({ retryAttempts: 1, maxEventAge: Duration.hours(1) });
  }
}

function environmentOf(settings: Settings): Record<string, string> {
  return {
    [environment.controls]: settings.controls.join(','),
    [environment.benchmark]: settings.benchmark,
    [environment.scope]: settings.scope,
    [environment.sources]: settings.sources.join(','),
    [environment.concurrency]: String(settings.concurrency),
    [environment.nodeTimeout]: settings.nodeTimeout,
    [environment.publish]: String(settings.publish),
    [environment.everySource]: String(settings.everySource),
  };
}
