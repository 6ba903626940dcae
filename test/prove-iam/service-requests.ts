import { z } from 'zod';
import type { StackResource } from '../lab/aws/cloud-formation/deployed-stack.ts';
import { organization } from './deployments.ts';
import type { IamRequest, RequestContext } from './iam-request.ts';
import { isSigningKey, keyArn } from './permissions.ts';
import { arnOf, type Place, type PlacedStack } from './place.ts';
import { ruleArn } from './remediation-stacks.ts';

/** What AWS services ask IAM for a stack of the hub, which no call of the program shows: read off the resources that make them ask. */
export function serviceRequests(hub: PlacedStack): readonly IamRequest[] {
  return [
    ...ofLambda(hub),
    ...ofFailedInvocations(hub),
    ...ofScheduler(hub),
    ...ofStepFunctions(hub),
    ...ofAlerts(hub),
    ...ruleRequests(hub),
  ];
}

/** A service with a role of ours: first it assumes the role, then the role asks. */
function asking(
  { place }: PlacedStack,
  { by, service, role }: { readonly by: string; readonly service: string; readonly role: string },
) {
  const { accountId } = place;
  const ask = (action: string, resource = '*', context: RequestContext = {}): IamRequest => ({
    by,
    principal: role,
    action,
    resource,
    accountId,
    context: { 'aws:SecureTransport': 'true', 'aws:PrincipalArn': role, 'aws:PrincipalAccount': accountId, ...context },
  });
  const assume = (context: RequestContext = {}): IamRequest => ({
    ...ask('sts:AssumeRole', role),
    principal: service,
    context: { 'aws:SourceAccount': accountId, ...context },
  });
  return { ask, assume };
}

const lambdaFunction = z.object({
  Role: z.string(),
  LoggingConfig: z.object({ LogGroup: z.string() }),
  VpcConfig: z.object({ SubnetIds: z.array(z.string()), SecurityGroupIds: z.array(z.string()) }).optional(),
});

function ofLambda(hub: PlacedStack): readonly IamRequest[] {
  return hub.stack.resources('AWS::Lambda::Function').flatMap((resource) => {
    const { Role: role, LoggingConfig, VpcConfig } = read(hub, resource, lambdaFunction);
    const { ask, assume } = asking(hub, { by: 'AWS Lambda', service: 'lambda.amazonaws.com', role });
    const stream = arnOf(
      hub.place,
      'logs',
      `log-group:${LoggingConfig.LogGroup}:log-stream:2026/12/01/[$LATEST]0123456789abcdef`,
    );
    return [
      assume(),
      ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ask(action, stream)),
      ...(VpcConfig ? interfaceActions(hub.place).map(([action, on]) => ask(action, on)) : []),
    ];
  });
}

/** What Lambda does so that a function is in a VPC. */
export const interfaceActions = (place: Place): readonly (readonly [action: string, resource: string])[] => {
  const card = arnOf(place, 'ec2', 'network-interface/eni-0123456789abcdef0');
  return [
    ['ec2:CreateNetworkInterface', card],
    ['ec2:CreateNetworkInterface', arnOf(place, 'ec2', 'subnet/subnet-0123456789abcdef0')],
    ['ec2:CreateNetworkInterface', arnOf(place, 'ec2', 'security-group/sg-0123456789abcdef0')],
    ['ec2:DescribeNetworkInterfaces', '*'],
    ['ec2:DescribeSubnets', '*'],
    ['ec2:DeleteNetworkInterface', card],
    ['ec2:AssignPrivateIpAddresses', card],
    ['ec2:UnassignPrivateIpAddresses', card],
  ];
};

const invokeConfig = z.object({
  FunctionName: z.string(),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }),
});

function ofFailedInvocations(hub: PlacedStack): readonly IamRequest[] {
  return hub.stack.resources('AWS::Lambda::EventInvokeConfig').flatMap((resource) => {
    const { FunctionName: name, DestinationConfig } = read(hub, resource, invokeConfig);
    const [found] = hub.stack.resources('AWS::Lambda::Function').filter((each) => hub.stack.refOf(each) === name);
    if (!found) throw new Error(`${resource.id} is about '${name}', which is no function of its stack`);
    const { Role: role } = read(hub, found, lambdaFunction);
    const { ask } = asking(hub, { by: 'AWS Lambda', service: 'lambda.amazonaws.com', role });
    return [ask('sqs:SendMessage', DestinationConfig.OnFailure.Destination)];
  });
}

