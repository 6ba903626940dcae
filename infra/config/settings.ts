import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { nearest } from '../../lambda/contract/nearest.ts';
import { isSchedule } from './is-schedule.ts';

/** The versions whose numbering the program knows; a test holds them to the program's own list. */
export const benchmarks = [
  'cis-eks-1.2.0',
  'cis-eks-1.4.0',
  'cis-eks-1.5.0',
  'cis-eks-1.7.0',
  'cis-eks-1.8.0',
] as const;

/** The controls that the program knows, by slug; a test holds them to the program's own list. */
export const controlSlugs = [
  'kubelet-kubeconfig-mode',
  'kubelet-kubeconfig-owner',
  'kubelet-config-mode',
  'kubelet-config-owner',
  'kubelet-anonymous-auth',
  'kubelet-authorization-mode',
  'kubelet-client-ca-file',
  'kubelet-read-only-port',
  'kubelet-streaming-timeout',
  'kubelet-protect-kernel-defaults',
  'kubelet-iptables-chains',
  'kubelet-hostname-override',
  'kubelet-event-qps',
  'kubelet-rotate-certificates',
  'kubelet-rotate-server-certificate',
  'client-ca-file-present',
  'client-ca-is-cluster-ca',
  'client-ca-expiry',
] as const;

/** The inline policies of a role hold 10,240 characters, and those of the hub name each listed account: once, or twice with remediation. */
const mostAccounts = 140;
const mostAccountsToFix = 75;

const matching = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error });
/** CloudFormation refuses lists that name something twice, and an account named twice would be audited twice. */
const eachOnce = <Item extends z.ZodType>(item: Item, params: { readonly error?: string } = {}) =>
  z.array(item, params).refine((list) => new Set(list).size === list.length, { error: 'something is in it twice' });

const account = matching(/^\d{12}$/, 'not an account; write its 12 digits in quotes, as "111122223333"');
const region = matching(/^[a-z]{2,}(-[a-z0-9]+)+-\d{1,2}$/, 'not a Region; write it as eu-west-1');
const unit = matching(
  /^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$/,
  'not an organizational unit; write its id as ou-ab12-11111111, or the id of the root, r-ab12, for the whole organization',
);
const daysOfLogs = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

const organization = z.strictObject({
  id: matching(/^o-[0-9a-z]{10,32}$/, 'not the id of an organization; write it as o-ab12cd34ef'),
  units: eachOnce(unit, {
    error: 'name what is audited: organizational units, or the root (r-…) for the whole organization',
  }).min(1, {
    error: 'nothing would be audited; name organizational units, or the root (r-…) for the whole organization',
  }),
  exclude: eachOnce(account).default([]),
});

const oneSubnet = { error: 'the function needs one at least; name private subnets that reach the clusters and AWS' };
const oneSecurityGroup = { error: 'the function needs one at least; name one that may reach port 443' };
const vpc = z.strictObject({
  subnets: z
    .array(matching(/^subnet-[0-9a-f]{8,17}$/, 'not a subnet; write its id as subnet-0123456789abcdef0'), oneSubnet)
    .min(1, oneSubnet),
  securityGroups: z
    .array(
      matching(/^sg-[0-9a-f]{8,17}$/, 'not a security group; write its id as sg-0123456789abcdef0'),
      oneSecurityGroup,
    )
    .min(1, oneSecurityGroup),
});

