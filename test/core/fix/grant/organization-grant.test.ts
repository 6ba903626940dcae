import { describe, expect, it } from 'vitest';
import {
  type GrantPlan,
  type GrantStep,
  grantTarget,
  type Standing,
} from '../../../../lambda/core/fix/grant/grant-plan.ts';
import { hasChanged, hasFailed, isToApply, stateOf } from '../../../../lambda/core/fix/grant/organization-grant.ts';
import type { StoredRbacObject } from '../../../../lambda/core/fix/grant/rbac-objects.ts';
import { cluster } from '../../../fakes/ports.ts';

const problem = { code: 'eks-forbidden', message: 'AWS said no', remedy: 'ask for the right' };
const there = { status: 'there' } as const;
const missing = { status: 'missing' } as const;
const blocked = { status: 'blocked', problem } as const;
const differs: Standing<StoredRbacObject> = { status: 'differs', found: {} };

const granted: GrantPlan & { readonly entry: Standing<readonly string[]> } = {
  target: grantTarget(
    { ...cluster, authenticationMode: 'API' },
    { roleArn: undefined, roleName: 'EksKubeletAudit', way: 'direct', proxyHolders: false },
  ),
  entry: there,
  clusterRole: there,
  clusterRoleBinding: there,
  otherBinding: 'missing',
};
const { entry: _, ...byHand } = granted;

describe('what there is to do in a cluster', () => {
  it.each<[string, GrantPlan, { readonly state: string; readonly apply: boolean; readonly revoking: boolean }]>([
    ['all three are there', granted, { state: 'granted', apply: false, revoking: false }],
    [
      'they are, and the binding of the other way too',
      { ...granted, otherBinding: 'there' },
      { state: 'granted', apply: false, revoking: true },
    ],
    [
      'nobody could look for the binding of the other way',
      { ...granted, otherBinding: problem },
      { state: 'granted', apply: false, revoking: true },
    ],
    ['the entry is missing', { ...granted, entry: missing }, { state: 'to-do', apply: true, revoking: true }],
    ['the role differs', { ...granted, clusterRole: differs }, { state: 'to-do', apply: true, revoking: true }],
    [
      'the binding is missing',
      { ...granted, clusterRoleBinding: missing },
      { state: 'to-do', apply: true, revoking: true },
    ],
    [
      'the entry could not be read and the rest is there',
      { ...granted, entry: blocked },
      { state: 'unknown', apply: true, revoking: true },
    ],
    [
      'the binding leads elsewhere and the role is missing',
      { ...granted, clusterRole: missing, clusterRoleBinding: blocked },
      { state: 'unknown', apply: true, revoking: true },
    ],
    [
      'the role could not be read',
      { ...granted, clusterRole: blocked },
      { state: 'unknown', apply: true, revoking: true },
    ],
    [
      'aws-auth is what the cluster goes by',
      { ...byHand, clusterRole: missing, otherBinding: 'there' },
      { state: 'by-hand', apply: false, revoking: false },
    ],
  ])('where %s', (_where, plan, { state, apply, revoking }) => {
    expect(stateOf(plan)).toBe(state);
    expect(isToApply(plan, { revokeOther: false })).toBe(apply);
    expect(isToApply(plan, { revokeOther: true })).toBe(revoking);
  });
});

describe('what became of a plan', () => {
  const became = (...outcomes: readonly GrantStep['outcome'][]) => ({
    plan: granted,
    steps: outcomes.map((outcome): GrantStep => ({ what: 'ClusterRole', outcome })),
  });

  it.each<[GrantStep['outcome'], { readonly failed: boolean; readonly changed: boolean }]>([
    [{ status: 'created' }, { failed: false, changed: true }],
    [{ status: 'changed' }, { failed: false, changed: true }],
    [{ status: 'removed' }, { failed: false, changed: true }],
    [{ status: 'already-there' }, { failed: false, changed: false }],
    [{ status: 'already-gone' }, { failed: false, changed: false }],
    [
      { status: 'not-tried', because: 'the entry failed' },
      { failed: true, changed: false },
    ],
    [
      { status: 'failed', problem },
      { failed: true, changed: false },
    ],
  ])('%o, alone and after something that was there', (outcome, { failed, changed }) => {
    for (const each of [became(outcome), became({ status: 'already-there' }, outcome)]) {
      expect(hasFailed(each)).toBe(failed);
      expect(hasChanged(each)).toBe(changed);
    }
  });

  it('is nothing where there was nothing to do', () => {
    expect([hasFailed(became()), hasChanged(became())]).toEqual([false, false]);
  });
});
