import type { Control } from '../control.ts';
import { describe as describeAbout, nameOf } from '../controls/about.ts';
import type { Cluster, ClusterArn, ClusterAudit } from '../model.ts';
import type { StoredFinding } from '../ports.ts';
import type { AsffFinding, AsffSeverity } from './asff.ts';
import { complianceStatus, type FindingStatus, severityLabel } from './compliance.ts';
import { findingText } from './finding-text.ts';
import { findingId, findingTitle, generatorId } from './identity.ts';
import { product } from './product.ts';
import { defaultProductArn } from './product-arn.ts';
import { remediation } from './remediation-text.ts';
import { maxNodeResources, nodesToName, resourcesOf } from './resources.ts';
import type { RolledUp } from './roll-up.ts';
import { statusReasons } from './status-reasons.ts';

/** What Security Hub already holds, by Id; `unknown` when it could not be read or was not asked. */
export type Stored = ReadonlyMap<string, StoredFinding> | 'unknown';

/** A cluster that can have findings: one with an ARN. */
export type NamedCluster = Cluster & { readonly arn: ClusterArn };

export interface FindingContext {
  readonly cluster: NamedCluster;
  readonly inventory: ClusterAudit['inventory'];
  readonly benchmark: string;
  /** One for the whole run: a resent finding is then ignored by Security Hub, not counted as an update. */
  readonly now: Date;
  readonly stored: Stored;
}

const findingTypes = {
  benchmark: 'Software and Configuration Checks/Industry and Regulatory Standards/CIS Amazon EKS Benchmark',
  own: 'Software and Configuration Checks/AWS Security Best Practices',
} as const satisfies Record<Control['family'], string>;

/** One subject under one control → its active finding. Pure; every limit of ASFF holds whatever the nodes are called or say. */
export function findingOf(rolled: RolledUp & { readonly status: FindingStatus }, context: FindingContext): AsffFinding {
  const { control, subject, status } = rolled;
  const { arn } = context.cluster;
  const id = findingId(control.slug, arn, subject);
  const severity: AsffSeverity = { Label: severityLabel(status, control), Original: status };
  const requirements = requirementsOf(control, context.benchmark);

  return {
    SchemaVersion: '2018-10-08',
    Id: id,
    ProductArn: defaultProductArn(arn),
    ProductName: product,
    CompanyName: product,
    GeneratorId: generatorId(control),
    AwsAccountId: arn.accountId,
    Region: arn.region,
    ...timesOf(id, context),
    Title: findingTitle(control),
    Description: describe(rolled, arn),
    FindingProviderFields: { Severity: severity, Types: [findingTypes[control.family]] },
    Compliance: {
      Status: complianceStatus(status),
      StatusReasons: statusReasons(rolled),
      ...(requirements.length > 0 ? { RelatedRequirements: requirements } : {}),
    },
    Remediation: { Recommendation: remediation(control, rolled.nodes[0]?.node ?? anyNode, status) },
    ProductFields: productFields(rolled, context),
    Resources: resourcesOf(context.cluster, rolled),
    RecordState: 'ACTIVE',
  };
}

/**
 * CreatedAt and FirstObservedAt survive every update. ASFF demands CreatedAt, so when nobody knows what is stored it is this run's;
 * FirstObservedAt is then left out. UpdatedAt is later than the stored one even if a clock went backwards: else the update would be ignored.
 */
function timesOf(id: string, { stored, now }: Pick<FindingContext, 'stored' | 'now'>) {
  const time = now.toISOString();
  if (stored === 'unknown') return { CreatedAt: time, UpdatedAt: time, LastObservedAt: time };

  const before = stored.get(id);
  return {
    CreatedAt: before?.createdAt ?? time,
    UpdatedAt: laterThan(before?.updatedAt, now),
    FirstObservedAt: before?.firstObservedAt ?? before?.createdAt ?? time,
    LastObservedAt: time,
  };
}

function laterThan(stored: string | undefined, now: Date): string {
  const before = stored === undefined ? Number.NaN : Date.parse(stored);

  return before >= now.getTime() ? new Date(before + 1).toISOString() : now.toISOString();
}