/** A role as a person writes it, with * for what differs. */
const roleArn = matching(
  /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/*?-]+$/,
  'not a role; write its ARN as arn:aws:iam::111122223333:role/NAME, with * for what differs',
);

const remediation = z.strictObject({
  approvers: z
    .array(roleArn, { error: 'a remedy waits for an approval; name roles of the hub that may give it' })
    .min(1, { error: 'a remedy waits for an approval; name roles of the hub that may give it' }),
  addresses: z.array(z.email({ error: 'not an e-mail address' })).default([]),
  automatedSecurityResponse: z.boolean().default(false),
});

const securityHub = z.strictObject({
  insights: z.boolean().default(true),
  resolvePassed: z.boolean().default(false),
});

const notSchedule = {
  error: 'not a schedule; write it as cron(0 5 * * ? *), with six fields, ? in one of the days, or as rate(1 day)',
};
const notTimeZone = { error: 'not a time zone; write it as Europe/Berlin or UTC' };

/** The deployment: what is audited, how, and when. deployment.yaml documents each field. */
const fields = z.strictObject({
  accounts: eachOnce(account).default([]),
  organization: organization.optional(),
  regions: eachOnce(region).default([]),
  homeRegion: region.optional(),
  operatorRole: roleArn.optional(),

  schedule: z.string(notSchedule).refine(isSchedule, notSchedule).default('cron(0 5 * * ? *)'),
  timeZone: z.string(notTimeZone).refine(isTimeZone, notTimeZone).default('UTC'),

  sources: z
    .array(z.enum(['configz', 'ssm', 'tls'], { error: 'not a source; one of configz, ssm, tls' }))
    .min(1, { error: 'nothing would be read; name configz, ssm or both' })
    .default(['configz', 'ssm']),
  everySource: z.boolean().default(false),
  controls: z
    .array(z.enum(controlSlugs, { error: 'not a control; write its slug, as docs/controls.md has it' }))
    .default([]),
  benchmark: z.enum(benchmarks, { error: `not a benchmark; one of ${benchmarks.join(', ')}` }).default('cis-eks-1.8.0'),
  scope: z
    .enum(['node-group', 'node', 'cluster'], { error: 'not a scope; one of node-group, node, cluster' })
    .default('node-group'),
  vpc: vpc.optional(),

  clustersAtOnce: z.int().min(1).max(1000).default(50),
  concurrency: z.int().min(1).max(100).default(20),
  nodeTimeout: matching(/^[1-9]\d*(ms|s|m)$/, 'not a duration; write it as 10s').default('10s'),
  toleratedFailurePercentage: z.int().min(0).max(100).default(100),

  publish: z.boolean().default(true),
  waivers: z
    .string({ error: 'not a file; write its name, as waivers.yaml' })
    .min(1, { error: 'names no file; leave it out, or write waivers.yaml' })
    .optional(),
  securityHub: securityHub.prefault({}),
  alertAddresses: z.array(z.email({ error: 'not an e-mail address' })).default([]),

  remediation: remediation.optional(),

  logRetentionDays: z
    .literal(daysOfLogs, { error: `not a number of days that CloudWatch Logs knows; one of ${daysOfLogs.join(', ')}` })
    .default(RetentionDays.THREE_MONTHS),
  resultRetentionDays: z.int().min(7).max(3650).default(365),
});

const settings = fields.superRefine((written, context) => {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: path.split('.'), message, input: written });
  const { accounts, everySource, homeRegion, organization, regions, remediation, sources, vpc } = written;

  const most = remediation ? mostAccountsToFix : mostAccounts;
  if (accounts.length > most)
    refuse('accounts', `more than the ${most} that the policies of the hub's roles have room for; use organization`);
  if (organization && accounts.length > 0)
    refuse('accounts', 'there is an organization too; leave one of them out: the organization lists its own accounts');
  if (organization && regions.length === 0)
    refuse('regions', 'the StackSet must be told where to deploy; name the Regions that have clusters');
  if (organization && regions.length > 0 && homeRegion === undefined)
    refuse('homeRegion', `the StackSet must be told where to make each account's role; write ${regions[0]}`);
  if (homeRegion !== undefined && regions.length > 0 && !regions.includes(homeRegion))
    refuse('homeRegion', `not one of regions; write one of ${regions.join(', ')}, or add it there`);
  if (everySource && sources.length === 1)
    refuse('everySource', 'it compares what sources read, and there is only one; add ssm or configz to sources');
  if (sources.includes('tls') && !vpc)
    refuse('sources', 'tls dials the nodes themselves, which needs a way to them; add vpc, or leave tls out');
  if (remediation && !sources.includes('ssm'))
    refuse('sources', 'remediation changes nodes by SSM, and reads there where a value comes from; add ssm');
});

export type Settings = Readonly<z.infer<typeof settings>>;

/** What a person wrote cannot be deployed; the message names the file, each field, its value and what to write. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Settings with defaults for what is left out.
 *
 * @param written what the file holds
 * @param file its name, for messages
 * @throws SettingsError
 */
export function parseSettings(written: unknown, file = 'deployment.yaml'): Settings {
  const parsed = settings.safeParse(written);
  if (parsed.success) return parsed.data;

  const complaints = parsed.error.issues.flatMap((issue) => complaintsAbout(issue, written));
  throw new SettingsError(complaints.map((complaint) => `${file}: ${complaint}`).join('\n'), { cause: parsed.error });
}

function complaintsAbout(issue: z.core.$ZodIssue, written: unknown): readonly string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField([...issue.path, key]));
  if (issue.path.length === 0) return ['must hold fields, one a line, as in schedule: rate(1 day)'];

  const value = issue.path.reduce<unknown>((at, key) => Object(at)[key], written);
  const wrongKind = issue.code === 'invalid_type' && value !== undefined ? kinds[issue.expected] : undefined;
  const message = wrongKind ?? issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  const is = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
  return [`'${issue.path.join('.')}' ${is}: ${message}`];
}

/** What is wrong with a value of another kind than the field's. */
const kinds: Readonly<Record<string, string>> = {
  array: 'not a list; write it between brackets, as in regions: [eu-west-1]',
  object: 'holds no fields; write them below it, one a line, further in',
  boolean: 'write true or false, without quotes',
  int: 'not a whole number',
  number: 'not a number',
};

function unknownField(path: readonly PropertyKey[]): string {
  const parent = path.slice(0, -1).join('.');
  const groups: Readonly<Record<string, object>> = {
    organization: organization.shape,
    vpc: vpc.shape,
    securityHub: securityHub.shape,
    remediation: remediation.shape,
  };
  const known = Object.keys(groups[parent] ?? fields.shape);
  const suggestion = nearest(String(path.at(-1)), known);
  const advice = suggestion ? `did you mean '${suggestion}'?` : `known fields are ${known.join(', ')}`;
  return `unknown field '${path.join('.')}'; ${advice}`;
}

/** By its name: EventBridge Scheduler knows no offset such as +02:00, which Node takes too. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Z]/.test(name);
  } catch {
    return false;
  }
}
