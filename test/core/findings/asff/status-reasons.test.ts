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
  auditWith,
  clientCa,
  evidence,
  expired,
  failed,
  mark,
  notApplicable,
  passed,
  unread,
  waived,
  warned,
} from '../compliant-audit.ts';

const rolledUp = (verdicts: readonly Verdict[]) =>
  rollUp(auditWith(...verdicts), [clientCa], 'node-group').toArray()[0]!;
const words = (all: ReturnType<typeof statusReasons>) =>
  all.map(({ ReasonCode, Description }) => `${ReasonCode} ${Description}`);
const reasons = (...verdicts: readonly Verdict[]) => words(statusReasons(rolledUp(verdicts)));
const seen = (value: string) =>
  `authentication.x509.clientCAFile is ${value}, expected the path of a certificate bundle; from running configuration, read by configz`;
const every = `every node: ${seen('/etc/kubernetes/pki/ca.crt')}`;

describe('why a status is what it is', () => {
  it.each<[string, readonly Verdict[]]>([
    [`KUBELET_COMPLIANT ${every}`, [passed]],
    [`KUBELET_NOT_COMPLIANT 1 node: ${seen('(not set)')}`, [failed]],
    ['KUBELET_SUSPECT 1 node: the kubelet refused the API server: 401 Unauthorized', [warned]],
    ['KUBELET_NOT_READ 1 node: connection refused', [unread]],
    ['KUBELET_NOT_APPLICABLE 1 node: AWS runs this kubelet', [notApplicable]],
    // Nothing is said of nodes that pass or are spared beside others.
    ['KUBELET_NOT_READ 2 nodes: connection refused', [unread, passed, notApplicable, unread]],
    [`KUBELET_COMPLIANT ${every}`, [notApplicable, passed]],
  ])('is %s', (reason, verdicts) => {
    expect(reasons(...verdicts)).toEqual([reason]);
  });

  it('keeps a suspicion and a failure of the same words apart', () => {
    const both = ['KUBELET_SUSPECT 1 node: x', 'KUBELET_NOT_READ 1 node: x'];
    expect(reasons({ status: 'unknown', because: 'x' }, { status: 'warn', because: 'x' })).toEqual(both);
  });

  it('names nodes that pass in the order of the words, and says that there is more', () => {
    const passes = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((at): Verdict => ({ status: 'pass', evidence: evidence(`/${at}`) }));
    const some = [1, 2, 3, 4, 5, 6, 7, 8].map((at) => `KUBELET_COMPLIANT some nodes: ${seen(`/${at}`)}`);
    expect(reasons(...passes)).toEqual([...some, "MORE_REASONS more was seen: see the audit's result"]);
  });

  it('counts what is more than eight, and the nodes of it', () => {
    const all = [...Array(7).keys(), 7, 8, 8, 9].map((at): Verdict => ({ status: 'unknown', because: `w${at}` }));
    const more = "MORE_REASONS 2 more reasons at 3 more nodes: see the audit's result";
    expect(reasons(...all).slice(7)).toEqual(['KUBELET_NOT_READ 1 node: w7', more]);
  });

  it('names the waivers first, the worst node’s own before others, each once', () => {
    const waivedBy = (by: string): Verdict => ({ ...failed, waived: { ...mark, by } }) as Verdict;
    expect(reasons(waivedBy('a'), waivedBy('a'), expired, waivedBy('b'))).toEqual([
      'WAIVER_EXPIRED waiver expired on 2026-12-31 (by sre: moved)',
      'WAIVED waived until 2026-12-31 by a: moved',
      `KUBELET_NOT_COMPLIANT 4 nodes: ${seen('(not set)')}`,
    ]);
    expect(reasons(waived)).toHaveLength(2);
  });

  it('of what is held is since when, and the waiver that covers it', () => {
    const held = { ...rolledUp([unread]), status: 'fail', held: { since: '2026-11-24T05:00:00.000Z' } } as const;
    const since =
      'KUBELET_NOT_READ unreadable since 2026-11-24T05:00:00.000Z: the status is what was proved before; it becomes NOT_AVAILABLE when more than 3 runs in a row could not read it';
    expect(words(statusReasons(held))).toEqual([since]);
    const covered = { ...held, waiver: { state: 'active', mark } } as const;
    expect(words(statusReasons(covered))).toEqual(['WAIVED waived until 2026-12-31 by sre: moved', since]);
  });
});

