import { expect, it } from 'vitest';
import type { JudgedNext } from '../../../../lambda/core/next-node/judge/judge-next-node.ts';
import { groupsOfPools, nextAudit } from '../../../../lambda/core/next-node/judge/next-audit.ts';
import { type Declared, nothing } from '../../../../lambda/core/next-node/read/carriers/carrier.ts';
import { anonymous, arn, clientCa, failed, judged, node, passed } from '../../findings/compliant-audit.ts';
import { workers } from './workers.ts';

const pool = (name: string, nodeClass: string) => ({ name, nodeClass, declaredAt: 0 });

const nodeClass = workers('', { group: 'karpenter', name: 'general', notes: ['noted'] });
const ofClass = (name: string) => ({ ...nodeClass, name, notes: ['noted', 'its EC2NodeClass is general'] });
it.each([
  ['its own name, where no NodePool names it', [pool('gpu', 'other')], [nodeClass]],
  ['each NodePool that names it', [pool('a', 'general'), pool('b', 'general')], [ofClass('a'), ofClass('b')]],
  ['a NodePool of the same name', [pool('general', 'general')], [nodeClass]],
])('a node class makes the nodes of %s, and other node groups stay as they are', (_, pools, expected) => {
  const managed = workers('', { name: 'general' });
  expect(groupsOfPools([managed, nodeClass], pools)).toEqual([managed, ...expected]);
});

const audited = (declared: Partial<Declared>, change: Partial<Parameters<typeof nextAudit>[0]> = {}) =>
  nextAudit({
    controls: [clientCa],
    leftOut: [anonymous],
    now: new Date('2026-11-24T10:00:00.000Z'),
    name: 'nodes.yaml',
    declared: { ...nothing, ...declared },
    judged: [],
    nodeClasses: new Set(['known']),
    ...change,
  });

it('a file is a cluster of its own, with its nodes, their problems, and the node classes that no file has', () => {
  const problem = { code: 'node-group-refused', message: 'no node comes of workers', remedy: 'fix it' } as const;
  const next = { group: workers(''), joins: { status: 'yes' }, places: new Map() } as const;
  const [one, other] = [judged(node(1), passed), judged(node(2), failed)];
  const all: readonly JudgedNext[] = [
    { ...next, audit: one, problems: [problem] },
    { ...next, audit: other, problems: [] },
  ];
  const nodePools = [pool('a', 'known'), pool('b', `\u001b[2J${'x'.repeat(300)}`)];
  const message = `the nodes of NodePool b are not judged: no file has its EC2NodeClass ${'x'.repeat(252)}…`;
  expect(audited({ nodePools }, { judged: all })).toEqual({
    cluster: { name: 'nodes.yaml', compute: { autoMode: false, fargate: false, hybrid: false } },
    auditedAt: '2026-11-24T10:00:00.000Z',
    inventory: { from: 'saved', complete: false },
    nodes: [one, other],
    controls: { lookedAt: [clientCa.slug], leftOut: [anonymous.slug] },
    problems: [problem, { code: 'node-class-not-given', message, remedy: 'give the file that has it, too' }],
  });
});

it('a file has the name of the cluster that is given, and otherwise its own in bounded, printable text', () => {
  const name = `\u001b[2J${'n'.repeat(400)}`;
  expect(audited({}, { name, cluster: arn }).cluster).toMatchObject({ name: 'blue', arn });
  expect(audited({}, { name }).cluster.name).toBe(`${'n'.repeat(299)}…`);
});

const leftOut = ['a', 'b', 'c', 'd', 'e', 'f'];
const start = 'launch templates or configurations start no kubelet:';
const [harmless, none] = ['nothing, unless their machines are nodes', 'nothing, unless it was to declare one'];
it.each<[Partial<Declared>, ...(readonly [code: string, message: string, remedy: string])[]]>([
  [{}, ['no-node-group', 'nodes.yaml declares no node group', none]],
  [
    { leftOut: ['a'] },
    ['launch-templates-left-out', '1 launch template or configuration starts no kubelet: a', harmless],
  ],
  [{ leftOut: leftOut.slice(1) }, ['launch-templates-left-out', `5 ${start} b, c, d, e, f`, harmless]],
  [
    { leftOut, groups: leftOut.map(() => nodeClass) },
    ['launch-templates-left-out', `6 ${start} a, b, c, d, e, …`, harmless],
  ],
  [{ groups: [nodeClass], nodePools: [pool('a', 'known')] }],
  [{ nodePools: [pool('a', 'known')] }],
])('what makes no node is noted, and only that: %#', (declared, ...expected) => {
  const notes = expected.map(([code, message, remedy]) => ({ code, message, remedy }));
  expect(audited(declared).notes).toEqual(notes.length > 0 ? notes : undefined);
});
