import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRemediation } from '../../../../../lambda/core/fix/remediation/plan-remediation.ts';
import {
  type ChosenNodes,
  ended,
  type NextNodesOptions,
  type NodeOutcome,
  type NodeProgress,
  newProgress,
  nextNodes,
  type Progress,
  started,
} from '../../../../../lambda/core/fix/remediation/run/progress.ts';
import { controls } from '../../../../../lambda/core/judge/controls/index.ts';
import type { NodeKind } from '../../../../../lambda/core/model/model.ts';
import { audited, clusterCa, judgedNode, mainFile, nodeOfKind, seen } from '../failing-audit.ts';

const failing = (kind: NodeKind, number: number) => {
  const readOnlyPort = { value: 10255, origin: { from: 'file', file: mainFile[kind] } } as const;
  return judgedNode({ facts: seen(kind, { settings: { readOnlyPort } }) }, nodeOfKind(kind, number));
};

/** Two node groups, of three nodes and of two. */
const al2 = [1, 2, 3].map((number) => failing('al2', number));
const al2023 = [4, 5].map((number) => failing('al2023', number));
const plan = planRemediation(audited([...al2, ...al2023]), { controls });
const begun = newProgress(plan);
const all = (progress: Progress) => progress.groups.flatMap(({ nodes }) => nodes);
const inState = (progress: Progress, ...states: readonly string[]) =>
  all(progress).filter(({ state }) => states.includes(state));
const keys = (nodes: readonly { readonly key: string }[]) => nodes.map(({ key }) => Number.parseInt(key.slice(2), 16));

/** Starts what may start, then ends the oldest running node with the next outcome; until the run ends or the outcomes do. */
function run(from: Progress, options: NextNodesOptions, outcomes: readonly NodeOutcome[]) {
  const left = [...outcomes];
  const startedKeys: string[] = [];
  const most = { running: 0 };
  let progress = from;

  for (;;) {
    const next = nextNodes(progress, { maxFailures: 1, canary: 0, ...options });
    if (next.kind === 'start') {
      const now = next.nodes.map(({ key }) => key);
      startedKeys.push(...now);
      progress = started(progress, now);
      most.running = Math.max(most.running, inState(progress, 'running').length);
      continue;
    }
    if (next.kind !== 'wait') return { progress, last: next, startedKeys, most: most.running };

    const outcome = left.shift();
    if (outcome === undefined) return { progress, last: next, startedKeys, most: most.running };
    progress = ended(progress, next.running[0]!.key, outcome);
  }
}

const done: NodeOutcome = { state: 'done' };
const lost: NodeOutcome = { state: 'lost', because: 'the kubelet did not come back' };

