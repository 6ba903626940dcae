import { describe, expect, it } from 'vitest';
import type { NodeAudit, Problem, Verdict } from '../../../lambda/core/model/model.ts';
import type { Published } from '../../../lambda/core/model/published.ts';
import { answerOf, failedAfterwards } from '../../../lambda/core/run/answer-of.ts';
import { noCounts, noFindings } from '../../../lambda/core/run/counts.ts';
import { factsOf } from '../../fakes/ports.ts';
import {
  anonymous,
  auditOf,
  failed,
  judged,
  node,
  notApplicable,
  passed,
  unread,
  warned,
} from '../findings/compliant-audit.ts';
import { blue, problem, region } from './complete-run.ts';

const read = (each: NodeAudit): NodeAudit => ({ ...each, facts: factsOf('configz') });
const nodes = [read(judged(node(1), passed)), read(judged(node(2), failed)), judged(node(3), unread)];
const published: Published = {
  imported: 3,
  created: 1,
  updated: 1,
  reopened: 0,
  refreshed: 0,
  archived: 1,
  unchanged: 4,
  rejected: [{ id: 'a', code: 'InvalidInput', message: 'no' }],
  notSent: [],
};
const outcome = {
  item: blue,
  status: 'done',
  startedAt: new Date('2026-11-25T05:00:00Z'),
  finishedAt: new Date('2026-11-25T05:00:10Z'),
  audit: auditOf(nodes),
  published,
  problems: [],
} as const;
const problems = (count: number): readonly Problem[] =>
  Array.from({ length: count }, (_, index) => ({ ...problem, message: `${index}` }));

