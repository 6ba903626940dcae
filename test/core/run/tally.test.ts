import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noStates } from '../../../lambda/core/model/access-states.ts';
import {
  answer,
  answers,
  blue,
  discovery,
  eachVerdict,
  findingsTimes,
  green,
  totalsOf as nestedTotalsOf,
  problem,
  region,
  twice,
} from './complete-run.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };

const totalsOf = (...of: Parameters<typeof nestedTotalsOf>) => {
  const { looked, counted, ...others } = nestedTotalsOf(...of);
  return { ...looked, ...counted, ...others };
};

describe('the totals of a run', () => {
  it('adds up a complete run, which has no gap', () => {
    expect(totalsOf(answers)).toEqual({
      clusters: { found: 2, audited: 2, gone: 0, failed: 0 },
      nodes: 20,
      states: { ...noStates, 'not-read': 20 },
      unreadableNodes: 0,
      bootingNodes: 0,
      machinesWithoutKubelet: 0,
      verdicts: { pass: 20, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 },
      waived: 0,
      controls: { 'kubelet-client-ca-file': { pass: 20, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 } },
      findings: findingsTimes(3),
      gaps: [],
      failedItems: 0,
      problems: {},
      waiversMatched: new Set(),
      finishedAt: '2026-11-25T05:01:30.000Z',
    });
  });

  it('makes a gap in both of a machine that two clusters list, and none where one of them does', () => {
    const lists = (...machinesOfSeveral: readonly string[]) => ({ machinesOfSeveral });
    const totals = totalsOf([answer(blue, lists('i-1', 'i-2')), answer(green, lists('i-1')), answer(region)]);
    expect(totals.gaps).toMatchObject([
      { ...place, cluster: 'blue', problem: { code: 'machines-contested' } },
      { ...place, cluster: 'green', problem: { code: 'machines-contested' } },
    ]);
    expect(totalsOf([answer(blue, lists('i-1')), answer(green, lists('i-2')), answer(region)]).gaps).toEqual([]);
  });

  it('has the gaps of each answer, before what two clusters list', () => {
    const gap = { nodeGroup: 'managed workers', problem };
    const [one, two] = [
      answer(blue, { gaps: [gap], machinesOfSeveral: ['i-1'] }),
      answer(green, { machinesOfSeveral: ['i-1'] }),
    ];
    expect(totalsOf([one, two, answer(region)]).gaps).toMatchObject([
      { ...place, cluster: 'blue', nodeGroup: 'managed workers', problem },
      { ...place, cluster: 'blue', problem: { code: 'machines-contested' } },
      { ...place, cluster: 'green', problem: { code: 'machines-contested' } },
    ]);
  });

  it('counts and names nodes of no machine, and what is suppressed, which are no gaps', () => {
    const claims = { nodes: 2, named: ['fargate-1 (Fargate)', 'ghost (its Node object names no instance)'] };
    const nextNodes = { groups: 2, failing: 1, unknown: 0, named: [] };
    const of = { claims, nextNodes, waived: 2 };
    const second = answer(blue, { ...of, suppressed: 3, waiversMatched: ['b', 'c'] });
    const totals = totalsOf([answer(green, { ...of, waiversMatched: ['a', 'b'] }), second, answer(region)]);
    expect(totals).toMatchObject({
      waived: 4,
      waiversMatched: new Set(['a', 'b', 'c']),
      nextNodes: [
        { ...place, cluster: 'blue', ...nextNodes },
        { ...place, cluster: 'green', ...nextNodes },
      ],
      claimedNodes: 4,
      claims: [
        { ...place, cluster: 'blue', ...claims },
        { ...place, cluster: 'green', ...claims },
      ],
      suppressed: 3,
      gaps: [],
    });
  });

  it('names a cluster and a Region that have no answer, as failed items', () => {
    const totals = totalsOf([answer(blue)]);
    expect(totals.gaps).toMatchObject([
      { ...place, cluster: 'green', problem: { code: 'not-audited' } },
      { ...place, problem: { code: 'not-audited' } },
    ]);
    expect(totals).toMatchObject({ failedItems: 2, clusters: { found: 2, audited: 1, gone: 0, failed: 1 } });
  });

  it('misses nothing of a cluster that left', () => {
    const gone = answer(blue, { status: 'gone', nodes: 0, verdicts: answer(region).verdicts, controls: {} });
    expect(totalsOf([gone, answer(green), answer(region)])).toMatchObject({
      gaps: [],
      failedItems: 0,
      clusters: { audited: 1, gone: 1, failed: 0 },
    });
  });

  it('counts in how many items a problem came up, however often in one', () => {
    const often = { problems: [problem, { ...problem, message: 'again' }] };
    expect(totalsOf([answer(blue, often), answer(green, often), answer(region)]).problems).toEqual({ throttled: 2 });
  });

  it('lists problems in the order of their codes', () => {
    const of = (code: string) => ({ problems: [{ ...problem, code }] });
    const { problems } = totalsOf([answer(blue, of('b')), answer(green, of('c')), answer(region, of('a'))]);
    expect(Object.keys(problems)).toEqual(['a', 'b', 'c']);
  });

  it('ends with the last answer, also one whose clock went back', () => {
    const late = answer(blue, { startedAt: '2026-11-25T05:05:00.000Z', finishedAt: '2026-11-25T05:04:00.000Z' });
    expect(totalsOf([late, answer(green), answer(region)]).finishedAt).toBe(late.finishedAt);
  });

  it('adds up each count of each answer', () => {
    const nodes = { nodes: 3, unreadableNodes: 1, bootingNodes: 2, machinesWithoutKubelet: 4 };
    const change = { ...nodes, verdicts: eachVerdict, controls: { a: eachVerdict } };
    const sums = { nodes: 6, unreadableNodes: 2, bootingNodes: 4, machinesWithoutKubelet: 8 };
    const totals = totalsOf([answer(blue, change), answer(green, change)]);
    expect(totals).toMatchObject({ ...sums, verdicts: twice, controls: { a: twice }, failedItems: 1 });
  });

  it('counts a failed cluster among the failed, and a failed Region among the items alone', () => {
    const failed = { status: 'failed', problems: [problem] } as const;
    expect(totalsOf([answer(blue, failed), answer(green), answer(region, failed)])).toMatchObject({
      clusters: { found: 2, audited: 1, gone: 0, failed: 1 },
      failedItems: 2,
    });
  });

  it('counts an item once, and what is no item of the run not at all', () => {
    const stranger = answer({ ...blue, accountId: '999999999999' });
    expect(totalsOf([...answers, answer(blue, { nodes: 99 }), stranger])).toEqual(totalsOf(answers));
  });

  it('comes to the same in whatever order the answers come', () => {
    const change = fc.record({
      nodes: fc.nat(),
      unreadableNodes: fc.nat({ max: 2 }),
      bootingNodes: fc.nat({ max: 2 }),
      machinesWithoutKubelet: fc.nat({ max: 2 }),
      complete: fc.boolean(),
      status: fc.constantFrom('done', 'gone', 'failed'),
      problems: fc.constantFrom([], [problem]),
      gaps: fc.constantFrom([], [{ nodeGroup: 'managed workers', problem }]),
      controls: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constant(answer(blue).verdicts)),
      finishedAt: fc.constantFrom('2026-11-25T05:02:00.000Z', '2026-11-25T05:03:00.000Z'),
    });
    const given = fc
      .tuple(change, change, change)
      .map(([one, two, three]) => [answer(blue, one), answer(green, two), answer(region, three)]);

    fc.assert(
      fc.property(given, (inOrder) => {
        expect(JSON.stringify(totalsOf(inOrder.toReversed()))).toBe(JSON.stringify(totalsOf(inOrder)));
      }),
    );
  });

  it('knows no end of a run without an answer', () => {
    expect(totalsOf([])).not.toHaveProperty('finishedAt');
    expect(totalsOf([]).failedItems).toBe(discovery.items.length);
  });
});