const schedule = z.object({
  Target: z.object({
    Arn: z.string(),
    RoleArn: z.string(),
    DeadLetterConfig: z.object({ Arn: z.string() }).optional(),
  }),
});

function ofScheduler(hub: PlacedStack): readonly IamRequest[] {
  return hub.stack.resources('AWS::Scheduler::Schedule').flatMap((resource) => {
    const { Target: target } = read(hub, resource, schedule);
    const { ask, assume } = asking(hub, {
      by: 'EventBridge Scheduler',
      service: 'scheduler.amazonaws.com',
      role: target.RoleArn,
    });
    return [
      assume({ 'aws:SourceArn': arnOf(hub.place, 'scheduler', 'schedule-group/default') }),
      ask('lambda:InvokeFunction', target.Arn),
      ...(target.DeadLetterConfig ? [ask('sqs:SendMessage', target.DeadLetterConfig.Arn)] : []),
    ];
  });
}

const machine = z.object({
  RoleArn: z.string(),
  DefinitionString: z.string(),
  LoggingConfiguration: z.object({ Level: z.string(), Destinations: z.array(z.unknown()) }).optional(),
  TracingConfiguration: z.object({ Enabled: z.boolean() }).optional(),
});

const distributedMap = z.object({
  Type: z.literal('Map'),
  Label: z.string(),
  ResultWriter: z.object({ Parameters: z.object({ Bucket: z.string() }) }),
});

const deliveryActions = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];
const tracingActions = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
];

/** By "IAM policies for using Distributed Map state", "Logging using CloudWatch Logs" and "Tracing with X-Ray" of its Developer Guide. */
function ofStepFunctions(hub: PlacedStack): readonly IamRequest[] {
  return hub.stack.resources('AWS::StepFunctions::StateMachine').flatMap((resource) => {
    const {
      RoleArn: role,
      DefinitionString,
      LoggingConfiguration,
      TracingConfiguration,
    } = read(hub, resource, machine);
    const definition: unknown = JSON.parse(DefinitionString);
    const { ask, assume } = asking(hub, { by: 'AWS Step Functions', service: 'states.amazonaws.com', role });

    const invoked = [...objectsWithin(definition)].flatMap(({ FunctionName: name }) => (name ? [String(name)] : []));
    const maps = [...objectsWithin(definition)].flatMap((each) => distributedMap.safeParse(each).data ?? []);
    return [
      assume(),
      ...invoked.map((name) => ask('lambda:InvokeFunction', name)),
      ...maps.flatMap((map) => mapRequests(map, { hub, resource, ask })),
      ...(LoggingConfiguration ? deliveryActions.map((action) => ask(action)) : []),
      ...(TracingConfiguration?.Enabled ? tracingActions.map((action) => ask(action)) : []),
    ];
  });
}

function mapRequests(
  { Label: label, ResultWriter }: z.infer<typeof distributedMap>,
  {
    hub: { stack, place },
    resource,
    ask,
  }: { readonly hub: PlacedStack; readonly resource: StackResource; readonly ask: ReturnType<typeof asking>['ask'] },
): readonly IamRequest[] {
  const id = '3d8b4c1e-0f7a-4f43-9c11-5b6b1e1f2a10';
  const run = arnOf(place, 'states', `execution:${stack.refOf(resource).split(':').at(-1)}:${id}`);
  const child = run.replace(/:[^:]+$/, `/${label}:${id}`);
  const written = `arn:${place.partition}:s3:::${ResultWriter.Parameters.Bucket}/runs/20261125T050000Z/map/${id}/SUCCEEDED_0.json`;
  return [
    ask('states:StartExecution', stack.arnOf(resource)),
    ...['states:DescribeExecution', 'states:StopExecution'].flatMap((action) => [ask(action, run), ask(action, child)]),
    ask('states:RedriveExecution', child),
    ...['s3:GetObject', 's3:PutObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'].map((action) =>
      ask(action, written),
    ),
  ];
}

