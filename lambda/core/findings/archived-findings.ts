import type { ClusterAudit } from '../model.ts';
import type { StoredFinding } from '../ports.ts';
import { type AsffFinding, type ComplianceStatus, complianceStatuses } from './asff.ts';
import { type FindingContext, findingOf } from './finding.ts';
import { contextOf, type FindingOptions } from './findings-of.ts';
import { findingId } from './identity.ts';
import { type RolledUp, rollUp } from './roll-up.ts';
import { statusReasons } from './status-reasons.ts';

/**
 * The stored findings of subjects that became not applicable, as archived ones. Only what this run completely judged: the list of nodes
 * is whole, and each node of the subject is `not-applicable`. What is gone from the cluster is left alone here.
 * @throws ClusterArnNeeded when the cluster has no ARN
 */
export function archivedFindings(audit: ClusterAudit, options: FindingOptions): readonly AsffFinding[] {
  const { stored } = options;
  const context = contextOf(audit, options);
  if (stored === 'unknown' || !audit.inventory.complete) return [];

  return rollUp(audit, options.controls, options.scope).flatMap((rolled) => {
    if (rolled.status !== 'not-applicable') return [];

    const before = stored.get(findingId(rolled.control.slug, context.cluster.arn, rolled.subject));
    return before && before.recordState !== 'ARCHIVED' ? [archivedFinding(rolled, context, before)] : [];
  });
}

/** Built anew from our own model, never echoed. The last status stays: PASSED → NOT_AVAILABLE would reset an analyst's Workflow. */
function archivedFinding(rolled: RolledUp, context: FindingContext, before: StoredFinding): AsffFinding {
  const Status = complianceStatuses.find((each) => each === before.complianceStatus) ?? 'NOT_AVAILABLE';
  const { LastObservedAt: _, ...finding } = findingOf({ ...rolled, status: verdictOf[Status] }, context);

  return {
    ...finding,
    Compliance: { ...finding.Compliance, Status, StatusReasons: statusReasons(rolled) },
    RecordState: 'ARCHIVED',
  };
}

const verdictOf = {
  PASSED: 'pass',
  FAILED: 'fail',
  WARNING: 'warn',
  NOT_AVAILABLE: 'unknown',
} as const satisfies Record<ComplianceStatus, string>;
