import { generatorIdPrefix, productName } from '../../../contract/names.ts';
import type { AsffFinding, AsffResource, ComplianceStatus } from '../../findings/asff/asff.ts';
import { findingsOf } from '../../findings/finding.ts';
import type { Severity } from '../../judge/control.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { plainJson } from '../../model/text/words.ts';
import type { Report } from '../report.ts';
import type { FindingReportOptions } from './asff.ts';

/** The findings of an audit as OCSF Compliance Findings, JSON Lines. `cluster` throws ClusterArnNeeded for one without ARN. */
export const ocsfReport = (options: FindingReportOptions): Report => ({
  cluster: (audit) => ocsfLines(audit, options),
  end: () => [],
});

/** One cluster's findings, each a line: the same that Security Hub gets, under the same identity. */
export function* ocsfLines(audit: ReportedAudit, options: FindingReportOptions): Generator<string> {
  for (const finding of findingsOf(audit, { ...options, stored: 'unknown' }))
    yield `${plainJson(ocsfFinding(finding))}\n`;
}

/**
 * A finding that Security Hub may get as OCSF's Compliance Finding (class 2003), with everything that versions 1.1 to 1.5 require. Enumerations come
 * with their captions, times are milliseconds since 1970.
 */
export function ocsfFinding(finding: AsffFinding) {
  const { Compliance, ProductFields, FindingProviderFields, Remediation } = finding;
  const [firstReason] = Compliance.StatusReasons;

  return {
    // Always a creation: nothing is known of what is stored. A receiver recognizes the finding by `finding_info.uid`.
    activity_id: 1,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2003,
    class_name: 'Compliance Finding',
    // `class_uid` × 100 + `activity_id`.
    type_uid: 200301,
    type_name: 'Compliance Finding: Create',
    time: Date.parse(finding.UpdatedAt),
    ...severities[FindingProviderFields.Severity.Label],
    ...statuses[statusOf(finding)],
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
  new: { status_id: 1, status: 'New' },
  suppressed: { status_id: 3, status: 'Suppressed' },
  resolved: { status_id: 4, status: 'Resolved' },
} as const;

/** A pass needs no action; a waived failure was looked at. */
function statusOf({ Compliance, ProductFields }: AsffFinding): keyof typeof statuses {
  if (ProductFields[`${productName}/waived-until`] !== undefined) return 'suppressed';
  return Compliance.Status === 'PASSED' ? 'resolved' : 'new';
}

const severities = {
  INFORMATIONAL: { severity_id: 1, severity: 'Informational' },
  LOW: { severity_id: 2, severity: 'Low' },
  MEDIUM: { severity_id: 3, severity: 'Medium' },
  HIGH: { severity_id: 4, severity: 'High' },
  CRITICAL: { severity_id: 5, severity: 'Critical' },
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

function resourceOf({ Type, Id, Region, Partition, Details }: AsffResource, finding: AsffFinding) {
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
