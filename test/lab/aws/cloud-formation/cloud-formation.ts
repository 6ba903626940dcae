import { z } from 'zod';
import type { Lab } from '../../lab.ts';
import { byKeyPolicy } from '../kms/kms.ts';
import { partitionOf } from '../partition.ts';
import { identityPolicy, resourcePolicy } from '../resource-policy.ts';
import type { LabObjectLock } from '../s3/s3-object.ts';
import type { DeployedStack, StackResource } from './deployed-stack.ts';
import { checkRules, holds, parametersSchema, parameterValues, rulesSchema } from './parameters.ts';

export interface Stack {
  readonly template: unknown;
  readonly accountId: string;
  readonly region: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

const templateSchema = z.object({
  Parameters: parametersSchema,
  Rules: rulesSchema,
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Condition: z.string().optional(),
      Properties: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});

const rolePolicies = z.array(z.object({ PolicyDocument: identityPolicy }).transform((each) => each.PolicyDocument));

/** Deploys what the lab has of a template: its roles with their policies, SSM documents and buckets. The rest is there to be asked about. */
export function deployStack(lab: Lab, stack: Stack): DeployedStack {
  const { accountId, region } = stack;
  const deployed = resolvedStack(stack);

  lab.addAccount(accountId);
  for (const role of deployed.resources('AWS::IAM::Role')) {
    const trustPolicy = resourcePolicy.parse(deployed.resolve(role.properties['AssumeRolePolicyDocument']));
    const policies = rolePolicies.parse(deployed.resolve(role.properties['Policies'] ?? []));
    lab.sts.putRole(deployed.arnOf(role), { trustPolicy, policies });
  }
  for (const document of deployed.resources('AWS::SSM::Document')) {
    const content = deployed.resolve(document.properties['Content']);
    const name = deployed.refOf(document);
    // The worse of what was seen of an update: it succeeds, and the default version is the old one.
    const isNew = lab.ssm.versionsOf(accountId, region, name).newest === 0;
    lab.ssm.putDocument(accountId, region, name, content, { becomesDefault: isNew });
  }
  for (const key of deployed.resources('AWS::KMS::Key')) {
    // The lab has keys that sign.
    if (key.properties['KeyUsage'] !== 'SIGN_VERIFY') continue;
    const { KeySpec: keySpec, KeyPolicy } = signingKey.parse(deployed.resolve(key.properties));
    const id = deployed.arnOf(key).split('/').at(-1) ?? '';
    lab.kms.createKey({ accountId, region, id, keySpec, allows: byKeyPolicy(resourcePolicy.parse(KeyPolicy)) });
  }
  for (const bucket of deployed.resources('AWS::S3::Bucket')) {
    const name = deployed.refOf(bucket);
    if (!lab.s3.hasBucket(accountId, name)) lab.s3.createBucket(accountId, region, name, lockOf(bucket.properties));
  }
  return deployed;
}

const signingKey = z.object({ KeySpec: z.enum(['ECC_NIST_P256', 'ECC_NIST_P384']), KeyPolicy: z.unknown() });

const retentionSchema = z.object({ Mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), Days: z.number() }).optional();

function lockOf(properties: StackResource['properties']): LabObjectLock | undefined {
  const rule = Object(properties['ObjectLockConfiguration']).Rule;
  const retention = retentionSchema.parse(Object(rule).DefaultRetention);
  return retention && { mode: retention.Mode, days: retention.Days };
}

/** What `AWS::NoValue` leaves: nothing. */
const noValue = Symbol('AWS::NoValue');

