import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rollUp, waiverOf } from '../../../lambda/core/findings/roll-up.ts';
import { clusterProxyHolders } from '../../../lambda/core/judge/controls/proxy-holders.ts';
import type { FoundWaiver } from '../../../lambda/core/judge/waivers/find-waiver.ts';
import type { NodeAudit, Verdict } from '../../../lambda/core/model/model.ts';
import {
  anonymous,
  auditOf,
  auditWith,
  clientCa,
  compliant,
  expired,
  failed,
  judged,
  mark,
  node,
  notApplicable,
  passed,
  unread,
  waived,
  warned,
} from './compliant-audit.ts';

describe('roll-up', () => {
  it.each([
    ['fail', 'one node fails', [passed, warned, unread, failed, notApplicable]],
    ['warn', 'none fails and one is suspect', [passed, unread, warned, notApplicable]],
    ['unknown', 'one node could not be read', [passed, unread, notApplicable]],
    ['pass', 'the control does not apply to the others', [passed, notApplicable]],
    ['not-applicable', 'the control applies to none', [notApplicable, notApplicable]],
  ] as const)('is %s when %s', (status, _, verdicts) => {
    expect(rollUp(auditWith(...verdicts), [clientCa], 'node-group').toArray()[0]?.status).toBe(status);
  });

  it('lists the worst nodes first, and the same ones in the same order however they came', () => {
    const worst = [passed, unread, failed, warned, failed, passed];
    const nodes = worst.map((verdict, index) => judged(node(index), verdict));
    const keys = [2, 4, 3, 1, 0, 5].map((number) => node(number).key);

    fc.assert(
      fc.property(fc.shuffledSubarray(nodes, { minLength: nodes.length }), (shuffled) => {
        const [rolled] = rollUp(auditOf(shuffled), [clientCa], 'cluster').toArray();
        expect(rolled?.nodes.map((each) => each.node.key)).toEqual(keys);
      }),
    );
  });

  const counts = { 'node-group': 2, node: 3, cluster: 1 };
  it.each(['node-group', 'node', 'cluster'] as const)('makes subjects of scope %s', (scope) => {
    // A group of one name and another kind is another group.
    const other = judged(node(3, { group: { kind: 'karpenter', name: 'workers' } }), passed);
    const nodes = [judged(node(1), passed), judged(node(2), failed), other];
    expect(rollUp(auditOf(nodes), [clientCa], scope).toArray()).toHaveLength(counts[scope]);
  });

  it('counts a node that a control did not judge as unknown, never as a pass', () => {
    const rolled = rollUp(compliant, [clientCa, anonymous], 'node-group').toArray();

    const statuses = rolled.map(({ control, status }) => `${control.slug} ${status}`);
    expect(statuses).toEqual(['kubelet-client-ca-file pass', 'kubelet-anonymous-auth unknown']);
  });

  it('waits for a machine that is only just booting where its subject has others, and for no other', () => {
    const booting = node(2, { booting: true });
    const statusOf = (...nodes: readonly NodeAudit[]) =>
      rollUp(auditOf(nodes), [clientCa], 'node-group').toArray()[0]?.status;

    expect(statusOf(judged(node(1), passed), judged(booting, unread))).toBe('pass');
    expect(statusOf(judged(node(1), passed), judged(booting, failed))).toBe('fail');
    expect(statusOf(judged(node(1), passed), judged(node(3), unread))).toBe('unknown');
    expect(statusOf(judged(booting, unread))).toBe('unknown');
  });

  it('keeps names apart that differ only in what an Id cannot hold', () => {
    const named = (name: string, at: number) => judged(node(at, { group: { kind: 'self-managed', name } }), passed);
    const nodes = ['a b', 'a\u0000b', 'a\u2028b'].map(named);
    expect(rollUp(auditOf(nodes), [clientCa], 'node-group').toArray()).toHaveLength(3);
  });

  it.each<[string, Verdict, FoundWaiver | undefined]>([
    ['a failure that somebody accepted', waived, { state: 'active', mark }],
    ['one that somebody had accepted', expired, { state: 'expired', mark }],
    ['a failure', failed, undefined],
    ['a suspicion that is covered', { ...warned, covered: mark } as Verdict, { state: 'active', mark }],
    ['a suspicion', warned, undefined],
    ['a pass', passed, undefined],
    ['what could not be read', unread, undefined],
  ])('finds the waiver of %s', (_, verdict, waiver) => {
    expect(waiverOf(verdict)).toEqual(waiver);
    const [rolled] = rollUp(auditOf([judged(node(1), verdict)]), [clientCa], 'node-group').toArray();
    expect(rolled?.waiver).toEqual(waiver);
    expect('waiver' in (rolled ?? {})).toBe(waiver !== undefined);
  });

  it('ranks a waived failure behind what nobody waived, and before what could not be read', () => {
    const audit = auditWith(passed, unread, waived, warned, failed, notApplicable);
    const [rolled] = rollUp(audit, [clientCa], 'cluster').toArray();
    const ranked = [failed, warned, waived, unread, passed, notApplicable];
    expect(rolled?.nodes.map(({ verdict }) => verdict)).toEqual(ranked);
    expect(rolled?.counts).toEqual({ fail: 2, warn: 1, unknown: 1, pass: 1, 'not-applicable': 1 });
  });

  it('orders nodes of one key by their names, and subjects by what their Ids hold', () => {
    const nodes = ['b', 'a'].map((name) => judged(node(1, { name }), passed));
    const { name: _, ...nameless } = node(1);
    const [rolled] = rollUp(auditOf([...nodes, judged(nameless, passed)]), [clientCa], 'cluster').toArray();
    expect(rolled?.nodes.map((each) => each.node.name)).toEqual([undefined, 'a', 'b']);
    const groups = ['c', 'a', 'b'].map((name, at) => judged(node(at, { group: { kind: 'managed', name } }), passed));
    const subjects = rollUp(auditOf(groups), [clientCa], 'node-group')
      .toArray()
      .map(({ subject }) => subject);
    const names = subjects.map((each) => each.scope === 'node-group' && each.group.name);
    expect(names).toEqual(['a', 'b', 'c']);
  });

  it('has the cluster’s own verdict without any node, and nothing where it was not judged', () => {
    const slug = clusterProxyHolders.slug;
    const of = (verdict: Verdict) =>
      rollUp({ ...auditWith(failed), clusterVerdicts: { [slug]: verdict } }, [clusterProxyHolders], 'node').toArray();
    const counts = { fail: 1, warn: 0, unknown: 0, pass: 0, 'not-applicable': 0 };
    const own = { subject: { scope: 'cluster' }, control: clusterProxyHolders, nodes: [], counts };
    expect(of(waived)).toEqual([{ ...own, status: 'fail', verdict: waived, waiver: { state: 'active', mark } }]);
    expect(of(unread)[0]).not.toHaveProperty('waiver');
    expect(rollUp(compliant, [clusterProxyHolders], 'node').toArray()).toEqual([]);
  });
});
