import { describe, expect, it } from 'vitest';
import { noStates } from '../../../lambda/core/model/access-states.ts';
import type { NodeAudit, Problem, Verdict } from '../../../lambda/core/model/model.ts';
import type { PublishResult } from '../../../lambda/core/model/published.ts';
import { answerOf, failedAfterwards, noFindings } from '../../../lambda/core/run/answer-of.ts';
import { noCounts } from '../../../lambda/core/run/outcome.ts';
import { factsOf } from '../../fakes/ports.ts';
import {
  accessLike,
  anonymous,
  auditOf,
  clientCa,
  expired,
  failed,
  inGroups,
  judged,
  node,
  notApplicable,
  passed,
  unread,
  waived,
  warned,
} from '../findings/compliant-audit.ts';
import { answer, blue, problem, region } from './complete-run.ts';

const read = (each: NodeAudit): NodeAudit => ({ ...each, facts: factsOf('configz') });
const nodes = [read(judged(node(1), passed)), read(judged(node(2), failed)), judged(node(3), unread)];
const counts = { created: 1, updated: 1, reopened: 0, refreshed: 0, archived: 1, unchanged: 4 };
const waiver = { control: clientCa.slug, nodeGroup: '*', owner: 'sre', reason: 'moved', expires: '2026-12-31' };
const published: PublishResult = {
  ...counts,
  imported: 3,
  rejected: [{ id: 'a', code: 'InvalidInput', message: 'no' }],
  notSent: [],
};
const times = { startedAt: '2026-11-25T05:00:00.000Z', finishedAt: '2026-11-25T05:00:10.000Z' };
const [startedAt, finishedAt] = [new Date(times.startedAt), new Date(times.finishedAt)];
const outcome = {
  item: blue,
  status: 'done',
  startedAt,
  finishedAt,
  audit: auditOf(nodes),
  published,
  problems: [],
} as const;
/** What is answered of these nodes. */
const of = (...audited: readonly NodeAudit[]) => answerOf({ ...outcome, audit: auditOf(audited) });
const problems = (count: number): readonly Problem[] =>
  Array.from({ length: count }, (_, index) => ({ ...problem, message: `${index}` }));

/** A next node, with its verdicts about the client CA and about others. */
const next = (number: number, group: string, first: Verdict, ...others: readonly Verdict[]) => ({
  ...judged(node(number, { group: { kind: 'managed', name: group } }), first),
  verdicts: { [clientCa.slug]: first, ...Object.fromEntries(others.entries()) },
  source: 'launch template lt-1, version 7',
});

