import * as z from 'zod/mini';
import { toDotPath } from 'zod/v4/core';
import { accountPattern } from '../../../contract/patterns.ts';
import { severities } from '../../judge/control.ts';
import type { Model } from '../../model/node-facts.ts';

/** A finding, and a request: https://docs.aws.amazon.com/securityhub/latest/userguide/guidelines-batchimportfindings.html, read as decimal to be safe. */
const maxFindingBytes = 240_000;
export const maxRequestBytes = 6_000_000;
export const maxFindingsInRequest = 100;

/** Every string of the format matches `.*\S.*`: never empty, never blank. */
const text = (max = Number.POSITIVE_INFINITY, min = 1) =>
  z.string().check(
    between('characters', ({ length }: string) => length, { max, min }),
    z.refine((value) => /\S/.test(value), 'is blank'),
    z.refine((value) => value.isWellFormed(), 'holds half of a surrogate pair'),
  );
const list = <T extends z.ZodMiniType>(item: T, max: number, min = 0) =>
  z.array(item).check(between('items', ({ length }: unknown[]) => length, { max, min }));
const record = (max: { readonly name: number; readonly value: number }) =>
  z
    .record(
      text(max.name).check(z.refine((name) => !name.startsWith('aws/'), 'uses the reserved prefix aws/')),
      text(max.value),
    )
    .check(between('items', (value: object) => Object.keys(value).length, { max: 50, min: 0 }));

/** The fault is shown with the value. */
function is(holds: (value: string) => boolean, fault: string) {
  return z.refine<string>(holds, { error: ({ input }) => `${fault}: ${input}` });
}

function between<T>(
  what: string,
  of: (value: T) => number,
  { max, min }: { readonly max: number; readonly min: number },
) {
  const allowed = min === max ? `${max}` : `${min} to ${max}`;
  const isAllowed = (value: T) => of(value) >= min && of(value) <= max;
  return z.refine<T>(isAllowed, { error: ({ input }) => `has ${of(input as T)} ${what}, allowed are ${allowed}` });
}

/** `2026-11-24T10:00:00.000Z` or with an offset, at most 9 digits of a second. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/;
const time = z
  .string()
  .check(is((value) => timestamp.test(value) && !Number.isNaN(Date.parse(value)), 'is no ISO 8601 time with a zone'));

/** ASFF's enumeration; `aws-eusc`, `aws-iso-e` and `aws-iso-f` are missing from it. */
export const partitions = ['aws', 'aws-cn', 'aws-us-gov', 'aws-us-iso', 'aws-us-iso-b'] as const;
export const complianceStatuses = ['PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE'] as const;
export type ComplianceStatus = (typeof complianceStatuses)[number];

const statusReason = z.object({ ReasonCode: text(), Description: text() });
/** `Original` is our verdict. */
const severity = z.object({ Label: z.enum(severities), Original: text(64) });
const recommendation = z.object({
  Text: text(512),
  Url: text().check(is((value) => URL.canParse(value), 'is no URL')),
});
const eksCluster = z.object({
  Name: text(),
  Arn: text(),
  Version: z.exactOptional(text()),
  Endpoint: z.exactOptional(text()),
  ResourcesVpcConfig: z.exactOptional(z.object({ EndpointPublicAccess: z.boolean() })),
});
const resource = z.object({
  Type: z.enum(['AwsEksCluster', 'AwsEc2Instance', 'Other']),
  Id: text(512),
  /** Left out where ASFF's enumeration does not know the partition. */
  Partition: z.exactOptional(z.enum(partitions)),
  Region: z.exactOptional(text(16)),
  Details: z.exactOptional(
    z.object({
      AwsEksCluster: z.exactOptional(eksCluster),
      Other: z.exactOptional(record({ name: 127, value: 1023 })),
    }),
  ),
});

/** Sources: Security Hub API reference (AwsSecurityFinding), service model 2018-10-26, user guide. Most limits stand in texts only, and the SDK checks none. */
const finding = z.object({
  SchemaVersion: z.literal('2018-10-08'),
  Id: text(512),
  ProductArn: text(2048, 12),
  ProductName: text(128),
  CompanyName: text(128),
  GeneratorId: text(512),
  AwsAccountId: text(12, 12).check(is((value) => accountPattern.test(value), 'is no account number')),
  Region: text(16),
  CreatedAt: time,
  UpdatedAt: time,
  /** Left out when the stored time is unknown: no time is better than a wrong one. */
  FirstObservedAt: z.exactOptional(time),
  /** Left out when this run did not observe it: of an archived finding, and of one that is held. */
  LastObservedAt: z.exactOptional(time),
  Title: text(256),
  Description: text(1024),
  /** Severity and Types go in here only: Security Hub copies them to the top level unless the customer has changed them there. */
  FindingProviderFields: z.object({ Severity: severity, Types: list(text(), 50) }),
  Compliance: z.object({
    Status: z.enum(complianceStatuses),
    StatusReasons: z.array(statusReason),
    /** Left out when the benchmark version has no such control. */
    RelatedRequirements: z.exactOptional(list(text(64), 32)),
  }),
  Remediation: z.object({ Recommendation: recommendation }),
  ProductFields: record({ name: 128, value: 2048 }),
  /** The cluster first: most consumers look at the first one only. */
  Resources: list(resource, 32, 1),
  RecordState: z.enum(['ACTIVE', 'ARCHIVED']),
});

/**
 * The part of the AWS Security Finding Format that this program writes (docs/findings.md says why, field by field).
 * What is the customer's (Workflow, Note, UserDefinedFields, VerificationState, Confidence, Criticality) is not in the type: it is never sent.
 */
export type AsffFinding = Model<typeof finding>;
export type AsffSeverity = Model<typeof severity>;
export type AsffStatusReason = Model<typeof statusReason>;
export type AsffRecommendation = Model<typeof recommendation>;
export type AsffResource = Model<typeof resource>;
export type AsffEksCluster = Model<typeof eksCluster>;

/** Every documented limit of ASFF that a finding breaks, one sentence each; empty for a finding that may be sent. */
export function violations(unchecked: AsffFinding): readonly string[] {
  const bytes = new TextEncoder().encode(JSON.stringify(unchecked)).byteLength;

  return [
    ...(finding.safeParse(unchecked).error?.issues ?? []).flatMap(sentences),
    ...(bytes <= maxFindingBytes ? [] : [`the finding has ${bytes} bytes, allowed are ${maxFindingBytes}`]),
  ];
}

function sentences(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code !== 'invalid_key') return [`${toDotPath(issue.path)} ${issue.message}`];
  return issue.issues.map(({ message }) => `a name in ${toDotPath(issue.path.slice(0, -1))} ${message}`);
}
