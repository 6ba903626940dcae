import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRemediation } from '../../../../../lambda/core/fix/remediation/plan-remediation.ts';
import {
  ended,
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

const failing = (kind: NodeKind, number: number) =>
  judgedNode(
    {
      facts: seen(kind, {
        settings: { readOnlyPort: { value: 10255, origin: { from: 'file', file: mainFile[kind] } } },
      }),
    },
    nodeOfKind(kind, number),
  );

/** Two node groups, of three nodes and of two. */
const begun = newProgress(
  planRemediation(
    audited([failing('al2', 1), failing('al2', 2), failing('al2', 3), failing('al2023', 4), failing('al2023', 5)]),
    { controls },
  ),
);
const all = (progress: Progress) => progress.groups.flatMap(({ nodes }) => nodes);
const inState = (progress: Progress, ...states: readonly string[]) =>
  all(progress).filter(({ state }) => states.includes(state));
const keys = (nodes: readonly { readonly key: string }[]) => nodes.map(({ key }) => Number.parseInt(key.slice(2), 16));

/** Starts what may start, then ends the oldest running node with the next outcome; until the run ends or the outcomes do. */
function run(from: Progress, maxUnavailable: number, outcomes: readonly NodeOutcome[]) {
  const left = [...outcomes];
  const startedKeys: string[] = [];
  const most = { running: 0 };
  let progress = from;

  for (;;) {
    const next = nextNodes(progress, maxUnavailable);
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
    const skipped = ['al2', 'al2023'].flatMap((kind) =>
      plan.groups.flatMap(({ nodes }) => nodes.filter((each) => each.kind === kind).slice(0, 1)),
    );
    const left = newProgress(
      plan,
      skipped.map(({ key }) => key),
    );

    expect(keys(all(left))).toEqual([2]);
    expect(left.groups).toHaveLength(1);
  });

  it('holds every law, whatever becomes of the nodes', () => {
    const outcome = fc.constantFrom<NodeOutcome>(
      done,
      done,
      done,
      { state: 'gone' },
      lost,
      { state: 'restored', because: 'x' },
      { state: 'untouched', because: 'x' },
    );

    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 8 }), fc.integer({ min: -1, max: 7 }), (outcomes, max) => {
        const { progress, last, most, startedKeys } = run(begun, max, outcomes);

        // Never more than allowed at a time, and never twice.
        expect(most).toBeLessThanOrEqual(Math.max(1, max));
        expect(new Set(startedKeys).size).toBe(startedKeys.length);
        // Stopped means that something failed and nothing runs; finished means that all is over.
        expect(last.kind === 'stopped').toBe(
          inState(progress, 'lost', 'restored').length > 0 && inState(progress, 'running').length === 0,
        );
        expect(last.kind === 'finished').toBe(
          inState(progress, 'done', 'gone', 'untouched').length === all(progress).length,
        );
        // The second group is untouched while the first is not over.
        const [first, second] = progress.groups;
        if (first!.nodes.some(({ state }) => !['done', 'gone', 'untouched'].includes(state)))
          expect(second!.nodes.every(({ state }) => state === 'waiting')).toBe(true);
      }),
    );
  });

  it('takes no second outcome of a node', () => {
    const progress = ended(started(begun, [all(begun)[0]!.key]), all(begun)[0]!.key, done);

    expect(ended(progress, all(begun)[0]!.key, lost)).toEqual(progress);
    expect(ended(begun, all(begun)[0]!.key, done)).toEqual(begun);
  });
});

describe('what is next', () => {
  const progressOf = (...states: readonly NodeProgress['state'][]): Progress => ({
    groups: [
      { name: 'managed/a', nodes: states.slice(0, 3).map((state, index) => nodeIn(state, index)) },
      { name: 'managed/b', nodes: states.slice(3).map((state, index) => nodeIn(state, index + 3)) },
    ],
  });
  const nodeIn = (state: NodeProgress['state'], number: number): NodeProgress => ({
    key: `i-${number}`,
    instanceId: `i-${number}`,
    controls: ['kubelet-read-only-port'],
    trust: [],
    group: number < 3 ? 'managed/a' : 'managed/b',
    state,
  });
  const nextOf = (max: number, ...states: readonly NodeProgress['state'][]) => {
    const next = nextNodes(progressOf(...states), max);
    const nodes = 'nodes' in next ? next.nodes : 'running' in next ? next.running : 'failed' in next ? next.failed : [];
    return [next.kind, ...nodes.map(({ key }) => key)].join(' ');
  };

  it.each<[number, readonly NodeProgress['state'][], string]>([
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
  ])('with %s at a time, of %j', (max, states, next) => {
    expect(nextOf(max, ...states)).toBe(next);
  });

  it('starts those that wait and no others', () => {
    const from = progressOf('waiting', 'waiting', 'done', 'lost');

    expect(started(from, ['i-0', 'i-2', 'i-3', 'i-9'])).toEqual(progressOf('running', 'waiting', 'done', 'lost'));
  });

  it('ends the one that runs, with its reason, and no other', () => {
    const from = progressOf('running', 'running', 'waiting');

    expect(all(ended(from, 'i-0', lost))).toEqual([
      { ...nodeIn('lost', 0), because: 'the kubelet did not come back' },
      nodeIn('running', 1),
      nodeIn('waiting', 2),
    ]);
    expect(ended(from, 'i-2', lost)).toEqual(from);
  });
});

it('a run begins with every machine that the runbook has to do with, waiting, under the name of its group', () => {
  const [group, ...others] = begun.groups;

  expect([group?.name, ...others.map(({ name }) => name)]).toEqual(['managed/al2-workers', 'managed/al2023-workers']);
  expect(group?.nodes[1]).toEqual({
    key: 'i-00000000000000002',
    instanceId: 'i-00000000000000002',
    controls: ['kubelet-read-only-port'],
    trust: [clusterCa],
    group: 'managed/al2-workers',
    state: 'waiting',
  });
});