describe('answerOf', () => {
  it('counts nodes by their headline, where they have one', () => {
    const access = { status: 'fail', because: 'open door: anonymous clients are let in' } as const;
    const nodes = [{ ...judged(node(1), failed), access }, judged(node(2), passed)];
    expect(answerOf({ ...outcome, audit: auditOf(nodes) }).access).toMatchObject({ fail: 1, pass: 0 });
  });

  it('counts a cluster', () => {
    expect(answerOf(outcome)).toEqual({
      item: blue,
      status: 'done',
      startedAt: '2026-11-25T05:00:00.000Z',
      finishedAt: '2026-11-25T05:00:10.000Z',
      nodes: 3,
      unreadableNodes: 1,
      bootingNodes: 0,
      machinesWithoutKubelet: 0,
      gaps: [
        {
          nodeGroup: 'managed workers',
          problem: expect.objectContaining({ code: 'nodes-unread', message: expect.stringContaining('1 machine;') }),
        },
      ],
      complete: true,
      verdicts: { pass: 1, fail: 1, warn: 0, unknown: 1, 'not-applicable': 0 },
      controls: { 'kubelet-client-ca-file': { pass: 1, fail: 1, warn: 0, unknown: 1, 'not-applicable': 0 } },
      open: {
        groups: [{ control: 'kubelet-client-ca-file', group: 'workers (managed)', standing: 'fail', nodes: 1 }],
        more: 0,
      },
      failing: [{ machines: 1, bySeverity: { HIGH: 1 } }],
      findings: {
        created: 1,
        updated: 1,
        reopened: 0,
        refreshed: 0,
        archived: 1,
        unchanged: 4,
        rejected: 1,
        notSent: 0,
      },
      problems: [],
      moreProblems: 0,
    });
  });

  it('counts each control of a node by itself', () => {
    const both = { ...judged(node(1), passed), verdicts: { b: passed, a: failed } };
    const answer = answerOf({ ...outcome, audit: auditOf([both]) });
    expect(Object.entries(answer.controls).map(([slug, counts]) => [slug, counts.pass, counts.fail])).toEqual([
      ['a', 0, 1],
      ['b', 1, 0],
    ]);
  });

  it('misses no node whose kubelet AWS runs', () => {
    expect(answerOf({ ...outcome, audit: auditOf([judged(node(1), notApplicable, anonymous)]) }).unreadableNodes).toBe(
      0,
    );
  });

  it('counts a node that nobody may trust as unread, though something answered for it', () => {
    const distrusted = read(judged(node(1, { distrust: 'another one says so too' }), unread));
    expect(answerOf({ ...outcome, audit: auditOf([distrusted]) })).toMatchObject({
      unreadableNodes: 1,
      gaps: [{ nodeGroup: 'managed workers', problem: { code: 'nodes-distrusted' } }],
    });
  });

  it('counts what is booting, and misses nothing of it', () => {
    const audit = auditOf([judged(node(1, { booting: true }), unread)]);
    expect(answerOf({ ...outcome, audit })).toMatchObject({ unreadableNodes: 0, bootingNodes: 1, gaps: [] });
  });

  it('names what is no pass by control and node group, the worst first', () => {
    const mark = { until: '2026-12-31', by: 'sre', reason: 'until January' };
    const inGroup = (name: string, verdict: Verdict) =>
      read(judged(node(1, { group: { kind: 'managed', name } }), verdict));
    const all = [
      inGroup('a', passed),
      inGroup('b', notApplicable),
      inGroup('c', { ...failed, waived: mark } as Verdict),
      inGroup('d', unread),
      inGroup('e', warned),
      inGroup('f', failed),
      inGroup('f', failed),
      inGroup('f', passed),
      inGroup('g', { ...failed, waiverExpired: mark } as Verdict),
      inGroup('h\u001b[31mi', failed),
    ];
    const clusterVerdicts = { 'cluster-proxy-holders': failed };
    const answer = answerOf({ ...outcome, audit: auditOf(all, { clusterVerdicts }) });
    const control = 'kubelet-client-ca-file';
    expect(answer.open).toStrictEqual({
      groups: [
        { control, group: 'f (managed)', standing: 'fail', nodes: 2 },
        { control, group: 'g (managed)', standing: 'fail', nodes: 1 },
        { control, group: 'h i (managed)', standing: 'fail', nodes: 1 },
        { control: 'cluster-proxy-holders', group: 'the cluster', standing: 'fail', nodes: 0 },
        { control, group: 'e (managed)', standing: 'warn', nodes: 1 },
        { control, group: 'd (managed)', standing: 'unknown', nodes: 1 },
        { control, group: 'c (managed)', standing: 'waived', nodes: 1 },
      ],
      more: 0,
    });
    expect(answer.verdicts.fail).toBe(6);
    expect(answer.controls['cluster-proxy-holders']).toEqual({ ...noCounts, fail: 1 });
    expect(answerOf({ ...outcome, audit: auditOf([inGroup('a', passed)]) })).not.toHaveProperty('open');
  });

  it('names 200 of what is no pass, and counts the rest', () => {
    const groups = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        judged(node(index, { group: { kind: 'managed', name: `${index}` } }), failed),
      );
    const open = (count: number) => answerOf({ ...outcome, audit: auditOf(groups(count)) }).open;
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
    const answer = answerOf({ ...rest, status, ...(complete !== undefined && { complete }) });
    expect(answer.complete).toBe(expected);
  });

  it('counts machines without a kubelet', () => {
    const inventory = { from: 'kubernetes', complete: true, withoutKubelet: [node(1), node(2)] } as const;
    expect(answerOf({ ...outcome, audit: auditOf([], { inventory }) }).machinesWithoutKubelet).toBe(2);
  });

  it('is all zeros for a Region', () => {
    const { audit, published: _, ...rest } = outcome;
    expect(answerOf({ ...rest, item: region })).toStrictEqual({
      item: region,
      status: 'done',
      startedAt: '2026-11-25T05:00:00.000Z',
      finishedAt: '2026-11-25T05:00:10.000Z',
      nodes: 0,
      unreadableNodes: 0,
      bootingNodes: 0,
      machinesWithoutKubelet: 0,
      gaps: [],
      complete: true,
      verdicts: noCounts,
      controls: {},
      findings: noFindings,
      problems: [],
      moreProblems: 0,
    });
  });

  it('keeps the first 20 problems, and counts the others', () => {
    const answer = answerOf({ ...outcome, problems: problems(23) });
    expect([answer.problems.length, answer.moreProblems]).toEqual([20, 3]);
  });
});

describe('failedAfterwards', () => {
  it.each([
    [0, 1, 0],
    [19, 20, 0],
    [20, 20, 1],
    [23, 20, 4],
  ])('is to be done again for the new problem, whatever %i others there were', (before, shown, more) => {
    const answer = failedAfterwards(answerOf({ ...outcome, problems: problems(before) }), { ...problem, code: 'new' });
    expect(answer.status).toBe('failed');
    expect([answer.problems.length, answer.moreProblems, answer.problems.at(0)?.code]).toEqual([shown, more, 'new']);
  });
});
