import { type Control, isOfCluster } from '../judge/control.ts';
import { describe as describeAbout } from '../judge/controls/shared/about.ts';
import type { ClusterArn } from '../model/model.ts';
import { howMany } from '../model/text/how-many.ts';
import type { FindingStatus } from './asff/compliance.ts';
import { findingText } from './finding-text.ts';
import type { RolledUp } from './roll-up.ts';

interface DescribedSubject extends Pick<RolledUp, 'control' | 'subject' | 'nodes' | 'counts' | 'held'> {
  readonly status: FindingStatus;
}

interface DescriptionOptions {
  readonly arn: ClusterArn;
  /** When the status began, as an ISO time; absent when it isn't known. */
  readonly since: string | undefined;
}

/**
 * What is wrong, on how many nodes of how many, since when; then what is required and why. At most 1,024 characters. Passing nodes are not counted:
 * autoscaling would change the finding each night.
 */
export function descriptionOf(described: DescribedSubject, { arn, since }: DescriptionOptions): string {
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