/** What CloudFormation would make of the template, without making anything. */
export function resolvedStack({ template, accountId, region, parameters = {} }: Stack): DeployedStack {
  const { Parameters, Rules, Conditions, Resources } = templateSchema.parse(template);
  const partition = partitionOf(region);
  const values = parameterValues(Parameters, parameters);
  checkRules(Rules, values);

  const all = Object.entries(Resources).map(([id, { Type: type, Condition: condition, Properties: properties }]) => ({
    id,
    type,
    condition,
    properties,
  }));
  const pseudo: Readonly<Record<string, string | typeof noValue>> = {
    'AWS::Partition': partition,
    'AWS::AccountId': accountId,
    'AWS::Region': region,
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::NoValue': noValue,
  };

  const called = (id: string): StackResource => {
    const found = all.find((each) => each.id === id);
    if (!found) throw new Error(`the template refers to '${id}', which is not in it`);
    return found;
  };
  const nameOf = ({ id, type, properties }: StackResource): string => {
    const own = resolve(properties[namesOf[type] ?? '']);
    if (typeof own === 'string') return own;
    const isBucket = type === 'AWS::S3::Bucket';
    return isBucket ? `eks-kubelet-audit-${id.toLowerCase()}-${accountId}-${region}` : `EksKubeletAudit-${id}`;
  };
  const arnOf = (resource: StackResource): string => {
    const arn = arns[resource.type];
    if (!arn) throw new Error(`the lab knows no ARN of ${resource.type}; teach cloud-formation.ts`);
    return arn({ partition, accountId, region, name: nameOf(resource) });
  };
  const refOf = (resource: StackResource): string => (refIsArn.has(resource.type) ? arnOf(resource) : nameOf(resource));

  const reference = (name: string): unknown => {
    if (name in pseudo) return pseudo[name];
    if (values.has(name)) return values.get(name);
    return refOf(called(name));
  };

  const isTrue = (condition: string): boolean => holds(Conditions[condition], resolve, isTrue);

  const functions: Readonly<Record<string, (argument: unknown) => unknown>> = {
    Ref: (name) => reference(z.string().parse(name)),
    'Fn::GetAtt': (argument) => {
      const [id, attribute] = z.tuple([z.string(), z.string()]).parse(argument);
      const resource = called(id);
      if (attribute === 'Arn') return arnOf(resource);
      if (attribute === 'Name' || attribute === 'QueueName') return nameOf(resource);
      throw new Error(`the lab does not know ${attribute} of ${resource.type}; teach cloud-formation.ts`);
    },
    'Fn::Join': (argument) => {
      const [separator, parts] = z.tuple([z.string(), z.unknown()]).parse(argument);
      return z.array(z.string()).parse(resolve(parts)).join(separator);
    },
    'Fn::Split': (argument) => {
      const [separator, text] = z.tuple([z.string(), z.unknown()]).parse(argument);
      return z.string().parse(resolve(text)).split(separator);
    },
    'Fn::If': (argument) => {
      const [condition, yes, no] = z.tuple([z.string(), z.unknown(), z.unknown()]).parse(argument);
      return resolve(isTrue(condition) ? yes : no);
    },
  };

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve).filter((each) => each !== noValue);
    if (typeof value !== 'object' || value === null) return value;

    const entries = Object.entries(value);
    const [name = '', argument] = entries[0] ?? [];
    if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) {
      const known = functions[name];
      if (!known) throw new Error(`the lab does not know ${name}; teach cloud-formation.ts`);
      return known(argument);
    }
    return Object.fromEntries(
      entries.map(([key, each]) => [key, resolve(each)]).filter(([, each]) => each !== noValue),
    );
  };

  return {
    resources: (type) => all.filter((each) => each.type === type && (!each.condition || isTrue(each.condition))),
    resolve,
    refOf,
    arnOf,
  };
}

/** The property that names a resource; without it a bucket is called by its account and Region. */
const namesOf: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SSM::Document': 'Name',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::CloudFormation::StackSet': 'StackSetName',
  'AWS::S3::Bucket': 'BucketName',
};

const refIsArn = new Set(['AWS::StepFunctions::StateMachine', 'AWS::SNS::Topic']);

type Arn = (of: { partition: string; accountId: string; region: string; name: string }) => string;
const regional =
  (service: string, kind = ''): Arn =>
  ({ partition, accountId, region, name }) =>
    `arn:${partition}:${service}:${region}:${accountId}:${kind}${name}`;

const arns: Readonly<Record<string, Arn>> = {
  'AWS::IAM::Role': ({ partition, accountId, name }) => `arn:${partition}:iam::${accountId}:role/${name}`,
  'AWS::Lambda::Function': regional('lambda', 'function:'),
  // With its streams, as CloudFormation has it.
  'AWS::Logs::LogGroup': (of) => `${regional('logs', 'log-group:')(of)}:*`,
  'AWS::SQS::Queue': regional('sqs'),
  'AWS::Events::Rule': regional('events', 'rule/'),
  'AWS::KMS::Key': regional('kms', 'key/'),
  'AWS::SNS::Topic': regional('sns'),
  'AWS::StepFunctions::StateMachine': regional('states', 'stateMachine:'),
  'AWS::S3::Bucket': ({ partition, name }) => `arn:${partition}:s3:::${name}`,
};
