import { z } from 'zod';

const text = z.string().min(1);
const texts = z.array(text);
const time = z.int().gt(Date.UTC(2020));
const json = z.record(z.string(), z.unknown());

/** Fields with a text, none of them required. */
const optional = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, text.optional()]));

/** The captions of an enumeration's values. */
type Captions = Readonly<Record<number, string>>;

/** An object that has, for each `NAME_id` that it has, the caption of its value in `NAME`. */
const captioned = <Fields extends z.ZodRawShape>(fields: Fields, enumerations: Readonly<Record<string, Captions>>) =>
  z.strictObject(fields).superRefine((value: Readonly<Record<string, unknown>>, context) => {
    for (const [name, captions] of Object.entries(enumerations)) {
      const id = value[name === 'activity_name' ? 'activity_id' : `${name}_id`];
      const caption = captions[Number(id)] ?? 'a caption of that value';
      if (id !== undefined && value[name] !== caption) context.addIssue(`${name} is not ${caption}`);
    }
  });

const at = time.optional();
const times = { created_time: at, modified_time: at, first_seen_time: at, last_seen_time: at };
const analytic = { uid: text.optional(), name: text.optional(), type: text, type_id: z.int() };
const account = { uid: text.optional(), type: text.optional(), type_id: z.int().optional() };
const compliance = {
  ...optional('control', 'status', 'status_code'),
  standards: texts,
  requirements: texts.optional(),
  status_id: z.int().optional(),
  status_details: texts.optional(),
};
const ofResource = optional('name', 'type', 'region', 'cloud_partition');
const resource = z.strictObject({ ...ofResource, uid: text, data: json.optional() });

/** What OCSF 1.5.0 demands of a Compliance Finding (class 2003) with the profile `cloud`, by hand from the published schema. */
export const complianceFinding = captioned(
  {
    ...optional('type_name', 'status', 'message'),
    activity_id: z.int(),
    activity_name: text,
    category_uid: z.literal(2),
    category_name: z.literal('Findings').optional(),
    class_uid: z.literal(2003),
    class_name: z.literal('Compliance Finding').optional(),
    type_uid: z.int(),
    time,
    severity_id: z.int(),
    severity: text,
    status_id: z.int().optional(),
    metadata: z.strictObject({
      version: z.literal('1.5.0'),
      profiles: texts.optional(),
      product: z.strictObject({ name: text, vendor_name: text, uid: text.optional() }),
    }),
    cloud: z.strictObject({
      provider: z.literal('AWS'),
      region: text.optional(),
      account: captioned(account, { type: { 10: 'AWS Account' } }).optional(),
    }),
    finding_info: z.strictObject({
      uid: text,
      title: text,
      desc: text.optional(),
      types: texts.optional(),
      ...times,
      analytic: captioned(analytic, { type: { 1: 'Rule' } }).optional(),
    }),
    compliance: captioned(compliance, { status: { 0: 'Unknown', 1: 'Pass', 2: 'Warning', 3: 'Fail' } }),
    remediation: z.strictObject({ desc: text, references: texts.optional() }).optional(),
    resources: z.array(resource).optional(),
    unmapped: json.optional(),
  },
  {
    activity_name: { 1: 'Create', 2: 'Update', 3: 'Close' },
    severity: { 1: 'Informational', 2: 'Low', 3: 'Medium', 4: 'High', 5: 'Critical' },
    status: { 1: 'New', 3: 'Suppressed', 4: 'Resolved', 5: 'Archived' },
  },
);

/** What is wrong with a value, each with its path; nothing when it is as the schema says. */
export const faults = (value: unknown, schema: z.ZodType): readonly string[] =>
  (schema.safeParse(value).error?.issues ?? []).map(({ path, message }) => [...path, message].join(' '));
