import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import {
  account,
  auditFields,
  eachOnce,
  matching,
  region,
  rule,
  settingDefaults,
  unit,
} from '../../lambda/contract/settings.ts';
import { benchmarks, defaultBenchmark } from '../../lambda/core/judge/control.ts';
import { controls } from '../../lambda/core/judge/controls/index.ts';
import { isSchedule, isTimeZone } from './schedule.ts';

/** By slug, or by a number that a benchmark gives it. */
const controlWords = [
  ...new Set(
    controls.flatMap(({ slug, numbers }) => [
      slug,
      ...Object.values(numbers)
        .map(({ number }) => number)
        .sort(),
    ]),
  ),
];

const list = <Item extends z.ZodMiniType>(item: Item, error: string, most = 100) =>
  z
    .array(item, { error })
    .check(z.minLength(1, { error }), z.maxLength(most, { error: `more than the ${most} that AWS takes` }));
const wholeNumber = (from: number, to: number) => {
  const error = `not a whole number from ${from} to ${to}`;
  return z.int({ error }).check(z.minimum(from, { error }), z.maximum(to, { error }));
};
const flag = () => z.boolean();

const daysOfLogs = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

export const organization = z.strictObject({
  id: matching(/^o-[0-9a-z]{10,32}$/, 'not the id of an organization; write it as o-ab12cd34ef'),
  units: eachOnce(unit, {
    error: 'name what is audited: organizational units, or the root (r-…) for the whole organization',
  }).check(
    z.minLength(1, {
      error: 'nothing would be audited; name organizational units, or the root (r-…) for the whole organization',
    }),
  ),
  exclude: z._default(eachOnce(account), []),
  /** As whom the hub's account deploys the StackSets: `SELF` where it is the organization's management account. */
  callAs: z._default(
    z.enum(['DELEGATED_ADMIN', 'SELF'], {
      error: 'not who deploys the StackSet; write DELEGATED_ADMIN, or SELF where the hub is in the management account',
    }),
    'DELEGATED_ADMIN',
  ),
});

// What every resource type takes, by CloudFormation's schemas: a StackSet knows only these names, an alarm no empty value. IAM counts names of different case
// as one. A StackSet takes 50 tags.
const tagName = /^(?![aA][wW][sS]:)[A-Za-z0-9 _.:/=+-]{1,128}$/;
const tagValue = /^[A-Za-z0-9 _.:/=+@-]{1,256}$/;
const tags = z
  .record(
    z.string(),
    matching(tagValue, 'not the value of a tag; write it in quotes, of 1 to 256 of A-Z a-z 0-9, space and _.:/=+@-'),
  )
  .check(
    rule((all: object) => Object.keys(all).every((name) => tagName.test(name)), {
      error:
        'holds a name that is none of a tag; names have 1 to 128 of A-Z a-z 0-9, space and _.:/=+-, and do not begin with aws:',
      json: { propertyNames: { pattern: tagName.source } },
    }),
    rule((all: object) => Object.keys(all).length <= 40, {
      error: 'more than 40; AWS takes 50 on a resource, and adds some itself',
      json: { maxProperties: 40 },
    }),
    z.refine((all) => new Set(Object.keys(all).map((name) => name.toLowerCase())).size === Object.keys(all).length, {
      error: 'two names differ only in upper and lower case, which IAM counts as one',
    }),
  );

// Lambda takes 16 subnets and 5 security groups (VpcConfig of CreateFunction).
export const vpc = z.strictObject({
  subnets: list(
    matching(/^subnet-[0-9a-f]{8,17}$/, 'not a subnet; write its id as subnet-0123456789abcdef0'),
    'the function needs one at least; name private subnets that reach the clusters and AWS',
    16,
  ),
  securityGroups: list(
    matching(/^sg-[0-9a-f]{8,17}$/, 'not a security group; write its id as sg-0123456789abcdef0'),
    'the function needs one at least; name one that may reach port 443',
    5,
  ),
});

/** The name of such a role ends in 16 digits of its own: `_*` would admit every permission set, too, whose name only begins so. */
const ssoRole = /AWSReservedSSO_[^*?]+_([0-9a-f]{16}|\?{16})$/;

