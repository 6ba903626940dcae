import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { itemsFile, runPrefix, stateMachineName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';
import { acknowledgeWildcards, anywhere, type Grant, type Grants, policyOf } from '../access/grants.ts';
import { keyGrants } from '../access/own-key.ts';
import { prefixedRoleName } from '../access/prefixed-role-name.ts';
import { encryption } from './function-with-role.ts';
import { runDefinition } from './run-definition.ts';

interface RunMachineProps {
  readonly discover: IFunction;
  readonly audit: IFunction;
  readonly summarise: IFunction;
  readonly bucket: Bucket;
  readonly settings: Pick<
    Settings,
    'maxConcurrentClusters' | 'toleratedFailurePercentage' | 'logRetentionDays' | 'kmsKey' | 'roleNamePrefix'
  >;
}

/** The ARN of the state machine, before there is one: its name is fixed. */
export const runMachineArn = (stack: Stack): string =>
  stack.formatArn({ service: 'states', resource: `stateMachine:${stateMachineName}` });

/** The state machine that a run is one execution of. */
export class RunMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: RunMachineProps) {
    super(scope, id);
    const stack = Stack.of(this);

    const logGroup = new LogGroup(this, 'Logs', {
      // Log groups of this prefix count as one in the policy by which services may deliver logs.
      logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
      retention: props.settings.logRetentionDays,
      ...encryption(this, props.settings.kmsKey),
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const allowed = { ...grants(stack, props), ...keyGrants(this, props.settings.kmsKey, ['s3']) };
    const role = new Role(this, 'Role', {
      ...prefixedRoleName(props.settings.roleNamePrefix, 'EksKubeletAuditRun'),
      description: `Lets the state machine ${stateMachineName} invoke its functions, start its own items and keep what they answered`,
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      inlinePolicies: { run: policyOf(allowed) },
    });
    acknowledgeWildcards(role, allowed);

    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(
        stack.toJsonString(
          runDefinition({
            partition: stack.partition,
            discoverArn: props.discover.functionArn,
            auditArn: props.audit.functionArn,
            summariseArn: props.summarise.functionArn,
            bucketName: props.bucket.bucketName,
            maxConcurrentClusters: props.settings.maxConcurrentClusters,
            toleratedFailurePercentage: props.settings.toleratedFailurePercentage,
          }),
        ),
      ),
      // Its rights stand above: what CDK would add covers more.
      role: role.withoutPolicyUpdates(),
      // Names and times of every step; what passes between them is in S3.
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
    });
  }
}

function grants(stack: Stack, { discover, audit, summarise, bucket }: RunMachineProps): Grants {
  const execution = (resource: string): Grant => ({
    resources: [stack.formatArn({ service: 'states', resource: `execution:${resource}` })],
    why: 'The items of a run are executions of the machine itself, whose names Step Functions makes',
  });
  const objects = (keys: string): Grant => ({
    resources: [bucket.arnForObjects(`${runPrefix}${keys}`)],
    why: 'Each run has a prefix of its own',
  });
  const mapResults = objects('*/map/*');

  return {
    'lambda:InvokeFunction': [{ resources: [discover, audit, summarise].map((each) => each.functionArn) }],

    // The Distributed Map.
    'states:StartExecution': [{ resources: [runMachineArn(stack)] }],
    'states:DescribeExecution': [execution(`${stateMachineName}:*`), execution(`${stateMachineName}/AuditItems:*`)],
    'states:StopExecution': [execution(`${stateMachineName}:*`), execution(`${stateMachineName}/AuditItems:*`)],
    'states:RedriveExecution': [execution(`${stateMachineName}/AuditItems:*`)],
    's3:GetObject': [objects(`*/${itemsFile}`), mapResults],
    's3:PutObject': [mapResults],
    's3:ListMultipartUploadParts': [mapResults],
    's3:AbortMultipartUpload': [mapResults],

    ...observing,
  };
}

/** Logs and traces of a state machine. */
export const observing = {
  'logs:CreateLogDelivery': [anywhere],
  'logs:GetLogDelivery': [anywhere],
  'logs:UpdateLogDelivery': [anywhere],
  'logs:DeleteLogDelivery': [anywhere],
  'logs:ListLogDeliveries': [anywhere],
  'logs:PutResourcePolicy': [anywhere],
  'logs:DescribeResourcePolicies': [anywhere],
  'logs:DescribeLogGroups': [anywhere],
  'xray:PutTraceSegments': [anywhere],
  'xray:PutTelemetryRecords': [anywhere],
  'xray:GetSamplingRules': [anywhere],
  'xray:GetSamplingTargets': [anywhere],
} satisfies Grants;