describe('a run', () => {
  it('leaves out the nodes that a person left out, and a group that has no other', () => {
    const plan = planRemediation(audited([failing('al2', 1), failing('al2', 2), failing('al2023', 4)]), { controls });
    const firstOf = (kind: string) =>
      plan.groups.flatMap(({ nodes }) => nodes.filter((each) => each.kind === kind).slice(0, 1));
    const skipped = ['al2', 'al2023'].flatMap(firstOf);
    const left = newProgress(plan, { skipped: skipped.map(({ key }) => key) });

    expect(keys(all(left))).toEqual([2]);
    expect(left.groups).toHaveLength(1);
  });

  it('holds every law, whatever becomes of the nodes', () => {
    const [restored, untouched] = (['restored', 'untouched'] as const).map((state) => ({ state, because: 'x' }));
    const outcome = fc.constantFrom<NodeOutcome>(done, done, done, { state: 'gone' }, lost, restored!, untouched!);
    const outcomes = fc.array(outcome, { maxLength: 8 });
    const number = (min: number, max: number) => fc.integer({ min, max });
    const pacings = fc.record({ maxUnavailable: number(-1, 7), maxFailures: number(1, 3), canary: number(0, 2) });
    fc.assert(
      fc.property(outcomes, pacings, (given, pacing) => {
        const { progress, last, most, startedKeys } = run(begun, pacing, given);
        const failed = inState(progress, 'lost', 'restored').length;

        // Never more than allowed at a time, and never twice.
        expect(most).toBeLessThanOrEqual(Math.max(1, pacing.maxUnavailable));
        expect(new Set(startedKeys).size).toBe(startedKeys.length);
        // Stopped means that too much failed and nothing runs; finished means that all is over.
        if (last.kind === 'stopped') expect(failed).toBeGreaterThanOrEqual(1);
        if (failed >= pacing.maxFailures)
          expect(last.kind).toBe(inState(progress, 'running').length > 0 ? 'wait' : 'stopped');
        if (last.kind === 'finished') expect(inState(progress, 'waiting', 'running')).toEqual([]);
        // The second group is untouched while the first is not over, but for canaries.
        const [first, second] = progress.groups;
        if (pacing.canary === 0 && first!.nodes.some(({ state }) => state === 'waiting' || state === 'running'))
          expect(second!.nodes.every(({ state }) => state === 'waiting')).toBe(true);
        // While a group has no canary that is done, no group has begun more than its canaries.
        const isIn = (nodes: readonly NodeProgress[], ...states: readonly string[]) =>
          nodes.filter(({ state }) => states.includes(state)).length;
        const lacks = ({ nodes }: (typeof progress.groups)[number]) =>
          isIn(nodes, 'done') < pacing.canary && isIn(nodes, 'waiting') > 0;
        if (progress.groups.some(lacks))
          for (const { nodes } of progress.groups)
            expect(isIn(nodes, 'done', 'running')).toBeLessThanOrEqual(pacing.canary);
      }),
    );
  });

  it('goes on past a refusal, and stops at the failure that is one too many', () => {
    const untouched: NodeOutcome = { state: 'untouched', because: 'x' };
    const limits = { maxUnavailable: 1, maxFailures: 2 };
    const { last, startedKeys } = run(begun, limits, [lost, untouched, done, lost, done]);
    expect([last.kind, startedKeys.length]).toEqual(['stopped', 4]);
  });
});