/** A role as a person writes it, with * for what differs. */
const roleArn = matching(
  /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/*?-]+$/,
  'not a role; write its ARN as arn:aws:iam::111122223333:role/NAME, with * for what differs',
).check(
  rule((arn: string) => !arn.includes('AWSReservedSSO') || ssoRole.test(arn), {
    error:
      'admits other permission sets whose names begin so; write the 16 digits at its end as ????????????????, as in AWSReservedSSO_NAME_????????????????',
    json: { not: { pattern: 'AWSReservedSSO.*\\*$' } },
  }),
);

const mailAddress = z.email({ error: 'not an e-mail address' });
/** A subscription each, and a stack holds 500 resources. */
const mailAddresses = z._default(
  z.array(mailAddress).check(z.maxLength(100, { error: 'more than 100; write to a mailing list' })),
  [],
);

export const remediation = z.strictObject({
  approvers: list(roleArn, 'a remedy waits for an approval; name roles of the hub that may give it'),
  /** Who may ask for a remedy: none of them may approve one. */
  requesters: z._default(z.array(roleArn), []),
  /** Requests and ends of runbooks that are handled at once, where other accounts can trigger the function; 0 reserves none. */
  reservedConcurrency: z._default(wholeNumber(0, 100), 2),
  addresses: mailAddresses,
  automatedSecurityResponse: z._default(flag(), false),
});

export const securityHub = z.strictObject({
  insights: z._default(flag(), true),
  resolvePassed: z._default(flag(), false),
});

export const objectLock = z.strictObject({
  days: wholeNumber(1, 3650),
  /** COMPLIANCE: nobody at all, the root user included. GOVERNANCE: nobody without s3:BypassGovernanceRetention. */
  mode: z._default(
    z.enum(['GOVERNANCE', 'COMPLIANCE'], {
      error: 'not a mode of Object Lock; write GOVERNANCE, or COMPLIANCE, which nobody can take back',
    }),
    'GOVERNANCE',
  ),
});

const notSchedule = {
  error: 'not a schedule; write it as cron(0 5 * * ? *), with six fields, ? in one of the days, or as rate(1 day)',
};
const notTimeZone = { error: 'not a time zone; write it as Europe/Berlin or UTC' };

/** The deployment: what is audited, how, and when. deployment.yaml documents each field. */
export const deploymentFields = z.strictObject({
  accounts: z._default(eachOnce(account), []),
  organization: z.optional(organization),
  regions: z._default(auditFields.regions, []),
  homeRegion: z.optional(region),
  operatorRole: z.optional(roleArn),

  schedule: z._default(
    z
      .string(notSchedule)
      .check(rule(isSchedule, { ...notSchedule, json: { pattern: String.raw`^(rate\(.+\)|cron\(.+\))$` } })),
    'cron(0 5 * * ? *)',
  ),
  timeZone: z._default(z.string(notTimeZone).check(z.refine(isTimeZone, notTimeZone)), 'UTC'),

  sources: z._default(auditFields.sources, [...settingDefaults.sources]),
  complete: z._default(auditFields.complete, settingDefaults.complete),
  everySource: z._default(auditFields.everySource, settingDefaults.everySource),
  controls: z._default(
    eachOnce(
      z.enum(controlWords, {
        error: 'not a control; write its slug as docs/controls.md has it, or its number in the benchmark',
      }),
    ),
    [],
  ),
  benchmark: z._default(
    z.enum(benchmarks, { error: `not a benchmark; one of ${benchmarks.join(', ')}` }),
    defaultBenchmark,
  ),
  scope: z._default(auditFields.scope, settingDefaults.scope),
  vpc: z.optional(vpc),

  maxConcurrentClusters: z._default(wholeNumber(1, 1000), 50),
  maxConcurrentNodes: z._default(auditFields.maxConcurrentNodes, settingDefaults.maxConcurrentNodes),
  nodeTimeout: z._default(auditFields.nodeTimeout, settingDefaults.nodeTimeout),
  toleratedFailurePercentage: z._default(wholeNumber(0, 100), 100),

  publish: z._default(flag(), true),
  waivers: z.optional(
    z
      .string({ error: 'not a file; write its name, as waivers.yaml' })
      .check(z.minLength(1, { error: 'names no file; leave it out, or write waivers.yaml' })),
  ),
  securityHub: z.prefault(securityHub, {}),
  alertAddresses: mailAddresses,
  alertTopic: z.optional(
    matching(
      /^arn:[\w-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
      'not a topic; write its ARN as arn:aws:sns:eu-west-1:111122223333:platform-alerts',
    ),
  ),
  alertBus: z.optional(
    matching(
      /^arn:[\w-]+:events:[a-z0-9-]+:\d{12}:event-bus\/[\w./-]{1,256}$/,
      'not an event bus; write its ARN as arn:aws:events:eu-west-1:111122223333:event-bus/platform',
    ),
  ),

  remediation: z.optional(remediation),

  tags: z._default(tags, {}),
  kmsKey: z.optional(
    matching(
      /^arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,64}$/,
      'not a key; write its ARN as arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef, not that of an alias',
    ),
  ),

  logRetentionDays: z._default(
    z.literal(daysOfLogs, {
      error: `not a number of days that CloudWatch Logs knows; one of ${daysOfLogs.join(', ')}`,
    }),
    RetentionDays.THREE_MONTHS,
  ),
  resultRetentionDays: z._default(wholeNumber(7, 3650), 365),
  objectLock: z.optional(objectLock),
});

/** What a deployment says, with the defaults of what it does not say. */
export type Settings = Readonly<z.infer<typeof deploymentFields>>;
