import { Aws, type CfnCondition, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnRole, Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnFunction,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type HubFunction, hubFunctions } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';
import { acknowledgeWildcards, anywhere, type Grants, keyGrants, ownKey, policyOf } from '../access/grants.ts';

/** How a function differs from the others. */
interface FunctionShape {
  readonly description: string;
  /** The bundle's entry, without its ending. */
  readonly entry: string;
  readonly memorySize: number;
  readonly timeout: Duration;
}

/** Rights that the role has only where a condition of the template holds. */
export interface ConditionalGrants {
  readonly condition: CfnCondition;
  readonly grants: Grants;
}

interface FunctionWithRoleProps extends FunctionShape {
  /** Fixed, like its role's: trust policies and people know them. */
  readonly functionName: string;
  readonly roleName: string;
  /** The bundled program. */
  readonly code: Code;
  readonly grants: Grants;
  readonly conditionalGrants?: readonly ConditionalGrants[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetentionDays: RetentionDays;
  readonly kmsKey?: Settings['kmsKey'];
  readonly vpc?: Settings['vpc'];
  /** Concurrency reserved for this function, which is also its limit. Without it, the account's limit applies. */
  readonly reservedConcurrency?: number;
  /** Where an asynchronous invocation goes after its last failure. */
  readonly failures?: IQueue;
}

/** One function of the program, under a role and with a log group of its own. */
export class FunctionWithRole extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: FunctionWithRoleProps) {
    super(scope, id);
    const { functionName, roleName, entry, description, memorySize, timeout } = props;

    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: props.logRetentionDays,
      ...encryption(this, props.kmsKey),
      // Findings are the record, logs are for operators; a group kept under its fixed name would stop the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const ofService = {
      ...serviceGrants(props, logGroup.logGroupArn),
      ...keyGrants(this, props.kmsKey, ['s3', 'sqs']),
    };
    const service = policyOf(ofService);
    if (props.vpc) service.addStatements(noNetworkForTheProgram(Stack.of(this), functionName));
    const role = new Role(this, 'Role', {
      roleName,
      description: `${description}: the role of ${functionName}`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { program: policyOf(props.grants), service },
    });
    acknowledgeWildcards(role, { ...props.grants, ...ofService });
    for (const each of props.conditionalGrants ?? []) grantWhere(role, each);

    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      description,
      memorySize,
      timeout,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: props.code,
      handler: `${entry}.handler`,
      // Its rights stand above: what CDK would add covers more.
      role: role.withoutPolicyUpdates(),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: { ...memoryEnvironment(memorySize), ...props.environment },
    });
    if (props.vpc) attach(this.function, props.vpc);
    if (props.failures)
      this.function.configureAsyncInvoke({
        retryAttempts: 2,
        maxEventAge: Duration.hours(1),
        onFailure: new SqsDestination(props.failures),
      });
  }
}

const large = { memorySize: 512, timeout: Duration.minutes(15) };
const small = { memorySize: 256, timeout: Duration.minutes(1) };

export const hubFunctionShapes: Readonly<Record<HubFunction, FunctionShape>> = {
  start: { ...small, entry: 'start', description: 'Starts the run of the schedule, unless one is still going' },
  discover: { ...large, entry: 'discover', description: 'Lists the accounts, Regions and clusters of a run' },
  audit: { ...large, entry: 'item', description: 'Audits one cluster, or tidies up after one Region of an account' },
  summarise: { ...large, entry: 'summarise', description: 'Counts what a run found' },
};

interface HubFunctionProps extends Omit<FunctionWithRoleProps, keyof FunctionShape | 'functionName' | 'roleName'> {
  readonly name: HubFunction;
  readonly roleNamePrefix: string;
}

/** One function of a run. */
export class HubFunctionWithRole extends FunctionWithRole {
  constructor(scope: Construct, id: string, { name, roleNamePrefix, ...props }: HubFunctionProps) {
    const { functionName, roleName } = hubFunctions[name];
    super(scope, id, { ...hubFunctionShapes[name], functionName, roleName: `${roleNamePrefix}${roleName}`, ...props });
  }
}

/** One more inline policy, which is there only where the condition holds. */
function grantWhere(role: Role, { condition, grants }: ConditionalGrants): void {
  const { defaultChild } = role.node;
  if (!(defaultChild instanceof CfnRole)) throw new Error('a role of CDK has no resource behind it');
  // As CloudFormation spells it: within a condition nothing is translated.
  const policy = { PolicyName: condition.node.id, PolicyDocument: policyOf(grants) };
  const others = Array.isArray(defaultChild.policies) ? defaultChild.policies : [];
  defaultChild.policies = [...others, Fn.conditionIf(condition.logicalId, policy, Aws.NO_VALUE)];
}

/** Encryption of a log group: by the key of the settings, or CloudWatch Logs' own. */
export function encryption(scope: Construct, kmsKey: Settings['kmsKey']) {
  const encryptionKey = ownKey(scope, kmsKey);
  return encryptionKey ? { encryptionKey } : {};
}

/**
 * Keeps a function of `memorySize` megabytes small, as `npm run bench` shows. With V8's young generation of 8 MB, 5,000 nodes take a quarter less memory;
 * the old one has to be set with it. With two arenas of glibc for all threads, 20,000 nodes take 30 MB less. A threshold that is set stays as it is, so
 * that large buffers go back to the system: another 50 MB less. Source: mallopt(3).
 */
export const memoryEnvironment = (memorySize: number): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--max-semi-space-size=8 --max-old-space-size=${Math.floor(memorySize * 0.8)}`,
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '131072',
});

/** By ids alone: CDK's own way wants to know the VPC, its zones and its route tables. */
function attach(lambda: LambdaFunction, { subnets, securityGroups, ipv6 }: NonNullable<Settings['vpc']>): void {
  const { defaultChild } = lambda.node;
  if (!(defaultChild instanceof CfnFunction)) throw new Error('a function of CDK has no resource behind it');
  defaultChild.vpcConfig = {
    subnetIds: [...subnets],
    securityGroupIds: [...securityGroups],
    ...(ipv6 && { ipv6AllowedForDualStack: true }),
  };
}

/** What Lambda itself does in the role's name: logs, failed invocations, network interfaces. */
function serviceGrants({ vpc, failures }: FunctionWithRoleProps, logGroupArn: string): Grants {
  return {
    'logs:CreateLogStream': [{ resources: [logGroupArn] }],
    'logs:PutLogEvents': [{ resources: [logGroupArn] }],
    ...(failures && { 'sqs:SendMessage': [{ resources: [failures.queueArn] }] }),
    ...(vpc && Object.fromEntries(networkActions.map((action) => [action, [anywhere]]))),
  };
}

const networkActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Lambda makes and removes the interfaces; the program in the function may not. */
const noNetworkForTheProgram = (stack: Stack, functionName: string): PolicyStatement =>
  new PolicyStatement({
    effect: Effect.DENY,
    actions: networkActions,
    resources: ['*'],
    conditions: {
      ArnEquals: {
        'lambda:SourceFunctionArn': stack.formatArn({ service: 'lambda', resource: `function:${functionName}` }),
      },
    },
  });
