import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusReasons } from '../../../lambda/core/findings/asff/status-reasons.ts';
import { rollUp, rollUpBy } from '../../../lambda/core/findings/roll-up.ts';
import type { NodeAudit } from '../../../lambda/core/model.ts';
import {
  anonymous,
  auditOf,
  clientCa,
  compliant,
  failed,
  judged,
  node,
  notApplicable,
  passed,
  unread,
  warned,
} from './compliant-audit.ts';

describe('roll-up', () => {
  it('makes one subject of a node group whose nodes pass', () => {
    const [rolled, ...others] = rollUp(compliant, [clientCa], 'node-group');

    expect(others).toEqual([]);
    expect(rolled).toMatchObject({
      subject: { scope: 'node-group', group: { kind: 'managed', name: 'workers' } },
      status: 'pass',
      counts: { fail: 0, warn: 0, unknown: 0, pass: 2, 'not-applicable': 0 },
    });
  });

  it.each([
    ['fail', 'one node fails', [passed, warned, unread, failed, notApplicable]],
    ['warn', 'none fails and one is suspect', [passed, unread, warned, notApplicable]],
    ['unknown', 'one node could not be read', [passed, unread, notApplicable]],
    ['pass', 'the control does not apply to the others', [passed, notApplicable]],
    ['not-applicable', 'the control applies to none', [notApplicable, notApplicable]],
  ] as const)('is %s when %s', (status, _, verdicts) => {
    const nodes = verdicts.map((verdict, index) => judged(node(index), verdict));

    expect(rollUp(auditOf(nodes), [clientCa], 'node-group')[0]?.status).toBe(status);
  });

  it('lists the worst nodes first, and the same ones in the same order however they came', () => {
    const nodes = [passed, unread, failed, warned, failed, passed].map((verdict, index) =>
      judged(node(index), verdict),
    );
    const keys = [2, 4, 3, 1, 0, 5].map((number) => node(number).key);

    fc.assert(
      fc.property(fc.shuffledSubarray(nodes, { minLength: nodes.length }), (shuffled) => {
        const [rolled] = rollUp(auditOf(shuffled), [clientCa], 'cluster');
        expect(rolled?.nodes.map((each) => each.node.key)).toEqual(keys);
      }),
    );
  });

  it('keeps groups of one name but another kind apart', () => {
    const nodes = (['managed', 'karpenter'] as const).map((kind, index) =>
      judged(node(index, { group: { kind, name: 'workers' } }), passed),
    );

    expect(rollUp(auditOf(nodes), [clientCa], 'node-group')).toHaveLength(2);
  });

  it.each([
    ['node-group', 2],
    ['node', 3],
    ['cluster', 1],
  ] as const)('makes subjects of scope %s', (scope, count) => {
    const nodes = [
      judged(node(1), passed),
      judged(node(2), failed),
      judged(node(3, { group: { kind: 'karpenter', name: 'spot' } }), passed),
    ];

    expect(rollUp(auditOf(nodes), [clientCa], scope)).toHaveLength(count);
  });

  it('counts a node that a control did not judge as unknown, never as a pass', () => {
    const rolled = rollUp(compliant, [clientCa, anonymous], 'node-group');

    expect(rolled.map(({ control, status }) => [control.slug, status])).toEqual([
      ['kubelet-client-ca-file', 'pass'],
      ['kubelet-anonymous-auth', 'unknown'],
    ]);
  });

  it('waits for a machine that is only just booting where its subject has others, and for no other', () => {
    const booting = node(2, { booting: true });
    const statusOf = (...nodes: readonly NodeAudit[]) => rollUp(auditOf(nodes), [clientCa], 'node-group')[0]?.status;

    expect(statusOf(judged(node(1), passed), judged(booting, unread))).toBe('pass');
    expect(statusOf(judged(node(1), passed), judged(booting, failed))).toBe('fail');
    expect(statusOf(judged(node(1), passed), judged(node(3), unread))).toBe('unknown');
    expect(statusOf(judged(booting, unread))).toBe('unknown');
  });

  it('makes nothing of a cluster without nodes', () => {
    expect(rollUp(auditOf([]), [clientCa], 'cluster')).toEqual([]);
  });

  it('merges node groups that share an Id, the worst first, and says so', () => {
    const nodes = [
      judged(node(1), passed),
      judged(node(2, { group: { kind: 'managed', name: 'hidden' } }), failed),
      judged(node(3), passed),
    ];
    const rolled = rollUpBy(auditOf(nodes), { controls: [clientCa], scope: 'node-group', pathOf: () => 'one path' });

    expect(rolled).toMatchObject([
      { status: 'fail', counts: { fail: 1, pass: 2 }, sharedBy: ['managed hidden', 'managed workers'] },
    ]);
    expect(rolled.map(statusReasons)[0]?.[0]).toEqual({
      ReasonCode: 'ID_SHARED',
      Description:
        "2 names share this finding's Id, and the worst of their nodes counts: managed hidden, managed workers",
    });
  });

  it('keeps names apart that differ only in what an Id cannot hold', () => {
    const groups = ['a b', 'a\u0000b', 'a\u2028b'].map((name) => ({ kind: 'self-managed', name }) as const);
    const nodes = groups.map((group, index) => judged(node(index, { group }), index === 0 ? failed : passed));

    expect(
      rollUp(auditOf(nodes), [clientCa], 'node-group')
        .map(({ status }) => status)
        .toSorted(),
    ).toEqual(['fail', 'pass', 'pass']);
  });
});
