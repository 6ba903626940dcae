import { type Control, type Family, type Severity, severities } from '../../judge/control.ts';
import type { VerdictStatus } from '../../model/model.ts';
import type { RolledUp } from '../roll-up.ts';
import type { ComplianceStatus } from './asff.ts';

/** A verdict that leads to an active finding. */
export type FindingStatus = Exclude<VerdictStatus, 'not-applicable'>;

const statusOf = {
  pass: 'PASSED',
  fail: 'FAILED',
  warn: 'WARNING',
  unknown: 'NOT_AVAILABLE',
} as const satisfies Record<FindingStatus, ComplianceStatus>;

/** A roll-up that leads to an active finding. */
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
