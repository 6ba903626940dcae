import { describe, expect, it } from 'vitest';
import {
  type GrantPlan,
  type GrantStep,
  grantTarget,
  hasChanged,
  hasFailed,
  isToApply,
  type ObjectState,
  stateOf,
} from '../../../../lambda/core/fix/grant/grant-plan.ts';
import type { StoredRbacObject } from '../../../../lambda/core/fix/grant/rbac-objects.ts';
import { cluster } from '../../../fakes/ports.ts';

const problem = { code: 'eks-forbidden', message: 'AWS said no', remedy: 'ask for the right' };
const there = { status: 'there' } as const;
const missing = { status: 'missing' } as const;
const blocked = { status: 'blocked', problem } as const;
const differs: ObjectState<StoredRbacObject> = { status: 'differs', found: {} };

const asked = { roleArn: undefined, roleName: 'EksKubeletAudit', way: 'direct', proxyHolders: false } as const;
const target = grantTarget({ ...cluster, authenticationMode: 'API' }, asked);
const objects = { clusterRole: there, clusterRoleBinding: there, otherBinding: 'missing' } as const;
const granted: GrantPlan & { readonly entry: ObjectState<readonly string[]> } = { target, entry: there, ...objects };
const { entry: _, ...byHand } = granted;

describe('what there is to do in a cluster', () => {
  const unledRole = { ...granted, clusterRole: missing, clusterRoleBinding: blocked };
  it.each<[string, GrantPlan, string]>([
    ['all three are there', granted, 'granted'],
    ['they are, and the binding of the other way too', { ...granted, otherBinding: 'there' }, 'granted, to revoke'],
    ['nobody could look for the binding of the other way', { ...granted, otherBinding: problem }, 'granted, to revoke'],
    ['the entry is missing', { ...granted, entry: missing }, 'to-do, to apply'],
    ['the role differs', { ...granted, clusterRole: differs }, 'to-do, to apply'],
    ['the binding is missing', { ...granted, clusterRoleBinding: missing }, 'to-do, to apply'],
    ['the entry could not be read and the rest is there', { ...granted, entry: blocked }, 'unknown, to apply'],
    ['the binding leads elsewhere and the role is missing', unledRole, 'unknown, to apply'],
    ['the role could not be read', { ...granted, clusterRole: blocked }, 'unknown, to apply'],
    ['aws-auth is what the cluster goes by', { ...byHand, clusterRole: missing, otherBinding: 'there' }, 'by-hand'],
  ])('where %s', (_where, plan, expected) => {
    const [applies, revokes] = [false, true].map((revokeOther) => isToApply(plan, { revokeOther }));
    expect([stateOf(plan), ...(applies ? ['to apply'] : revokes ? ['to revoke'] : [])].join(', ')).toBe(expected);
    if (applies) expect(revokes).toBe(true);
  });
});

describe('what became of a plan', () => {
  const became = (...outcomes: readonly GrantStep['outcome'][]) => {
    return { plan: granted, steps: outcomes.map((outcome): GrantStep => ({ what: 'ClusterRole', outcome })) };
  };

  it.each<[GrantStep['outcome'], string]>([
    [{ status: 'created' }, 'changed'],
    [{ status: 'changed' }, 'changed'],
    [{ status: 'removed' }, 'changed'],
    [{ status: 'already-there' }, ''],
    [{ status: 'already-gone' }, ''],
    [{ status: 'not-tried', because: 'the entry failed' }, 'failed'],
    [{ status: 'failed', problem }, 'failed'],
  ])('%o, alone and after something that was there, has %s', (outcome, what) => {
    for (const each of [became(outcome), became({ status: 'already-there' }, outcome)])
      expect([hasFailed(each), hasChanged(each)]).toEqual([what === 'failed', what === 'changed']);
  });

  it('is nothing where there was nothing to do', () => {
    expect([hasFailed(became()), hasChanged(became())]).toEqual([false, false]);
  });
});