/** `CIS Amazon EKS Benchmark 1.8.0/3.2.3` where that version has the control, and what other catalogues call it; each at most 64 characters. */
function requirementsOf(control: Pick<Control, 'numbers' | 'alsoKnownAs'>, benchmark: string): readonly string[] {
  const number = numberIn(control, benchmark);
  const { cisKubernetes, stig } = control.alsoKnownAs ?? {};

  return [
    ...(number ? [`CIS Amazon EKS Benchmark ${benchmark.replace('cis-eks-', '')}/${number}`] : []),
    ...(cisKubernetes ? [`CIS Kubernetes Benchmark ${cisKubernetes}`] : []),
    ...(stig ? [`DISA STIG ${stig}`] : []),
  ].map((each) => findingText(each, 64));
}

const numberIn = ({ numbers }: Pick<Control, 'numbers'>, benchmark: string): string | undefined =>
  Object.entries(numbers).find(([version]) => version === benchmark)?.[1].number;

/** What the finding is about and why it matters. No counts and no node names: those change, this does not. */
function describe({ control, subject }: Pick<RolledUp, 'control' | 'subject'>, arn: ClusterArn): string {
  return findingText(
    `${findingText(control.title, 200)}. ${findingText(control.rationale, 400)} Covers ${subjectText(subject)} cluster ${arn.name}. For ${describeAbout(control.about)}, expected ${findingText(control.expected, 120)}.`,
    1024,
  );
}

function subjectText(subject: RolledUp['subject']): string {
  if (subject.scope === 'cluster') return 'all nodes of';
  if (subject.scope === 'node') return `node ${findingText(subject.node.key, 120)} of`;
  return `node group ${findingText(subject.group.name, 120)} (${subject.group.kind}) of`;
}

/** What people filter and route by, and the counts. Names are prefixed as ASFF advises; values are never blank. */
function productFields(
  rolled: RolledUp,
  { cluster, inventory, benchmark, stored }: FindingContext,
): Readonly<Record<string, string>> {
  const { control, subject, counts, nodes } = rolled;
  const group =
    subject.scope === 'node-group' ? subject.group : subject.scope === 'node' ? subject.node.group : undefined;
  const number = numberIn(control, benchmark);
  const unnamed = nodesToName(rolled).length - maxNodeResources;

  return {
    [`${product}/cluster`]: cluster.arn.name,
    [`${product}/scope`]: subject.scope,
    ...(group
      ? { [`${product}/node-group`]: findingText(group.name, 256), [`${product}/node-group-kind`]: group.kind }
      : {}),
    ...(subject.scope === 'node'
      ? { [`${product}/node`]: findingText(subject.node.name ?? subject.node.key, 256) }
      : {}),
    [`${product}/node-kind`]: [...new Set(nodes.map(({ node }) => node.kind))].sort().join(','),
    [`${product}/benchmark`]: benchmark,
    [`${product}/control`]: control.slug,
    ...(number ? { [`${product}/control-number`]: findingText(number, 32) } : {}),
    [`${product}/setting`]: nameOf(control.about),
    [`${product}/verdict`]: rolled.status,
    [`${product}/nodes`]: `${nodes.length}`,
    [`${product}/nodes-failed`]: `${counts.fail}`,
    [`${product}/nodes-warned`]: `${counts.warn}`,
    [`${product}/nodes-unknown`]: `${counts.unknown}`,
    [`${product}/nodes-passed`]: `${counts.pass}`,
    [`${product}/nodes-not-applicable`]: `${counts['not-applicable']}`,
    ...(unnamed > 0 ? { [`${product}/nodes-not-in-resources`]: `${unnamed}` } : {}),
    [`${product}/inventory`]: `${inventory.from} ${inventory.complete ? 'complete' : 'incomplete'}`,
    ...(stored === 'unknown'
      ? { [`${product}/created-at`]: 'of this run: what Security Hub held before is not known' }
      : {}),
  };
}

/** A subject always has a node; this is for the type. */
const anyNode = { kind: 'linux', group: { kind: 'self-managed', name: 'self-managed' } } as const;
