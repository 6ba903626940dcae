import { type Control, type Family, isOfCluster, type Severity, severities } from '../judge/control.ts';
import { describe as describeAbout } from '../judge/controls/shared/about.ts';
import type { ClusterArn, VerdictStatus } from '../model/model.ts';
import { howMany } from '../model/text/words.ts';
import type { ComplianceStatus } from './asff/asff.ts';
import { findingText } from './identity.ts';
import type { RolledUp } from './roll-up.ts';

export type FindingStatus = Exclude<VerdictStatus, 'not-applicable'>;

const statusOf = {
  pass: 'PASSED',
  fail: 'FAILED',
  warn: 'WARNING',
  unknown: 'NOT_AVAILABLE',
} as const satisfies Record<FindingStatus, ComplianceStatus>;

export type Applicable = RolledUp & { readonly status: FindingStatus };

/** A waived failure stays visible, as one that somebody looks after. */
export const complianceStatus = ({ status, waiver }: Pick<Applicable, 'status' | 'waiver'>): ComplianceStatus =>
  waiver?.state === 'active' ? 'WARNING' : statusOf[status];

/** Its severity: a suspicion counts as MEDIUM, an unread kubelet and a waived failure as LOW, but none as more than the failure itself. */
export function severityLabel(
  { status, waiver }: Pick<Applicable, 'status' | 'waiver'>,
  control: Pick<Control, 'severity'>,
): Severity {
  if (waiver?.state === 'active') return lesser('LOW', control.severity);
  if (status === 'fail') return control.severity;
  if (status === 'pass') return 'INFORMATIONAL';
  return lesser(status === 'warn' ? 'MEDIUM' : 'LOW', control.severity);
}

const lesser = (one: Severity, other: Severity): Severity =>
  severities.indexOf(one) < severities.indexOf(other) ? one : other;

/** ASFF's `namespace/category/classifier` of a finding. */
export const findingTypes = {
  benchmark: 'Software and Configuration Checks/Industry and Regulatory Standards/CIS Amazon EKS Benchmark',
  own: 'Software and Configuration Checks/AWS Security Best Practices',
} as const satisfies Record<Family, string>;

interface DescribedSubject extends Pick<RolledUp, 'control' | 'subject' | 'nodes' | 'counts' | 'held'> {
  readonly status: FindingStatus;
}

/**
 * What is wrong, on how many nodes of how many, since when; then what is required and why. At most 1,024 characters. Passing nodes are not counted:
 * autoscaling would change the finding each night. `since` is when the status began, where that is known.
 */
export function descriptionOf(
  described: DescribedSubject,
  { arn, since }: { readonly arn: ClusterArn; readonly since: string | undefined },
): string {
  const { control, held } = described;
  const where = `${isOfCluster(control) ? '' : `${subjectText(described.subject)} of `}cluster ${arn.name}`;
  const began = since === undefined ? '' : ` since ${since.slice(0, 10)}`;
  const what = held
    ? `${lastSeen[described.status]} in ${where}${began}; not readable since ${held.since.slice(0, 10)}`
    : `${words[described.status]} ${countText(described)}${where}${began}`;

  return findingText(`${what}. ${requirementText(control)}`, 1024);
}

/** What is required, and why: the part of a description that is about the control only. */
export const requirementText = (control: Control): string =>
  `${findingText(control.title, 200)}. ${findingText(control.rationale, 400)} For ${describeAbout(control.about)}, expected ${findingText(control.expected, 120)}.`;

const words = {
  fail: 'Fails',
  warn: 'Probably fails',
  unknown: 'Unknown',
  pass: 'Passes',
} as const satisfies Record<FindingStatus, string>;

const lastSeen = {
  fail: 'Failed when it was last read,',
  warn: 'Probably failed when it was last read,',
  unknown: 'Never read',
  pass: 'Passed when it was last read,',
} as const satisfies Record<FindingStatus, string>;

function countText({ control, subject, status, nodes, counts }: DescribedSubject): string {
  if (isOfCluster(control) || status === 'pass') return 'in ';
  if (subject.scope === 'node' || subject.scope === 'next-node') return 'on ';
  return `on ${counts[status]} of ${howMany(nodes.length, 'node')} in `;
}

function subjectText(subject: RolledUp['subject']): string {
  if (subject.scope === 'cluster') return 'all node groups';
  if (subject.scope === 'node') return `node ${findingText(subject.node.key, 120)}`;
  const group = `node group ${findingText(subject.group.name, 120)} (${subject.group.kind})`;
  return subject.scope === 'next-node' ? `the next node of ${group}` : group;
}