const alarm = z.object({ AlarmActions: z.array(z.string()).default([]) });
const rule = z.object({
  Targets: z.array(
    z.object({
      Arn: z.string(),
      RoleArn: z.string().optional(),
      DeadLetterConfig: z.object({ Arn: z.string() }).optional(),
    }),
  ),
});

/** No role of this program is behind these: the topic and its key admit the services. */
function ofAlerts(hub: PlacedStack): readonly IamRequest[] {
  const { stack, place } = hub;
  const topics = new Set(stack.resources('AWS::SNS::Topic').map((each) => stack.refOf(each)));
  const keys = stack
    .resources('AWS::KMS::Key')
    .filter((each) => !isSigningKey(each))
    .map((each) => keyArn(place, each));
  const publishing = (by: string, service: string, targets: readonly string[]) =>
    [...new Set(targets)]
      .filter((each) => topics.has(each))
      .flatMap((topic) =>
        [
          ['sns:Publish', topic] as const,
          ...keys.flatMap((key) => [['kms:Decrypt', key] as const, ['kms:GenerateDataKey', key] as const]),
        ].map(([action, resource]) => ({
          by,
          principal: service,
          action,
          resource,
          accountId: place.accountId,
          context: { 'aws:SecureTransport': 'true', 'aws:SourceAccount': place.accountId },
        })),
      );

  return [
    ...publishing(
      'CloudWatch alarms',
      'cloudwatch.amazonaws.com',
      stack.resources('AWS::CloudWatch::Alarm').flatMap((each) => read(hub, each, alarm).AlarmActions),
    ),
    ...publishing(
      'EventBridge rules',
      'events.amazonaws.com',
      stack.resources('AWS::Events::Rule').flatMap((each) => read(hub, each, rule).Targets.map(({ Arn }) => Arn)),
    ),
  ];
}

/**
 * Rules that invoke functions: the function and the dead-letter queue let them in, each rule for itself. And rules that hand events on, to a bus that may
 * be another account's: with a role.
 */
export function ruleRequests(placed: PlacedStack): readonly IamRequest[] {
  const { stack, place } = placed;
  const functions = new Set(stack.resources('AWS::Lambda::Function').map((each) => stack.arnOf(each)));
  const by = 'EventBridge rules';
  const service = 'events.amazonaws.com';

  return stack.resources('AWS::Events::Rule').flatMap((resource) => {
    const { Targets } = read(placed, resource, rule);
    const source = {
      'aws:SourceArn': ruleArn(place, resource.id, stack.resolve(resource.properties['EventBusName'])),
    };
    return Targets.flatMap(({ Arn, RoleArn: role, DeadLetterConfig: letters }): readonly IamRequest[] => {
      const { ask, assume } = asking(placed, { by, service, role: role ?? service });
      // The queue lets the service itself in, whatever role hands the event on.
      const invoke = (action: string, on: string): IamRequest => ({
        ...asking(placed, { by, service, role: service }).ask(action, on),
        context: { 'aws:SecureTransport': 'true', 'aws:SourceAccount': place.accountId, ...source },
      });
      const undelivered = letters ? [invoke('sqs:SendMessage', letters.Arn)] : [];
      if (role)
        return [
          assume(source),
          {
            ...ask('events:PutEvents', Arn, {
              'aws:PrincipalOrgID': organization.id,
              'aws:PrincipalOrgPaths': [`${organization.id}/r-lab0/${organization.unit}/`],
            }),
            accountId: Arn.split(':')[4] ?? '',
          },
          ...undelivered,
        ];
      return functions.has(Arn) ? [invoke('lambda:InvokeFunction', Arn), ...undelivered] : [];
    });
  });
}

/** Only what the shape names: the rest of a resource refers to what the lab has not. */
function read<Shape extends z.ZodObject>(
  { stack }: PlacedStack,
  { properties }: StackResource,
  shape: Shape,
): z.infer<Shape> {
  return shape.parse(
    Object.fromEntries(Object.keys(shape.shape).map((name) => [name, stack.resolve(properties[name])])),
  );
}

function* objectsWithin(value: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { ...value };
  for (const each of Object.values(value)) yield* objectsWithin(each);
}
