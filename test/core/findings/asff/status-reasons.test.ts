import { describe, expect, it } from 'vitest';
import {
  holderText,
  openHolders,
  reasonText,
  statusReasons,
  waiverText,
} from '../../../../lambda/core/findings/asff/status-reasons.ts';
import { rollUp } from '../../../../lambda/core/findings/roll-up.ts';
import type { Evidence, HeldRight, Verdict } from '../../../../lambda/core/model/model.ts';
import {
  auditOf,
  clientCa,
  evidence,
  failed,
  judged,
  node,
  notApplicable,
  passed,
  unread,
  warned,
} from '../compliant-audit.ts';

const rolledUp = (verdicts: readonly Verdict[]) => {
  const nodes = verdicts.map((verdict, index) => judged(node(index), verdict));
  const [rolled] = rollUp(auditOf(nodes), [clientCa], 'node-group');
  return rolled!;
};
const reasons = (...verdicts: readonly Verdict[]) => statusReasons(rolledUp(verdicts));
const seen = (value: string) =>
  `authentication.x509.clientCAFile is ${value}, expected the path of a certificate bundle; from running configuration, read by configz`;
const mark = (by: string) => ({ until: '2026-12-31', by, reason: 'moved' });

describe('why a status is what it is', () => {
  it.each([
    ['pass', passed, 'KUBELET_COMPLIANT', `every node: ${seen('/etc/kubernetes/pki/ca.crt')}`],
    ['fail', failed, 'KUBELET_NOT_COMPLIANT', `1 node: ${seen('(not set)')}`],
    ['warn', warned, 'KUBELET_SUSPECT', '1 node: the kubelet refused the API server: 401 Unauthorized'],
    ['unknown', unread, 'KUBELET_NOT_READ', '1 node: connection refused'],
    ['not-applicable', notApplicable, 'KUBELET_NOT_APPLICABLE', '1 node: AWS runs this kubelet'],
  ] as const)('is told of %s by its own code', (_, verdict, ReasonCode, Description) => {
    expect(reasons(verdict)).toEqual([{ ReasonCode, Description }]);
  });

  it('says nothing of nodes that pass or are spared beside others', () => {
    expect(reasons(unread, passed, notApplicable, unread)).toEqual([
      { ReasonCode: 'KUBELET_NOT_READ', Description: '2 nodes: connection refused' },
    ]);
    expect(reasons(notApplicable, passed)).toEqual([
      { ReasonCode: 'KUBELET_COMPLIANT', Description: `every node: ${seen('/etc/kubernetes/pki/ca.crt')}` },
    ]);
  });

  it('keeps a suspicion and a failure of the same words apart', () => {
    expect(reasons({ status: 'unknown', because: 'x' }, { status: 'warn', because: 'x' })).toEqual([
      { ReasonCode: 'KUBELET_SUSPECT', Description: '1 node: x' },
      { ReasonCode: 'KUBELET_NOT_READ', Description: '1 node: x' },
    ]);
  });

  it('tells of nodes that pass in the order of the words, and that there is more', () => {
    const passes = Array.from(
      { length: 9 },
      (_, at): Verdict => ({ status: 'pass', evidence: evidence(`/${9 - at}`) }),
    );
    expect(reasons(...passes)).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((at) => ({
        ReasonCode: 'KUBELET_COMPLIANT',
        Description: `some nodes: ${seen(`/${at}`)}`,
      })),
      { ReasonCode: 'MORE_REASONS', Description: "more was seen: see the audit's result" },
    ]);
  });

  it('counts what is more than eight, and the nodes of it', () => {
    const words = [...Array(7).keys(), 7, 8, 8, 9].map((at): Verdict => ({ status: 'unknown', because: `w${at}` }));
    expect(reasons(...words).slice(7)).toEqual([
      { ReasonCode: 'KUBELET_NOT_READ', Description: '1 node: w7' },
      { ReasonCode: 'MORE_REASONS', Description: "2 more reasons at 3 more nodes: see the audit's result" },
    ]);
  });

  it('names the waivers first, the worst node’s own before others, each once', () => {
    const waived = (by: string): Verdict => ({ ...failed, waived: mark(by) }) as Verdict;
    const expired: Verdict = { ...failed, waiverExpired: mark('late') } as Verdict;
    expect(reasons(waived('a'), waived('a'), expired, waived('b')).map(({ Description }) => Description)).toEqual([
      'waiver expired on 2026-12-31 (by late: moved)',
      'waived until 2026-12-31 by a: moved',
      `4 nodes: ${seen('(not set)')}`,
    ]);
    expect(reasons(waived('a')).map(({ ReasonCode }) => ReasonCode)).toEqual(['WAIVED', 'KUBELET_NOT_COMPLIANT']);
    expect(reasons(expired).map(({ ReasonCode }) => ReasonCode)).toEqual(['WAIVER_EXPIRED', 'KUBELET_NOT_COMPLIANT']);
    expect(reasons(passed)).toHaveLength(1);
  });

  it('of what is held is since when, and the waiver that covers it', () => {
    const held = { ...rolledUp([unread]), status: 'fail', held: { since: '2026-11-24T05:00:00.000Z' } } as const;
    const since = {
      ReasonCode: 'KUBELET_NOT_READ',
      Description:
        'unreadable since 2026-11-24T05:00:00.000Z: the status is what was proved before; it becomes NOT_AVAILABLE when more than 3 runs in a row could not read it',
    };
    expect(statusReasons(held)).toEqual([since]);
    expect(statusReasons({ ...held, waiver: { state: 'active', mark: mark('a') } })).toEqual([
      { ReasonCode: 'WAIVED', Description: 'waived until 2026-12-31 by a: moved' },
      since,
    ]);
  });
});

