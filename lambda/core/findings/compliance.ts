import type { Control, Severity } from '../control.ts';
import type { VerdictStatus } from '../model.ts';
import type { ComplianceStatus } from './asff.ts';

/** A verdict that leads to an active finding. */
export type FindingStatus = Exclude<VerdictStatus, 'not-applicable'>;

const statusOf = {
  pass: 'PASSED',
  fail: 'FAILED',
  warn: 'WARNING',
  unknown: 'NOT_AVAILABLE',
} as const satisfies Record<FindingStatus, ComplianceStatus>;

export const complianceStatus = (status: FindingStatus): ComplianceStatus => statusOf[status];

/** How bad a verdict is: a suspicion weighs MEDIUM and an unread kubelet LOW, but neither more than the failure itself would. */
export function severityLabel(status: FindingStatus, control: Pick<Control, 'severity'>): Severity {
  if (status === 'fail') return control.severity;
  if (status === 'pass') return 'INFORMATIONAL';
  return lesser(status === 'warn' ? 'MEDIUM' : 'LOW', control.severity);
}

const severities: readonly Severity[] = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

const lesser = (one: Severity, other: Severity): Severity =>
  severities.indexOf(one) < severities.indexOf(other) ? one : other;
