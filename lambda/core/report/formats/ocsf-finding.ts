import { generatorIdPrefix, productName } from '../../../contract/names.ts';
import type { AsffFinding, AsffResource, ComplianceStatus } from '../../findings/asff/asff.ts';
import type { Severity } from '../../judge/control.ts';

/**
 * The part of OCSF's Compliance Finding (class 2003) that this program writes. Everything that versions 1.1 to 1.5 require is there; enumerations
 * come with their captions. Times are milliseconds since 1970.
 */
export interface OcsfFinding {
  /** Always a creation: nothing is known of what is stored. A receiver that has the finding already recognizes it by `finding_info.uid`. */
  readonly activity_id: 1;
  readonly activity_name: 'Create';
  readonly category_uid: 2;
  readonly category_name: 'Findings';
  readonly class_uid: 2003;
  readonly class_name: 'Compliance Finding';
  /** `class_uid` × 100 + `activity_id`. */
  readonly type_uid: 200301;
  readonly type_name: 'Compliance Finding: Create';
  readonly time: number;
  readonly severity_id: number;
  readonly severity: string;
  readonly status_id: 1 | 3 | 4;
  readonly status: string;
  readonly message: string;
  readonly metadata: {
    readonly version: '1.5.0';
    readonly profiles: readonly ['cloud'];
    readonly product: { readonly name: string; readonly vendor_name: string; readonly uid: string };
  };
  readonly cloud: {
    readonly provider: 'AWS';
    readonly account: { readonly uid: string; readonly type: 'AWS Account'; readonly type_id: 10 };
    readonly region: string;
  };
  readonly finding_info: {
    /** The finding's Id in Security Hub. */
    readonly uid: string;
    readonly title: string;
    readonly desc: string;
    readonly types: readonly string[];
    readonly created_time: number;
    readonly modified_time: number;
    readonly first_seen_time?: number;
    readonly last_seen_time?: number;
    readonly analytic: { readonly uid: string; readonly name: string; readonly type_id: 1; readonly type: 'Rule' };
  };
  readonly compliance: {
    readonly standards: readonly string[];
    readonly control: string;
    readonly requirements: readonly string[];
    readonly status_id: 0 | 1 | 2 | 3;
    readonly status: string;
    /** As Security Hub calls it. */
    readonly status_code: ComplianceStatus;
    readonly status_details: readonly string[];
  };
  readonly remediation: { readonly desc: string; readonly references: readonly string[] };
  readonly resources: readonly OcsfResource[];
  /** Our own fields, under the names that they have in Security Hub. */
  readonly unmapped: Readonly<Record<string, string>>;
}

interface OcsfResource {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly region: string;
  readonly cloud_partition?: string;
  readonly data?: object;
}

/** A finding that Security Hub may get → the same as OCSF's Compliance Finding: both tell the same, under the same identity. */
export function ocsfFinding(finding: AsffFinding): OcsfFinding {
  const { Compliance, ProductFields, FindingProviderFields, Remediation } = finding;
  const status = statuses[statusOf(finding)];
  const severity = severities[FindingProviderFields.Severity.Label];
  const [firstReason] = Compliance.StatusReasons;

  return {
    activity_id: 1,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2003,
    class_name: 'Compliance Finding',
    type_uid: 200301,
    type_name: 'Compliance Finding: Create',
    time: Date.parse(finding.UpdatedAt),
    severity_id: severity.id,
    severity: severity.name,
    status_id: status.id,
    status: status.name,
    message: [finding.Title, ...(firstReason ? [firstReason.Description] : [])].join(': '),
    metadata: {
      version: '1.5.0',
      profiles: ['cloud'],
      product: { name: finding.ProductName, vendor_name: finding.CompanyName, uid: finding.ProductArn },
    },
    cloud: {
      provider: 'AWS',
      account: { uid: finding.AwsAccountId, type: 'AWS Account', type_id: 10 },
      region: finding.Region,
    },
    finding_info: {
      uid: finding.Id,
      title: finding.Title,
      desc: finding.Description,
      types: FindingProviderFields.Types,
      created_time: Date.parse(finding.CreatedAt),
      modified_time: Date.parse(finding.UpdatedAt),
      ...(finding.FirstObservedAt !== undefined && { first_seen_time: Date.parse(finding.FirstObservedAt) }),
      ...(finding.LastObservedAt !== undefined && { last_seen_time: Date.parse(finding.LastObservedAt) }),
      analytic: { uid: finding.GeneratorId, name: controlOf(finding), type_id: 1, type: 'Rule' },
    },
    compliance: {
      standards: [standardOf(finding)],
      control: controlOf(finding),
      requirements: Compliance.RelatedRequirements ?? [],
      ...complianceStatuses[Compliance.Status],
      status_code: Compliance.Status,
      status_details: Compliance.StatusReasons.map(({ Description }) => Description),
    },
    remediation: { desc: Remediation.Recommendation.Text, references: [Remediation.Recommendation.Url] },
    resources: finding.Resources.map((each) => resourceOf(each, finding)),
    unmapped: ProductFields,
  };
}

const statuses = {
  new: { id: 1, name: 'New' },
  suppressed: { id: 3, name: 'Suppressed' },
  resolved: { id: 4, name: 'Resolved' },
} as const;

/** A pass needs no action; a waived failure was looked at. */
function statusOf({ Compliance, ProductFields }: AsffFinding): keyof typeof statuses {
  if (ProductFields[`${productName}/waived-until`] !== undefined) return 'suppressed';
  return Compliance.Status === 'PASSED' ? 'resolved' : 'new';
}

const severities = {
  INFORMATIONAL: { id: 1, name: 'Informational' },
  LOW: { id: 2, name: 'Low' },
  MEDIUM: { id: 3, name: 'Medium' },
  HIGH: { id: 4, name: 'High' },
  CRITICAL: { id: 5, name: 'Critical' },
} as const satisfies Record<Severity, object>;

/** OCSF's Warning is a check without a result for want of information; what could not be read at all is its Unknown. */
const complianceStatuses = {
  PASSED: { status_id: 1, status: 'Pass' },
  WARNING: { status_id: 2, status: 'Warning' },
  FAILED: { status_id: 3, status: 'Fail' },
  NOT_AVAILABLE: { status_id: 0, status: 'Unknown' },
} as const satisfies Record<ComplianceStatus, object>;

const controlOf = ({ GeneratorId }: AsffFinding): string => GeneratorId.replace(generatorIdPrefix, '');

/** The benchmark among the requirements, `CIS Amazon EKS Benchmark 1.8.0`. A check without a benchmark is its own standard. */
const standardOf = ({ Compliance }: AsffFinding): string =>
  Compliance.RelatedRequirements?.find((each) => each.startsWith('CIS Amazon EKS Benchmark '))?.replace(/\/.*/, '') ??
  productName;

const resourceTypes = {
  AwsEksCluster: 'AWS::EKS::Cluster',
  AwsEc2Instance: 'AWS::EC2::Instance',
  Other: 'Kubernetes::Node',
} as const satisfies Record<AsffResource['Type'], string>;

function resourceOf({ Type, Id, Region, Partition, Details }: AsffResource, finding: AsffFinding): OcsfResource {
  const data = Details?.AwsEksCluster ?? Details?.Other;

  return {
    uid: Id,
    name: Details?.AwsEksCluster?.Name ?? Details?.Other?.['NodeName'] ?? Id,
    type: resourceTypes[Type],
    region: Region ?? finding.Region,
    ...(Partition && { cloud_partition: Partition }),
    ...(data && { data }),
  };
}