describe('why the status of a cluster is what it is', () => {
  const ways = ['binding a, role b', 'binding c, role d'];
  const holder = (change: Partial<HeldRight> = {}): HeldRight => {
    return { kind: 'User', name: 'ann', standing: 'not-allowed', ways, ...change };
  };
  const of = (status: 'pass' | 'fail', holders: readonly HeldRight[]): Verdict => {
    const seen = { ...evidence('2 unknown subjects'), setting: 'subjects that reach nodes/proxy', expected: 'none' };
    return { status, evidence: { ...seen, origin: { from: 'grants' }, via: 'apis', holders } };
  };
  const clusterReasons = (verdict: Verdict) =>
    words(statusReasons({ ...rolledUp([unread]), nodes: [], status: verdict.status, verdict }));
  const told =
    'subjects that reach nodes/proxy are 2 unknown subjects, expected none; from RBAC objects and EKS access entries, read by the APIs of Kubernetes and AWS';

  it.each<[string, Verdict]>([
    [`CLUSTER_COMPLIANT ${told}`, of('pass', [])],
    [`CLUSTER_NOT_COMPLIANT ${told}`, of('fail', [])],
    ['CLUSTER_SUSPECT odd', { status: 'warn', because: 'odd' }],
    ['CLUSTER_NOT_READ odd', { status: 'unknown', because: 'odd' }],
    ['CLUSTER_NOT_APPLICABLE odd', { status: 'not-applicable', because: 'odd' }],
  ])('is %s', (reason, verdict) => {
    expect(clusterReasons(verdict)).toEqual([reason]);
  });

  it('names each holder whom nobody allows, or not any more, seven at most', () => {
    const standings = ['system', 'allowed', 'expired', 'not-allowed'] as const;
    const all = standings.map((standing) => holder({ standing, name: standing }));
    const verdict = of('fail', all);
    expect(openHolders(verdict).map(({ name }) => name)).toEqual(['expired', 'not-allowed']);
    expect(clusterReasons(verdict).slice(1)).toEqual([
      'ALLOWANCE_EXPIRED User expired: binding a, role b; binding c, role d',
      'HOLDER_NOT_ALLOWED User not-allowed: binding a, role b; binding c, role d',
    ]);
    const named = (count: number) => clusterReasons(of('fail', Array(count).fill(holder())));
    expect(named(7)).toHaveLength(8);
    expect(named(9).slice(8)).toEqual(["MORE_REASONS 2 more holders: see the audit's result"]);
    for (const verdict of [undefined, unread, failed]) expect(openHolders(verdict)).toEqual([]);
  });

  const allowed = { allowance: mark, ways: ['x'] };
  it.each<[Partial<HeldRight>, string]>([
    [{}, 'User ann: binding a, role b; binding c, role d'],
    [{ kind: 'IAM', ours: true, ways: ['x'] }, 'IAM ann (this audit): x'],
    [{ ...allowed, standing: 'allowed' }, 'User ann: x; allowed until 2026-12-31 (by sre: moved)'],
    [{ ...allowed, standing: 'expired' }, 'User ann: x; the allowance expired on 2026-12-31 (by sre: moved)'],
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
  const origin = { from: 'file', file: 'z'.repeat(200) } as const;
  const long: Evidence = { ...evidence('x'.repeat(200)), expected: 'y'.repeat(200), origin, via: 'ssm' };
  const bounded = `authentication.x509.clientCAFile is ${'x'.repeat(119)}…, expected ${'y'.repeat(119)}…; from file ${'z'.repeat(114)}…, read by SSM`;
  expect(reasonText({ status: 'fail', evidence: long })).toBe(bounded);
  const noted = { ...evidence('/a'), notes: ['n1', 'n2', 'n3', 'n4'] };
  expect(reasonText({ status: 'pass', evidence: noted })).toBe(`${seen('/a')}; n1; n2; n3`);
  expect(reasonText({ status: 'warn', because: 'w', evidence: long })).toBe('w');
  expect(reasonText({ status: 'unknown', because: 'w'.repeat(500) })).toBe(`${'w'.repeat(449)}…`);
  expect(reasonText({ status: 'fail', evidence: { ...long, notes: ['n'.repeat(200)] } })).toHaveLength(450);
});