describe('answerOf', () => {
  it('says what is suppressed and waived, and which machines are of several clusters, where there are any', () => {
    const machine = node(1, { key: 'k'.repeat(33), alsoTaggedFor: ['other'] });
    const waivers = ['blue', 'green'].map((cluster) => ({ ...waiver, cluster }));
    const audit = { ...auditOf([judged(machine, waived), judged(node(2), passed)]), suppressed: 2 };
    const answered = answerOf({ ...outcome, audit, waivers });
    const machinesOfSeveral = [`${'k'.repeat(31)}…`];
    const waiversMatched = [expect.stringMatching(/^[0-9a-f]{16}$/)];
    expect(answered).toMatchObject({ suppressed: 2, waived: 1, waiversMatched, machinesOfSeveral });
    const many = Array.from({ length: 201 }, (_, number) => judged(node(number, { alsoTaggedFor: [] }), passed));
    expect(of(...many).machinesOfSeveral).toHaveLength(200);
    const optional = ['suppressed', 'waived', 'waiversMatched', 'machinesOfSeveral', 'claims', 'nextNodes', 'access'];
    expect(optional.filter((name) => name in of(judged(node(1), passed)))).toEqual([]);
  });

  it('names the first 20 nodes and groups that are claims only, in printable words', () => {
    const none = { status: 'none', because: 'no\u001b[31m instance' } as const;
    const { name: _, ...nameless } = node(2, { key: 'key' });
    const claims = [node(1, { name: 'a', kind: 'fargate', machine: none }), { ...nameless, machine: none }];
    const claimed = judged(node(3, { name: 'c', claimed: 'elsewhere' }), passed);
    const inGroup = (number: number, name: string) =>
      judged(node(number, { group: { kind: 'managed', name }, groupUnconfirmed: 'x' }), passed);
    const inventory = { from: 'kubernetes', complete: true, claims } as const;
    const audit = auditOf([claimed, inGroup(4, 'b'), inGroup(5, 'a'), inGroup(6, 'a')], { inventory });
    const named = ['a (Fargate)', 'key (no instance)', 'c (al2023)'];
    const groups = { groups: 2, groupsNamed: ['a (managed)', 'b (managed)'] };
    expect(answerOf({ ...outcome, audit }).claims).toEqual({ nodes: 3, named, ...groups });
    expect(of(claimed).claims).toEqual({ nodes: 1, named: ['c (al2023)'] });
    const many = Array.from({ length: 21 }, (_, number) => inGroup(number, `g${number}`));
    const more = of(...many.map((each) => ({ ...each, node: { ...each.node, claimed: 'elsewhere' as const } })));
    const { claims: { nodes = 0, named: names, groups: count, groupsNamed } = {} } = more;
    expect([nodes, names?.length, count, groupsNamed?.length]).toEqual([21, 20, 21, 20]);
  });

  it('counts all nodes by their state, and has a statement for each group and state', () => {
    const access = accessLike('fail');
    const { states, statements } = of({ ...judged(node(1), failed), access }, judged(node(2), passed));
    expect(states).toMatchObject({ 'strangers-get-in': 1, 'not-read': 1, closed: 0 });
    expect(statements?.map(({ state, nodes }) => `${state} ${nodes}`)).toEqual(['strangers-get-in 1', 'not-read 1']);
  });

  it('counts a cluster', () => {
    const verdicts = { pass: 1, fail: 1, warn: 0, unknown: 1, 'not-applicable': 0 };
    const group = { control: 'kubelet-client-ca-file', group: 'workers (managed)', standing: 'fail', nodes: 1 };
    const message = expect.stringContaining('1 machine;');
    expect(answerOf(outcome)).toEqual({
      ...answer(blue, times),
      kubernetes: '1.34',
      nodes: 3,
      unreadableNodes: 1,
      gaps: [
        {
          nodeGroup: 'managed workers',
          size: 1,
          confirmed: true,
          problem: expect.objectContaining({ code: 'nodes-unread', message }),
        },
      ],
      verdicts,
      controls: { 'kubelet-client-ca-file': verdicts },
      open: { groups: [group], more: 0 },
      groups: ['workers (managed)'],
      states: { ...noStates, 'not-read': 3 },
      statements: [expect.objectContaining({ state: 'not-read', nodes: 3, severity: 'HIGH' })],
      findings: { ...counts, rejected: 1, notSent: 0 },
    });
  });

  it('counts each control of a node apart', () => {
    const { controls } = of({ ...judged(node(1), passed), verdicts: { b: passed, a: failed } });
    expect(JSON.stringify(controls)).toBe(JSON.stringify({ a: { ...noCounts, fail: 1 }, b: { ...noCounts, pass: 1 } }));
  });

  it('misses no node whose kubelet AWS runs', () => {
    expect(of(judged(node(1), notApplicable, anonymous)).unreadableNodes).toBe(0);
  });

  it('counts a node that nobody may trust as unread, though something answered for it', () => {
    const distrusted = read(judged(node(1, { distrust: 'another one says so too' }), unread));
    expect(of(distrusted)).toMatchObject({
      unreadableNodes: 1,
      gaps: [{ nodeGroup: 'managed workers', problem: { code: 'nodes-distrusted' } }],
    });
  });

  it('counts what is booting, and misses nothing of it', () => {
    const answered = of(judged(node(1, { booting: true }), unread));
    expect(answered).toMatchObject({ unreadableNodes: 0, bootingNodes: 1, gaps: [] });
  });

  it('names what is no pass by control and node group, the worst first', () => {
    const inGroup = (name: string, verdict: Verdict) =>
      read(judged(node(1, { group: { kind: 'managed', name } }), verdict));
    const all = [
      inGroup('a', passed),
      inGroup('b', notApplicable),
      inGroup('c', waived),
      inGroup('d', unread),
      inGroup('e', warned),
      inGroup('f', failed),
      inGroup('f', failed),
      inGroup('f', passed),
      inGroup('g', expired),
      inGroup('h\u001b[31mi', failed),
    ];
    const clusterVerdicts = { 'cluster-proxy-holders': failed };
    const nextNodes = { nodes: [next(1, 'n', failed), next(2, 'u', unread), next(3, 'p', passed)], complete: true };
    const answered = answerOf({ ...outcome, audit: auditOf(all, { clusterVerdicts, nextNodes }) });
    expect(answered.open?.groups.map(({ group, standing, nodes }) => `${group} ${standing} ${nodes}`)).toEqual([
      'f (managed) fail 2',
      'g (managed) fail 1',
      'h i (managed) fail 1',
      'the cluster fail 0',
      'next node of n (managed) fail 1',
      'e (managed) warn 1',
      'd (managed) unknown 1',
      'c (managed) waived 1',
    ]);
    expect(answered.open?.groups[3]?.control).toBe('cluster-proxy-holders');
    expect(answered.verdicts.fail).toBe(6);
    expect(answered.controls['cluster-proxy-holders']).toEqual({ ...noCounts, fail: 1 });
    expect(of(inGroup('a', passed))).not.toHaveProperty('open');
  });

  it('names 200 of what is no pass, and counts the rest', () => {
    const open = (count: number) => of(...inGroups(...Array(count).fill(failed))).open;
    expect([open(200)?.groups.length, open(200)?.more]).toEqual([200, 0]);
    expect([open(201)?.groups.length, open(201)?.more]).toEqual([200, 1]);
  });

  it.each([
    ['done', undefined, true],
    ['failed', undefined, false],
    ['gone', undefined, true],
    ['done', false, false],
    ['failed', true, true],
  ] as const)('is complete by its status %s, unless it was said (%s): %s', (status, complete, expected) => {
    const { audit: _, ...rest } = outcome;
    const answered = answerOf({ ...rest, status, ...(complete !== undefined && { complete }) });
    expect(answered.complete).toBe(expected);
  });

  it('counts machines without a kubelet', () => {
    const inventory = { from: 'kubernetes', complete: true, withoutKubelet: [node(1), node(2)] } as const;
    expect(answerOf({ ...outcome, audit: auditOf([], { inventory }) }).machinesWithoutKubelet).toBe(2);
  });

  it('counts next nodes by their groups, and names what is not known of them at all', () => {
    const nodes = [
      next(1, 'good', passed, unread),
      next(2, 'hidden', unread, unread),
      next(3, 'bad', failed),
      next(4, 'bad', unread),
      next(5, 'accepted', waived),
      next(6, 'doubtful', unread, warned),
    ];
    const answered = answerOf({ ...outcome, audit: auditOf([], { nextNodes: { nodes, complete: true } }) });
    const named = ['hidden (managed): connection refused'];
    expect(answered.nextNodes).toEqual({ groups: 5, failing: 1, unknown: 1, named });

    const hidden = Array.from({ length: 23 }, (_, index) => next(index, `g${index}`, unread));
    const many = answerOf({ ...outcome, audit: auditOf([], { nextNodes: { nodes: hidden, complete: true } }) });
    expect([many.nextNodes?.unknown, many.nextNodes?.named?.length]).toEqual([23, 20]);
  });

  it('is all zeros for a Region', () => {
    const { audit, published: _, ...rest } = outcome;
    const zeros = answer(region, { ...times, states: noStates, findings: noFindings });
    expect(answerOf({ ...rest, item: region })).toStrictEqual(zeros);
  });

  it('keeps the first 20 problems, and counts the others', () => {
    const answered = answerOf({ ...outcome, problems: problems(23) });
    expect([answered.problems.length, answered.moreProblems]).toEqual([20, 3]);
  });
});

describe('failedAfterwards', () => {
  it.each([
    [0, 1, 0],
    [19, 20, 0],
    [20, 20, 1],
    [23, 20, 4],
  ])('is to be done again for the new problem, whatever %i others there were', (before, shown, more) => {
    const first = answerOf({ ...outcome, problems: problems(before) });
    const answered = failedAfterwards(first, { ...problem, code: 'new' });
    expect(answered.status).toBe('failed');
    expect([answered.problems.length, answered.moreProblems, answered.problems.at(0)?.code]).toEqual([
      shown,
      more,
      'new',
    ]);
  });
});
