import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, Resource, SpecDatabase } from '@aws-cdk/service-spec-types';
import { z } from 'zod';

/** CloudFormation's own resource types, as aws-cdk ships them. Loaded once a process: half a second. */
let loaded: SpecDatabase | undefined;
function database(): SpecDatabase {
  loaded ??= loadAwsServiceSpecSync();
  return loaded;
}

/** Resource types that CloudFormation has and the specification lacks: nothing of them is checked. */
const notSpecified: readonly string[] = ['AWS::SecurityHub::ActionTarget'];

const resource = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });
const templateSchema = z.looseObject({ Resources: z.record(z.string(), resource) });

/** What CloudFormation would refuse of a template's resources: unknown or missing properties, values of another type. One line each. */
export function typeFaults(template: unknown): readonly string[] {
  return Object.entries(templateSchema.parse(template).Resources).flatMap(([id, { Type: type, Properties }]) => {
    const spec = specOf(type);
    if (!spec) return notSpecified.includes(type) ? [] : [`${id}: no resource type ${type}`];
    return objectFaults(`${id} (${type})`, Properties, spec.properties);
  });
}

const parameter = z.looseObject({
  Type: z.string(),
  Default: z.unknown().optional(),
  AllowedValues: z.array(z.unknown()).optional(),
  AllowedPattern: z.string().optional(),
  MaxLength: z.number().optional(),
  MinValue: z.number().optional(),
  MaxValue: z.number().optional(),
});

/** Defaults that a parameter's own constraints refuse, as cfn-lint's E2015 finds them: a value of another JSON type equals none of the allowed ones. */
export function parameterFaults(template: unknown): readonly string[] {
  const { Parameters } = z.looseObject({ Parameters: z.record(z.string(), parameter).default({}) }).parse(template);
  return Object.entries(Parameters).flatMap(([name, { Default: usual, ...constraints }]) => {
    if (usual === undefined) return [];
    const { Type, AllowedValues = [usual], AllowedPattern = '', MaxLength = 4_096 } = constraints;
    const { MinValue = Number.NEGATIVE_INFINITY, MaxValue = Number.POSITIVE_INFINITY } = constraints;
    const isTaken =
      AllowedValues.includes(usual) &&
      new RegExp(AllowedPattern).test(String(usual)) &&
      String(usual).length <= MaxLength &&
      (Type !== 'Number' || (Number(usual) >= MinValue && Number(usual) <= MaxValue));
    return isTaken ? [] : [`${name}: its own constraints refuse the default ${JSON.stringify(usual)}`];
  });
}

/** The property of a resource type that holds its tags; `undefined` where it takes none. */
export const tagPropertyOf = (type: string): string | undefined => specOf(type)?.tagInformation?.tagPropertyName;

const specOf = (type: string): Resource | undefined => {
  const [found] = database().lookup('resource', 'cloudFormationType', 'equals', type);
  return found;
};

type Properties = Readonly<Record<string, Property>>;

function objectFaults(path: string, value: object, properties: Properties): readonly string[] {
  const given = Object.entries(value).filter(([, each]) => !isNoValue(each));
  const unknown = given.filter(([name]) => !properties[name]).map(([name]) => `${path}: no property ${name}`);
  const missing = Object.entries(properties)
    .filter(([name, { required }]) => required && !given.some(([each]) => each === name))
    .map(([name]) => `${path}: ${name} is missing`);
  const wrong = given.flatMap(([name, each]) => {
    const property = properties[name];
    return property ? valueFaults(`${path}.${name}`, each, property.type) : [];
  });
  return [...unknown, ...missing, ...wrong];
}

function valueFaults(path: string, value: unknown, type: PropertyType): readonly string[] {
  const branches = branchesOf(value);
  if (branches) return branches.filter((each) => !isNoValue(each)).flatMap((each) => valueFaults(path, each, type));
  if (isIntrinsic(value)) return [];

  const no = (wanted: string) => [`${path} is ${JSON.stringify(value)?.slice(0, 80)}, not ${wanted}`];
  switch (type.type) {
    case 'string':
    case 'date-time':
      return typeof value === 'string' ? [] : no('a string');
    case 'integer':
      return Number.isInteger(value) ? [] : no('an integer');
    case 'number':
      return typeof value === 'number' ? [] : no('a number');
    case 'boolean':
      return typeof value === 'boolean' ? [] : no('true or false');
    case 'json':
      return typeof value === 'object' || typeof value === 'string' ? [] : no('JSON');
    case 'null':
      return value === null ? [] : no('nothing');
    case 'tag':
      return isTag(value) ? [] : no('a tag');
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((each, index) => valueFaults(`${path}[${index}]`, each, type.element))
        : no('a list');
    case 'map':
      return isObject(value)
        ? Object.entries(value).flatMap(([name, each]) => valueFaults(`${path}.${name}`, each, type.element))
        : no('a map');
    case 'ref':
      return isObject(value)
        ? objectFaults(path, value, database().get('typeDefinition', type.reference).properties)
        : no('an object');
    case 'union': {
      const faults = type.types.map((each) => valueFaults(path, value, each));
      return faults.some((each) => each.length === 0) ? [] : (faults[0] ?? []);
    }
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `Ref`, `Fn::GetAtt`, …: what it will be, CloudFormation knows. */
function isIntrinsic(value: unknown): boolean {
  const [name, ...others] = isObject(value) ? Object.keys(value) : [];
  return others.length === 0 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::'));
}

const isNoValue = (value: unknown): boolean => isObject(value) && value['Ref'] === 'AWS::NoValue';

/** The two values that a condition chooses from. */
function branchesOf(value: unknown): readonly unknown[] | undefined {
  const chosen = isObject(value) ? value['Fn::If'] : undefined;
  return Array.isArray(chosen) ? chosen.slice(1) : undefined;
}

const isTag = (value: unknown): boolean =>
  isObject(value) && typeof value['Key'] === 'string' && typeof value['Value'] === 'string';