describe('what is next', () => {
  const progressOf = (...states: readonly NodeProgress['state'][]): Progress => {
    const nodes = states.map(nodeIn);
    const [first, second] = [nodes.slice(0, 3), nodes.slice(3)];
    return { groups: [{ name: 'managed/a', nodes: first }].concat({ name: 'managed/b', nodes: second }) };
  };
  const nodeIn = (state: NodeProgress['state'], number: number): NodeProgress => {
    const of = { controls: ['kubelet-read-only-port'], trust: [], group: number < 3 ? 'managed/a' : 'managed/b' };
    return { key: `i-${number}`, instanceId: `i-${number}`, ...of, state };
  };
  type States = readonly NodeProgress['state'][];
  const nextOf = (options: Partial<NextNodesOptions>, states: States) => {
    const next = nextNodes(progressOf(...states), { maxUnavailable: 3, ...options });
    const nodes = 'nodes' in next ? next.nodes : 'running' in next ? next.running : 'failed' in next ? next.failed : [];
    return [next.kind, ...nodes.map(({ key }) => key)].join(' ');
  };

  it.each<[number, States, string]>([
    [2, ['waiting', 'waiting', 'waiting', 'waiting'], 'start i-0 i-1'],
    [2, ['running', 'waiting', 'waiting', 'waiting'], 'start i-1'],
    [2, ['running', 'running', 'waiting', 'waiting'], 'wait i-0 i-1'],
    [1, ['running', 'running', 'waiting', 'waiting'], 'wait i-0 i-1'],
    [9, ['done', 'running', 'gone', 'waiting'], 'wait i-1'],
    [9, ['done', 'untouched', 'gone', 'waiting'], 'start i-3'],
    [9, ['done', 'lost', 'waiting', 'waiting'], 'stopped i-1'],
    [9, ['restored', 'lost', 'running', 'waiting'], 'wait i-2'],
    [9, ['restored', 'done', 'done', 'lost'], 'stopped i-0 i-3'],
    [9, ['done', 'done', 'done', 'running'], 'wait i-3'],
    [9, ['done', 'untouched', 'gone', 'done'], 'finished'],
    // One at a time where the number is none.
    [0, ['waiting', 'waiting'], 'start i-0'],
    [-3, ['waiting', 'waiting'], 'start i-0'],
    [Number.NaN, ['waiting', 'waiting'], 'start i-0'],
    [0.5, ['waiting', 'waiting'], 'start i-0'],
    [2.9, ['waiting', 'waiting', 'waiting'], 'start i-0 i-1'],
  ])('with %s at a time, of %j, is %s', (maxUnavailable, states, next) => {
    expect(nextOf({ maxUnavailable }, states)).toBe(next);
  });

  const inA = new Map([['managed/a', ['i-8']]]);
  const itself = { unready: new Map([['managed/a', ['i-0']]]) };
  const inB = { maxUnavailable: 1, unready: new Map([['managed/b', ['i-8']]]) };
  const [one, three] = [{ canary: 1 }, { canary: 1, maxFailures: 3 }];
  it.each<[string, Partial<NextNodesOptions>, States, string]>([
    ['a canary of the first group first', one, ['waiting', 'waiting', 'waiting', 'waiting'], 'start i-0'],
    ['no second node beside a canary', one, ['running', 'waiting', 'waiting', 'waiting'], 'wait i-0'],
    ['then a canary of the next group', one, ['done', 'waiting', 'waiting', 'waiting'], 'start i-3'],
    ['another one for a canary that refused', one, ['untouched', 'waiting', 'waiting', 'done'], 'start i-1'],
    ['all others after the canaries', one, ['done', 'waiting', 'waiting', 'done'], 'start i-1 i-2'],
    ['nothing after a canary that failed', three, ['lost', 'waiting', 'waiting', 'done'], 'stopped i-0'],
    [
      'on after a failure below its part of all',
      { maxFailures: { percent: 60 } },
      ['done', 'lost', 'waiting', 'done'],
      'start i-2',
    ],
    ['on after one failure of three', { maxFailures: 3 }, ['done', 'lost', 'waiting', 'done'], 'start i-2'],
    ['less where a node is not Ready', { unready: inA }, ['waiting', 'waiting', 'waiting'], 'start i-0 i-1'],
    ['one under way that is not Ready once', itself, ['running', 'waiting', 'waiting'], 'start i-1 i-2'],
    ['nothing where the budget is used up', { maxUnavailable: 1, unready: inA }, ['done', 'waiting'], 'held'],
    ['regardless of another group', inB, ['done', 'waiting'], 'start i-1'],
  ])('is %s', (_what, options, states, expected) => {
    expect(nextOf(options, states)).toBe(expected);
  });

  it('starts those that wait and no others', () => {
    const from = progressOf('waiting', 'waiting', 'done', 'lost');

    expect(started(from, ['i-0', 'i-2', 'i-3', 'i-9'])).toEqual(progressOf('running', 'waiting', 'done', 'lost'));
  });

  it('ends the one that runs, with its reason, and no other', () => {
    const from = progressOf('running', 'running', 'waiting');

    const [first, ...others] = [nodeIn('lost', 0), nodeIn('running', 1), nodeIn('waiting', 2)];
    expect(all(ended(from, 'i-0', lost))).toEqual([{ ...first, because: 'the kubelet did not come back' }, ...others]);
    expect(ended(from, 'i-2', lost)).toEqual(from);
    expect(ended(progressOf('done'), 'i-0', lost)).toEqual(progressOf('done'));
  });
});

it.each<[string, ChosenNodes, readonly number[]]>([
  ['one node', { nodes: ['i-00000000000000002'] }, [2]],
  ['a group by its name', { groups: ['al2023-workers'] }, [4, 5]],
  ['a group by kind and name', { groups: ['managed/al2-workers'] }, [1, 2, 3]],
  ['the first ones of the plan', { limit: 4 }, [1, 2, 3, 4]],
  ['some, without what was left out', { groups: ['al2-workers'], skipped: ['i-00000000000000001'], limit: 1 }, [2]],
])('a person chooses %s', (_what, chosen, expected) => {
  expect(keys(all(newProgress(plan, chosen)))).toEqual(expected);
});

it('a run begins with every machine that the runbook has to do with, waiting, under the name of its group', () => {
  const [group, ...others] = begun.groups;

  expect([group?.name, ...others.map(({ name }) => name)]).toEqual(['managed/al2-workers', 'managed/al2023-workers']);
  const key = 'i-00000000000000002';
  const of = { controls: ['kubelet-read-only-port'], trust: [clusterCa], group: 'managed/al2-workers' };
  expect(group?.nodes[1]).toEqual({ key, instanceId: key, ...of, state: 'waiting' });
});
