import type { Severity } from '../../judge/control.ts';

/**
 * The part of the AWS Security Finding Format that this program writes (docs/findings.md says why, field by field).
 * What is the customer's (Workflow, Note, UserDefinedFields, VerificationState, Confidence, Criticality) is not in the type: it is never sent.
 * Limits hold by construction and are checked again before sending: limits.ts.
 */
export interface AsffFinding {
  readonly SchemaVersion: '2018-10-08';
  readonly Id: string;
  readonly ProductArn: string;
  readonly ProductName: string;
  readonly CompanyName: string;
  readonly GeneratorId: string;
  readonly AwsAccountId: string;
  readonly Region: string;
  /** ISO 8601 in UTC with milliseconds, as all times here. */
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  /** Left out when the stored time is unknown: no time is better than a wrong one. */
  readonly FirstObservedAt?: string;
  /** Left out when this run did not observe it: of an archived finding, and of one that is held. */
  readonly LastObservedAt?: string;
  readonly Title: string;
  readonly Description: string;
  /** Severity and Types go in here only: Security Hub copies them to the top level unless the customer has changed them there. */
  readonly FindingProviderFields: { readonly Severity: AsffSeverity; readonly Types: readonly string[] };
  readonly Compliance: AsffCompliance;
  readonly Remediation: { readonly Recommendation: AsffRecommendation };
  readonly ProductFields: Readonly<Record<string, string>>;
  /** The cluster first: most consumers look at the first one only. */
  readonly Resources: readonly AsffResource[];
  readonly RecordState: 'ACTIVE' | 'ARCHIVED';
}

export interface AsffSeverity {
  readonly Label: Severity;
  /** Our verdict, 1 to 64 characters. */
  readonly Original: string;
}

export const complianceStatuses = ['PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE'] as const;
export type ComplianceStatus = (typeof complianceStatuses)[number];

export interface AsffStatusReason {
  readonly ReasonCode: string;
  readonly Description: string;
}

interface AsffCompliance {
  readonly Status: ComplianceStatus;
  readonly StatusReasons: readonly AsffStatusReason[];
  /** Left out when the benchmark version has no such control. */
  readonly RelatedRequirements?: readonly string[];
}

export interface AsffRecommendation {
  readonly Text: string;
  readonly Url: string;
}

/** ASFF's enumeration; `aws-eusc`, `aws-iso-e` and `aws-iso-f` are missing from it. */
export const partitions = ['aws', 'aws-cn', 'aws-us-gov', 'aws-us-iso', 'aws-us-iso-b'] as const;
type AsffPartition = (typeof partitions)[number];

export interface AsffResource {
  readonly Type: 'AwsEksCluster' | 'AwsEc2Instance' | 'Other';
  readonly Id: string;
  /** Left out where ASFF's enumeration does not know the partition. */
  readonly Partition?: AsffPartition;
  readonly Region?: string;
  readonly Details?: {
    readonly AwsEksCluster?: AsffEksCluster;
    readonly Other?: Readonly<Record<string, string>>;
  };
}

export interface AsffEksCluster {
  readonly Name: string;
  readonly Arn: string;
  readonly Version?: string;
  readonly Endpoint?: string;
  readonly ResourcesVpcConfig?: { readonly EndpointPublicAccess: boolean };
}
