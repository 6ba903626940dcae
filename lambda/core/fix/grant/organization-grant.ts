import type { Discovery } from '../../run/discovery.ts';
import type { RunItem } from '../../run/item.ts';
import type { GrantPlan, GrantStep } from './grant-plan.ts';

export type ClusterItem = RunItem & { readonly kind: 'cluster' };

/** What every cluster of every account needs, and what of it is there; what could not be looked at is a gap. */
export interface OrganizationGrant extends Pick<Discovery, 'accounts' | 'regions' | 'gaps' | 'skipped'> {
  /** In the order of account, Region and name. */
  readonly plans: readonly GrantPlan[];
}

/** What became of one cluster's plan. */
export interface ClusterGranted {
  readonly plan: GrantPlan;
  readonly steps: readonly GrantStep[];
}

/**
 * `by-hand`: the cluster knows its callers by aws-auth, which is only printed. `unknown`: a part could not be looked at, or something blocks it. What
 * can be done of the rest is still done.
 */
export type GrantState = 'granted' | 'to-do' | 'by-hand' | 'unknown';

export function stateOf({ entry, clusterRole, clusterRoleBinding }: GrantPlan): GrantState {
  if (!entry) return 'by-hand';

  const standings = [entry.status, clusterRole.status, clusterRoleBinding.status];
  if (standings.includes('blocked')) return 'unknown';
  return standings.every((each) => each === 'there') ? 'granted' : 'to-do';
}

/** Whether this cluster has changes to make, or at least to try. */
export const isToApply = (plan: GrantPlan, { revokeOther }: { readonly revokeOther: boolean }): boolean =>
  ['to-do', 'unknown'].includes(stateOf(plan)) ||
  (revokeOther && stateOf(plan) === 'granted' && plan.otherBinding !== 'missing');

export const hasFailed = ({ steps }: ClusterGranted): boolean =>
  steps.some(({ outcome }) => outcome.status === 'failed' || outcome.status === 'not-tried');

export const hasChanged = ({ steps }: ClusterGranted): boolean =>
  steps.some(({ outcome }) => ['created', 'changed', 'recreated', 'removed'].includes(outcome.status));