describe('why the status of a cluster is what it is', () => {
  const holder = (change: Partial<HeldRight> = {}): HeldRight => ({
    kind: 'User',
    name: 'ann',
    standing: 'not-allowed',
    ways: ['binding a, role b', 'binding c, role d'],
    ...change,
  });
  const of = (status: 'pass' | 'fail', holders: readonly HeldRight[]): Verdict => ({
    status,
    evidence: {
      ...evidence('2 unknown subjects'),
      setting: 'subjects that reach nodes/proxy',
      expected: 'none',
      origin: { from: 'grants' },
      via: 'apis',
      holders,
    },
  });
  const clusterReasons = (verdict: Verdict) =>
    statusReasons({ ...rolledUp([unread]), nodes: [], status: verdict.status, verdict });
  const told =
    'subjects that reach nodes/proxy are 2 unknown subjects, expected none; from RBAC objects and EKS access entries, read by the APIs of Kubernetes and AWS';

  it.each([
    ['pass', of('pass', []), 'CLUSTER_COMPLIANT', told],
    ['fail', of('fail', []), 'CLUSTER_NOT_COMPLIANT', told],
    ['warn', { status: 'warn', because: 'odd' }, 'CLUSTER_SUSPECT', 'odd'],
    ['unknown', { status: 'unknown', because: 'odd' }, 'CLUSTER_NOT_READ', 'odd'],
    ['not-applicable', { status: 'not-applicable', because: 'odd' }, 'CLUSTER_NOT_APPLICABLE', 'odd'],
  ] as const)('is told of %s by its own code', (_, verdict, ReasonCode, Description) => {
    expect(clusterReasons(verdict)).toEqual([{ ReasonCode, Description }]);
  });

  it('names each holder whom nobody allows, or not any more, seven at most', () => {
    const standings = ['system', 'allowed', 'expired', 'not-allowed'] as const;
    const verdict = of(
      'fail',
      standings.map((standing) => holder({ standing, name: standing })),
    );
    expect(openHolders(verdict).map(({ name }) => name)).toEqual(['expired', 'not-allowed']);
    expect(clusterReasons(verdict).slice(1)).toEqual([
      { ReasonCode: 'ALLOWANCE_EXPIRED', Description: 'User expired: binding a, role b; binding c, role d' },
      { ReasonCode: 'HOLDER_NOT_ALLOWED', Description: 'User not-allowed: binding a, role b; binding c, role d' },
    ]);
    expect(clusterReasons(of('fail', Array(7).fill(holder())))).toHaveLength(8);
    expect(clusterReasons(of('fail', Array(9).fill(holder()))).slice(8)).toEqual([
      { ReasonCode: 'MORE_REASONS', Description: "2 more holders: see the audit's result" },
    ]);
    expect(openHolders(undefined)).toEqual([]);
    expect(openHolders({ status: 'unknown', because: 'x' })).toEqual([]);
    expect(openHolders(failed)).toEqual([]);
  });

  it.each<[Partial<HeldRight>, string]>([
    [{}, 'User ann: binding a, role b; binding c, role d'],
    [{ kind: 'IAM', ours: true, ways: ['x'] }, 'IAM ann (this audit): x'],
    [
      { standing: 'allowed', allowance: mark('sre'), ways: ['x'] },
      'User ann: x; allowed until 2026-12-31 (by sre: moved)',
    ],
    [
      { standing: 'expired', allowance: mark('sre'), ways: ['x'] },
      'User ann: x; the allowance expired on 2026-12-31 (by sre: moved)',
    ],
    [{ name: 'x'.repeat(600) }, `User ${'x'.repeat(494)}…`],
  ])('says how one comes by the right, and until when: %j', (change, text) => {
    expect(holderText(holder(change))).toBe(text);
  });
});

it('bounds a waiver', () => {
  const text = waiverText({ state: 'active', mark: { until: '2026-12-31', by: 'a', reason: 'x'.repeat(500) } });
  expect(text).toBe(`waived until 2026-12-31 by a: ${'x'.repeat(369)}…`);
});

it('says what a verdict says in one line, with three notes at most', () => {
  const words: Evidence = {
    ...evidence('x'.repeat(200)),
    expected: 'y'.repeat(200),
    origin: { from: 'file', file: 'z'.repeat(200) },
    via: 'ssm',
  };
  const bounded = `authentication.x509.clientCAFile is ${'x'.repeat(119)}…, expected ${'y'.repeat(119)}…; from file ${'z'.repeat(114)}…, read by SSM`;
  expect(reasonText({ status: 'fail', evidence: words })).toBe(bounded);
  expect(reasonText({ status: 'pass', evidence: { ...evidence('/a'), notes: ['n1', 'n2', 'n3', 'n4'] } })).toBe(
    `${seen('/a')}; n1; n2; n3`,
  );
  expect(reasonText({ status: 'warn', because: 'w', evidence: words })).toBe('w');
  expect(reasonText({ status: 'unknown', because: 'w'.repeat(500) })).toBe(`${'w'.repeat(449)}…`);
  expect(reasonText({ status: 'fail', evidence: { ...words, notes: ['n'.repeat(200)] } })).toHaveLength(450);
});
