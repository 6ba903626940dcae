import { z } from 'zod';
import { arnOf, type Place } from './place.ts';

export interface DeployedResource {
  readonly id: string;
  readonly type: string;
  /** As in the template, references and all. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A template as CloudFormation would deploy it in one place. */
export interface Deployed {
  readonly place: Place;
  resources(type?: string): readonly DeployedResource[];
  /** A value of the template with every reference replaced. Throws at a reference that this proof does not know. */
  resolve(value: unknown): unknown;
}

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** @param json what `Template.toJSON()` gives */
export function deployed(json: unknown, place: Place): Deployed {
  const all = Object.entries(template.parse(json).Resources).map(([id, { Type: type, Properties: properties }]) => ({
    id,
    type,
    properties,
  }));

  const resourceCalled = (id: string): DeployedResource => {
    const found = all.find((each) => each.id === id);
    if (!found) throw new Error(`the template refers to '${id}', which is no resource of it`);
    return found;
  };

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;

    const entries = Object.entries(value);
    const [key = '', argument] = entries[0] ?? [];
    if (key === 'Ref') return pseudoParameter(String(argument), place) ?? nameOf(resourceCalled(String(argument)));
    if (key === 'Fn::GetAtt') return attribute(getAtt.parse(argument));
    if (key === 'Fn::Join') return join(resolve(argument));
    if (key.startsWith('Fn::'))
      throw new Error(`this proof does not know ${key}: add it to test/prove-iam/deployed.ts`);
    return Object.fromEntries(entries.map(([name, each]) => [name, resolve(each)]));
  };

  const attribute = ([id, name]: readonly [string, string]): string => {
    const resource = resourceCalled(id);
    const arn = name === 'Arn' ? arnOfType[resource.type] : undefined;
    if (!arn)
      throw new Error(`this proof does not know ${name} of ${resource.type}: add it to test/prove-iam/deployed.ts`);
    return arn(nameOf(resource), place);
  };

  return {
    place,
    resources: (type) => all.filter((each) => type === undefined || each.type === type),
    resolve,
  };
}

const getAtt = z.tuple([z.string(), z.string()]);
const joined = z.tuple([z.string(), z.array(z.string())]);

function join(value: unknown): string {
  const [separator, parts] = joined.parse(value);
  return parts.join(separator);
}

const pseudoParameter = (name: string, { partition, accountId, region }: Place): string | undefined =>
  ({ 'AWS::Partition': partition, 'AWS::AccountId': accountId, 'AWS::Region': region })[name];

const nameProperties = ['RoleName', 'FunctionName', 'LogGroupName', 'QueueName'];

/** Its own name, or one as CloudFormation makes it. */
function nameOf({ id, properties }: DeployedResource): string {
  const own = nameProperties.map((each) => properties[each]).find((each) => typeof each === 'string');
  return own ?? `EksKubeletAudit-${id}`;
}

const arnOfType: Readonly<Record<string, (name: string, place: Place) => string>> = {
  'AWS::IAM::Role': (name, place) => arnOf({ ...place, region: '' }, 'iam', `role/${name}`),
  'AWS::Lambda::Function': (name, place) => arnOf(place, 'lambda', `function:${name}`),
  // CloudFormation's own form, which means the streams of the group.
  'AWS::Logs::LogGroup': (name, place) => arnOf(place, 'logs', `log-group:${name}:*`),
  'AWS::SQS::Queue': (name, place) => arnOf(place, 'sqs', name),
};
