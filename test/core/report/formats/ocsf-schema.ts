/**
 * What OCSF 1.5.0 demands of a Compliance Finding (class 2003) with the profile `cloud`, attribute by attribute. It has the required attributes,
 * those that older versions (from 1.1.0) require, and the types of all that this program writes. Written by hand from the published schema.
 */
type Type = 'string' | 'integer' | 'timestamp' | 'string[]' | 'json' | Shape | readonly [Shape];

interface Attribute {
  readonly type: Type;
  readonly required?: true;
  /** The values of an enumeration with their captions, and the attribute that holds the caption. */
  readonly enum?: { readonly caption: string; readonly values: Readonly<Record<number, string>> };
  readonly is?: string | number;
}

export type Shape = Readonly<Record<string, Attribute>>;

const text = { type: 'string' } as const;
const requiredText = { type: 'string', required: true } as const;
const time = { type: 'timestamp' } as const;
const captioned = (caption: string, values: Readonly<Record<number, string>>) =>
  ({ type: 'integer', enum: { caption, values } }) as const;

export const complianceFinding: Shape = {
  activity_id: { ...captioned('activity_name', { 1: 'Create', 2: 'Update', 3: 'Close' }), required: true },
  activity_name: text,
  category_uid: { type: 'integer', required: true, is: 2 },
  category_name: { type: 'string', is: 'Findings' },
  class_uid: { type: 'integer', required: true, is: 2003 },
  class_name: { type: 'string', is: 'Compliance Finding' },
  type_uid: { type: 'integer', required: true },
  type_name: text,
  time: { type: 'timestamp', required: true },
  severity_id: {
    ...captioned('severity', { 1: 'Informational', 2: 'Low', 3: 'Medium', 4: 'High', 5: 'Critical' }),
    required: true,
  },
  severity: text,
  status_id: captioned('status', { 1: 'New', 3: 'Suppressed', 4: 'Resolved', 5: 'Archived' }),
  status: text,
  message: text,
  metadata: {
    required: true,
    type: {
      version: { type: 'string', required: true, is: '1.5.0' },
      profiles: { type: 'string[]' },
      product: { required: true, type: { name: requiredText, vendor_name: requiredText, uid: text } },
    },
  },
  cloud: {
    required: true,
    type: {
      provider: { type: 'string', required: true, is: 'AWS' },
      region: text,
      account: { type: { uid: text, type: text, type_id: captioned('type', { 10: 'AWS Account' }) } },
    },
  },
  finding_info: {
    required: true,
    type: {
      uid: requiredText,
      title: requiredText,
      desc: text,
      types: { type: 'string[]' },
      created_time: time,
      modified_time: time,
      first_seen_time: time,
      last_seen_time: time,
      analytic: {
        type: { uid: text, name: text, type: text, type_id: { ...captioned('type', { 1: 'Rule' }), required: true } },
      },
    },
  },
  compliance: {
    required: true,
    type: {
      standards: { type: 'string[]', required: true },
      control: text,
      requirements: { type: 'string[]' },
      status_id: captioned('status', { 0: 'Unknown', 1: 'Pass', 2: 'Warning', 3: 'Fail' }),
      status: text,
      status_code: text,
      status_details: { type: 'string[]' },
    },
  },
  remediation: { type: { desc: requiredText, references: { type: 'string[]' } } },
  resources: {
    type: [
      {
        uid: requiredText,
        name: text,
        type: text,
        region: text,
        cloud_partition: text,
        data: { type: 'json' },
      },
    ],
  },
  unmapped: { type: 'json' },
};

/** What is wrong with a value, each with its path; nothing when it is as the shape says. An attribute that the shape does not know is wrong, too. */
export function faults(value: unknown, shape: Shape, path = ''): readonly string[] {
  if (!isObject(value)) return [`${path} is no object`];

  return [
    ...Object.keys(value).flatMap((name) => (shape[name] ? [] : [`${path}${name} is not known`])),
    ...Object.entries(shape).flatMap(([name, attribute]) => attributeFaults(value, name, { attribute, path })),
  ];
}

function attributeFaults(
  owner: Readonly<Record<string, unknown>>,
  name: string,
  { attribute, path }: { readonly attribute: Attribute; readonly path: string },
): readonly string[] {
  const here = `${path}${name}`;
  const value = owner[name];
  if (value === undefined) return attribute.required ? [`${here} is missing`] : [];
  if (attribute.is !== undefined && value !== attribute.is) return [`${here} is ${value}`];

  if (attribute.enum) {
    const caption = attribute.enum.values[Number(value)];
    if (caption === undefined) return [`${here} is ${value}, which is no value of it`];
    if (owner[attribute.enum.caption] !== caption) return [`${path}${attribute.enum.caption} is not ${caption}`];
  }
  return typeFaults(value, attribute.type, here);
}

function typeFaults(value: unknown, type: Type, path: string): readonly string[] {
  const unless = (right: boolean) => (right ? [] : [`${path} is of another type`]);
  switch (type) {
    case 'string':
      return unless(typeof value === 'string' && value !== '');
    case 'integer':
      return unless(Number.isInteger(value));
    case 'timestamp':
      return unless(Number.isInteger(value) && Number(value) > Date.UTC(2020));
    case 'string[]':
      return unless(Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== ''));
    case 'json':
      return unless(isObject(value));
  }
  if (!isList(type)) return faults(value, type, `${path}.`);
  if (!Array.isArray(value)) return [`${path} is no list`];
  return value.flatMap((each, index) => faults(each, type[0], `${path}[${index}].`));
}

const isList = (type: Shape | readonly [Shape]): type is readonly [Shape] => Array.isArray(type);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
