import { describe, expect, it } from 'vitest';
import {
  budgetOf,
  leftOut,
  type NodeReadiness,
  notBackBecause,
  readinessOf,
  unreadyNodes,
} from '../../../../../lambda/core/fix/remediation/run/readiness.ts';
import type { NodeGroup } from '../../../../../lambda/core/model/model.ts';

const ready = (name: string, more: Partial<NodeReadiness> = {}): NodeReadiness => {
  return { name, ready: true, heartbeatAt: '2026-11-01T06:00:00Z', ...more };
};
const group: NodeGroup = { kind: 'managed', name: 'workers' };
const nodes = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `i-${index}`, name: `n${index}`, group }));

it.each<[string, { readonly key: string; readonly name?: string }, string | undefined]>([
  ['by its name', { key: 'i-1', name: 'a' }, 'a'],
  ['by its machine, where only tags show the node', { key: 'i-2' }, 'b'],
  ['not by a machine that two nodes claim', { key: 'i-3' }, undefined],
  ['not by another name', { key: 'i-2', name: 'x' }, undefined],
])('the Node object of an audited node is found %s', (_how, node, name) => {
  const machines = { a: 'i-9', b: 'i-2', c: 'i-3', d: 'i-3' };
  const all = Object.entries(machines).map(([each, instanceId]) => ready(each, { instanceId }));
  expect(readinessOf(node, all)?.name).toBe(name);
});

describe('a group that is begun', () => {
  it.each([
    [1, 4, 10, 1],
    [2, 4, 10, 4],
    [2, 20, 10, 2],
    [3, 20, 10, 20],
    [3, 20, 15, 3],
    [1, 1, 0, 1],
  ])('with %s of %s nodes not Ready, and %s %% allowed, leaves out %s', (unready, count, maxUnready, out) => {
    const all = nodes(count).map(({ name }, index) => ready(name, { ready: index >= unready }));
    expect(leftOut(nodes(count), all, { maxUnready }).size).toBe(out);
  });

  it('leaves out what has no Node object, which is no reason against the others', () => {
    const out = leftOut(nodes(3), [ready('n2')], { maxUnready: 0 });
    const because = 'the API server lists no Node object for it';
    expect(out).toEqual(new Map(['i-0', 'i-1'].map((key) => [key, because])));
  });
});

it('a node counts as unavailable if it is not Ready for any reason and is still there', () => {
  const now = [ready('n0', { ready: false }), ready('n1', { ready: false }), ready('n3')];
  expect(unreadyNodes(nodes(4), now)).toEqual(new Map([['managed/workers', ['i-0', 'i-1']]]));
  expect(unreadyNodes(nodes(4), now, new Set(['i-1']))).toEqual(new Map([['managed/workers', ['i-0']]]));
});

it.each([
  [3, 2000, 3],
  [{ percent: 10 }, 2000, 200],
  [{ percent: 10 }, 19, 1],
  [{ percent: 10 }, 5, 1],
  [{ percent: 100 }, 7, 7],
])('%j of a group of %i nodes is a budget of %i', (most, size, budget) => {
  expect(budgetOf(most, size)).toBe(budget);
});

it.each([
  [1, 1, 20, 20],
  [2, 1, 20, 1],
  [1, 2, 40, 40],
])(
  'with a budget of %i and %i nodes not Ready of 20 or 40, a group leaves out its share',
  (maxUnavailable, unready, count, out) => {
    const all = nodes(count).map(({ name }, index) => ready(name, { ready: index >= unready }));
    const left = leftOut(nodes(count), all, { maxUnready: 10, maxUnavailable });
    expect(left.size).toBe(out);
    if (out > unready)
      expect(left.get('i-19')).toBe(
        `${unready} of the ${count} nodes of its group are not Ready, which is as many as may be unavailable (--max-unavailable ${maxUnavailable})`,
      );
  },
);

const noStatus = 'its kubelet has posted no status since its restart';
it.each<[string, NodeReadiness | undefined, string | undefined]>([
  ['is Ready by a new heartbeat', ready('a', { heartbeatAt: '2026-11-01T06:00:01Z' }), undefined],
  ['is Ready by the old heartbeat', ready('a'), noStatus],
  ['has no heartbeat', { name: 'a', ready: true }, noStatus],
  ['is not Ready', ready('a', { ready: false, because: 'KubeletNotReady' }), 'its node is not Ready (KubeletNotReady)'],
  ['is gone', undefined, 'the API server lists no Node object for it any more'],
])('a restarted node that %s is judged so', (_what, now, because) => {
  expect(notBackBecause(ready('a'), now)).toBe(because);
});
