import * as z from 'zod/mini';
import { account, eachOnce, matching, rule, unit, wholeNumber } from './settings.ts';

const list = <Item extends z.ZodMiniType>(item: Item, error: string, most = 100) =>
  z
    .array(item, { error })
    .check(z.minLength(1, { error }), z.maxLength(most, { error: `more than the ${most} that AWS takes` }));

/** Source: CloudWatch Logs API, `PutRetentionPolicy`, parameter `retentionInDays`. */
export const daysOfLogs = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const organization = z.strictObject({
  id: matching(/^o-[0-9a-z]{10,32}$/, 'not the id of an organization; write it as o-ab12cd34ef'),
  units: eachOnce(unit, {
    error: 'name what is audited: organizational units, or the root (r-…) for the whole organization',
  }).check(
    z.minLength(1, {
      error: 'nothing would be audited; name organizational units, or the root (r-…) for the whole organization',
    }),
  ),
  exclude: z._default(eachOnce(account), []),
  /** The identity by which the hub's account deploys the StackSets: `SELF` where it is the organization's management account. */
  callAs: z._default(
    z.enum(['DELEGATED_ADMIN', 'SELF'], {
      error: 'not who deploys the StackSet; write DELEGATED_ADMIN, or SELF where the hub is in the management account',
    }),
    'DELEGATED_ADMIN',
  ),
});

// The characters that every resource type allows, by CloudFormation's schemas: a StackSet knows only these names, an alarm no empty value. IAM counts names of different case
// as one. A StackSet takes 50 tags.
const tagName = /^(?![aA][wW][sS]:)[A-Za-z0-9 _.:/=+-]{1,128}$/;
const tagValue = /^[A-Za-z0-9 _.:/=+@-]{1,256}$/;
export const tags = z
  .record(
    z.string(),
    matching(tagValue, 'not the value of a tag; write it in quotes, of 1 to 256 of A-Z a-z 0-9, space and _.:/=+@-'),
  )
  .check(
    rule((all: object) => Object.keys(all).every((name) => tagName.test(name)), {
      error:
        'holds a name that is not valid for a tag; names have 1 to 128 of A-Z a-z 0-9, space and _.:/=+-, and do not begin with aws:',
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
const vpc = z.strictObject({
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
  /** Nodes of IPv6 clusters have IPv6 addresses; the subnets must be dual-stack. */
  ipv6: z._default(z.boolean(), false),
});

/** The name of such a role ends in 16 digits of its own: `_*` would admit every permission set, too, whose name only begins so. */
const ssoRole = /^[^_]*AWSReservedSSO_[^*?]+_(?:[0-9a-f]{16}|\?{16})$/;

/** A role as a person writes it, with * for what differs. */
export const roleArn = matching(
  /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/*?-]+$/,
  'not a role; write its ARN as arn:aws:iam::111122223333:role/NAME, with * for what differs',
).check(
  rule((arn: string) => /[^*?]/.test(arn.split('/').at(-1) ?? ''), {
    error: 'admits every role; write a name, or a part of one, behind the last /',
    json: { not: { pattern: '/[*?]*$' } },
  }),
  rule((arn: string) => !arn.includes('AWSReservedSSO') || ssoRole.test(arn.split('/').at(-1) ?? ''), {
    error:
      'admits other permission sets whose names begin so; write the 16 digits at its end as ????????????????, as in AWSReservedSSO_NAME_????????????????',
    json: { not: { pattern: String.raw`^(?=.*AWSReservedSSO).*\*$` } },
  }),
);

const mailAddress = z.email({ error: 'not an e-mail address' });
/** A subscription each, and a stack holds 500 resources. */
export const mailAddresses = z
  .array(mailAddress)
  .check(z.maxLength(100, { error: 'more than 100; write to a mailing list' }));

const remediation = z.strictObject({
  approvers: list(roleArn, 'a remedy waits for an approval; name roles of the hub that may give it'),
  /** Who may ask for a remedy: none of them may approve one. */
  requesters: z._default(z.array(roleArn), []),
  /** Requests and ends of runbooks that are handled at once, where other accounts can trigger the function; 0 reserves none. */
  reservedConcurrency: z._default(wholeNumber(0, 100), 2),
  addresses: z._default(mailAddresses, []),
  automatedSecurityResponse: z._default(z.boolean(), false),
  /** Starts runbooks also for clusters whose API server the function can't ask whether nodes are Ready. */
  withoutReady: z._default(z.boolean(), false),
});

const securityHub = z.strictObject({
  insights: z._default(z.boolean(), true),
  resolvePassed: z._default(z.boolean(), false),
});

const objectLock = z.strictObject({
  days: wholeNumber(1, 3650),
  /** Who can shorten the retention. COMPLIANCE: no one, not even the root user. GOVERNANCE: only principals with s3:BypassGovernanceRetention. */
  mode: z._default(
    z.enum(['GOVERNANCE', 'COMPLIANCE'], {
      error: 'not a mode of Object Lock; write GOVERNANCE, or COMPLIANCE, which nobody can take back',
    }),
    'GOVERNANCE',
  ),
});

/** The settings that have fields of their own. */
export const deploymentGroups = { organization, vpc, securityHub, remediation, objectLock };
