import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { sweepMachineName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';
import { acknowledgeWildcards, policyOf } from '../access/grants.ts';
import { prefixedRoleName } from '../access/prefixed-role-name.ts';
import { encryption } from '../run/function-with-role.ts';
import { crash, lambdaTrouble, throttling } from '../run/run-definition.ts';
import { observing } from '../run/run-machine.ts';

interface SweepMachineProps {
  readonly audit: IFunction;
  readonly settings: Pick<Settings, 'logRetentionDays' | 'kmsKey' | 'roleNamePrefix'>;
}

/** The ARN of the state machine, before there is one: its name is fixed. */
export const sweepMachineArn = (stack: Stack): string =>
  stack.formatArn({ service: 'states', resource: `stateMachine:${sweepMachineName}` });

/** The state machine of which each item of a sweep is one execution, so that one that fails is seen. */
export class SweepMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { audit, settings }: SweepMachineProps) {
    super(scope, id);
    const stack = Stack.of(this);

    const logGroup = new LogGroup(this, 'Logs', {
      // Log groups of this prefix count as one in the policy by which services may deliver logs.
      logGroupName: `/aws/vendedlogs/states/${sweepMachineName}`,
      retention: settings.logRetentionDays,
      ...encryption(this, settings.kmsKey),
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const allowed = { 'lambda:InvokeFunction': [{ resources: [audit.functionArn] }], ...observing };
    const role = new Role(this, 'Role', {
      ...prefixedRoleName(settings.roleNamePrefix, 'EksKubeletAuditSweep'),
      description: `Lets the state machine ${sweepMachineName} invoke the function that audits`,
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      inlinePolicies: { sweep: policyOf(allowed) },
    });
    acknowledgeWildcards(role, allowed);

    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: sweepMachineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(
        stack.toJsonString(sweepDefinition({ partition: stack.partition, auditArn: audit.functionArn })),
      ),
      // Its rights stand above: what CDK would add covers more.
      role: role.withoutPolicyUpdates(),
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
    });
  }
}

interface SweepDefinitionProps {
  readonly partition: string;
  readonly auditArn: string;
}

/** One item of a sweep, in Amazon States Language. A sweep waits an hour for its answer. */
export const sweepDefinition = ({ partition, auditArn }: SweepDefinitionProps): Readonly<Record<string, unknown>> => ({
  Comment: 'Reads the machines of one cluster that came since the sweep before',
  TimeoutSeconds: 55 * 60,
  StartAt: 'ReadMachines',
  States: {
    ReadMachines: {
      Type: 'Task',
      Resource: `arn:${partition}:states:::lambda:invoke`,
      Parameters: { FunctionName: auditArn, Payload: { 'sweepItem.$': '$.item' } },
      OutputPath: '$.Payload',
      Retry: [lambdaTrouble, throttling, crash],
      End: true,
    },
  },
});
