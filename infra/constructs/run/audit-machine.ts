import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { itemsFile, runPrefix, stateMachineName, sweepMachineName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';
import { anywhere, type Grant, type Grants, keyGrants } from '../access/grants.ts';
import { serviceRole } from '../access/service-role.ts';
import { encryption } from './function-with-role.ts';
import { runDefinition, sweepDefinition } from './run-definition.ts';

type MachineSettings = Pick<
  Settings,
  'maxConcurrentClusters' | 'toleratedFailurePercentage' | 'logRetentionDays' | 'kmsKey' | 'roleNamePrefix'
>;

interface AuditMachineProps {
  /** Fixed: `machineArn` knows it before there is a machine. */
  readonly name: string;
  readonly role: { readonly name: string; readonly does: string; readonly policyName: string };
  readonly grants: Grants;
  readonly definition: object;
  readonly settings: MachineSettings;
}

/** The ARN of a state machine of this stack, before there is one. */
export const machineArn = (stack: Stack, name: string): string =>
  stack.formatArn({ service: 'states', resource: `stateMachine:${name}` });

/** A state machine with its log group and its role. */
export class AuditMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { name, role, grants, definition, settings }: AuditMachineProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      // Log groups of this prefix count as one in the policy by which services may deliver logs.
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: settings.logRetentionDays,
      ...encryption(this, settings.kmsKey),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(Stack.of(this).toJsonString(definition)),
      role: serviceRole(this, {
        prefix: settings.roleNamePrefix,
        name: role.name,
        description: `Lets the state machine ${name} ${role.does}`,
        service: 'states.amazonaws.com',
        policyName: role.policyName,
        grants,
      }),
      // Names and times of every step; what passes between them is in S3.
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
    });
  }
}

interface RunMachineProps {
  readonly discover: IFunction;
  readonly audit: IFunction;
  readonly summarise: IFunction;
  readonly bucket: Bucket;
  readonly settings: MachineSettings;
}

/** The state machine that a run is one execution of. */
export function runMachine(scope: Construct, id: string, props: RunMachineProps): StateMachine {
  const stack = Stack.of(scope);
  const { discover, audit, summarise, bucket, settings } = props;
  return new AuditMachine(scope, id, {
    name: stateMachineName,
    role: {
      name: 'EksKubeletAuditRun',
      does: 'invoke its functions, start its own items and keep what they answered',
      policyName: 'run',
    },
    grants: { ...runGrants(stack, props), ...keyGrants(scope, settings.kmsKey, ['s3']) },
    definition: runDefinition({
      partition: stack.partition,
      discoverArn: discover.functionArn,
      auditArn: audit.functionArn,
      summariseArn: summarise.functionArn,
      bucketName: bucket.bucketName,
      maxConcurrentClusters: settings.maxConcurrentClusters,
      toleratedFailurePercentage: settings.toleratedFailurePercentage,
    }),
    settings,
  }).machine;
}

/** The state machine of which each item of a sweep is one execution, so that one that fails is seen. */
export const sweepMachine = (
  scope: Construct,
  id: string,
  { audit, settings }: Pick<RunMachineProps, 'audit' | 'settings'>,
): AuditMachine =>
  new AuditMachine(scope, id, {
    name: sweepMachineName,
    role: { name: 'EksKubeletAuditSweep', does: 'invoke the function that audits', policyName: 'sweep' },
    grants: { 'lambda:InvokeFunction': [{ resources: [audit.functionArn] }], ...observing },
    definition: sweepDefinition({ partition: Stack.of(scope).partition, auditArn: audit.functionArn }),
    settings,
  });

function runGrants(stack: Stack, { discover, audit, summarise, bucket }: RunMachineProps): Grants {
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
    'states:StartExecution': [{ resources: [machineArn(stack, stateMachineName)] }],
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
const observing = Object.fromEntries(
  [
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
  ].map((action) => [action, [anywhere]]),
);
