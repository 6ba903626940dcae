import { describe, expect, it } from 'vitest';
import type { Instance, NodeAudit, Verdict } from '../../../lambda/core/model/model.ts';
import { mostAttempts, type SweptMachine, sweepAnswer } from '../../../lambda/core/run/sweep.ts';
import { sweptLines, unlistedLines } from '../../../lambda/core/run/swept-lines.ts';
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
  waived,
  warned,
} from '../findings/compliant-audit.ts';

const place = { accountId: '111122223333', region: 'eu-west-1', cluster: 'blue' } as const;
const item = { partition: 'aws', ...place, sweepAt: '2026-11-24T10:00:00.000Z', part: 1 } as const;
const launchedAt = '2026-11-24T09:00:00.000Z';
const machine = (attempt: number): SweptMachine => ({
  instanceId: node(1).key,
  launchedAt,
  state: 'running',
  nodeNames: ['ip-10-0-0-1.eu-west-1.compute.internal'],
  group: { kind: 'karpenter', name: 'as its tags say' },
  attempt,
});
const common = { version: 1, sweepAt: item.sweepAt, ...place, instanceId: node(1).key, launchedAt };

interface Found {
  readonly nodes?: readonly NodeAudit[];
  readonly inventory?: Parameters<typeof auditOf>[1] extends infer Change ? Change : never;
  readonly state?: Instance['state'] | 'nothing' | 'denied';
  readonly attempt?: number;
  readonly isPart?: boolean;
}

/** The line of the one machine, and the attempts that the next sweep counts. */
function lineOf({ nodes = [], inventory = {}, state = 'running', attempt = 0, isPart = false }: Found) {
  const described = new Map(state === 'nothing' ? [] : [[node(1).key, { state }]]);
  const { lines, retry } = sweptLines({
    item,
    machines: [machine(attempt)],
    audit: auditOf(nodes, inventory),
    isPart,
    instances: state === 'denied' ? undefined : described,
  });
  const times = { startedAt: launchedAt, finishedAt: launchedAt };
  const stored = { item, status: 'done', ...times, lines, retry, opened: [], problems: [] };
  expect(sweepAnswer.parse(stored)).toEqual(stored);
  return { ...lines[0], next: retry.map((each) => each.attempt) };
}

const read = (verdict: Verdict, second = verdict): NodeAudit => ({
  ...judged(node(1), verdict),
  verdicts: { one: verdict, [anonymous.slug]: second },
  facts: factsOf('configz'),
});
const failing = (...kinds: readonly ('unreadable' | 'deadline')[]): NodeAudit => ({
  ...judged(node(1), unread),
  failures: kinds.map((kind) => ({ via: 'ssm', kind, because: 'no\u001b[31m answer' })),
});
const hidden = { inventory: { from: 'kubernetes', complete: true, withoutKubelet: [node(1)] } } as const;
const shared = { inventory: { from: 'kubernetes', complete: true, contested: [node(1)] } } as const;

describe('a machine that a sweep reads', () => {
  it.each([
    ['pass', read(passed)],
    ['fail', read(passed, failed)],
    ['waived', read(passed, waived)],
    ['warn', read(warned, passed)],
    ['unknown', read(passed, unread)],
    ['not-applicable', read(notApplicable)],
  ])('is judged by its worst verdict: %s', (worst, node1) => {
    const by = { at: '2026-11-24T10:00:00.000Z', by: 'sweep', via: 'configz', worst };
    const line = { ...common, group: { kind: 'managed', name: 'workers' }, next: [] };
    expect(lineOf({ nodes: [node1] })).toStrictEqual({ ...line, judged: by });
    expect(lineOf({ nodes: [node1], isPart: true })).toStrictEqual({ ...line, judged: { ...by, partOfList: true } });
  });

  it('is judged by a refusal, which is a result without facts', () => {
    const refused = { ...judged(node(1), warned), failures: failing('unreadable').failures };
    expect(lineOf({ nodes: [refused] }).judged).toMatchObject({ via: 'ssm', worst: 'warn' });
  });

  const unheard = 'ssm: no answer';
  it.each<[string, Found, kind: string, because: string, next: readonly number[], last: string]>([
    ['is unreadable', { nodes: [failing('unreadable')] }, 'waiting', unheard, [1], 'unreadable'],
    [
      'had time for one source',
      { nodes: [failing('unreadable', 'deadline')] },
      'waiting',
      `${unheard}; ${unheard}`,
      [1],
      'unreadable',
    ],
    ['was not tried', { nodes: [failing()] }, 'waiting', 'no source was tried', [1], 'unreadable'],
    [
      'is not trusted',
      { nodes: [judged(node(1, { distrust: 'two claim it' }), unread)] },
      'waiting',
      'two claim it',
      [1],
      'unreadable',
    ],
    [
      'has the tags of several clusters',
      { inventory: shared },
      'waiting',
      'it has the tags of several clusters, and this one does not list it',
      [1],
      'contested',
    ],
    [
      'shows no kubelet',
      { inventory: hidden },
      'waiting',
      'no API server lists it, and SSM finds no kubelet on it',
      [1],
      'never-joined',
    ],
    [
      'could not be looked up',
      { inventory: hidden, state: 'denied' },
      'waiting',
      'no API server lists it, and SSM finds no kubelet on it',
      [1],
      'never-joined',
    ],
  ])('that %s is read again by two more sweeps', (_, found, kind, because, next, last) => {
    expect(lineOf(found)).toMatchObject({ notJudged: { kind, because }, next });
    expect(lineOf({ ...found, attempt: mostAttempts - 1 })).toMatchObject({
      notJudged: { kind: last, because },
      next: [],
    });
  });

  it.each<[string, Found, kind: string, because: string]>([
    ['has not joined yet', {}, 'too-young', 'it boots, and has not joined its cluster yet'],
    ['is starting', { state: 'pending' }, 'too-young', 'it boots, and has not joined its cluster yet'],
    ['boots', { nodes: [judged(node(1, { booting: true }), unread)] }, 'too-young', 'no source was tried'],
    ['had no time', { nodes: [failing('deadline', 'deadline')] }, 'waiting', `${unheard}; ${unheard}`],
  ])('that %s is read again, and the attempt does not count', (_, found, kind, because) => {
    for (const attempt of [0, mostAttempts - 1])
      expect(lineOf({ ...found, attempt })).toMatchObject({ notJudged: { kind, because }, next: [attempt] });
  });

  it.each(['nothing', 'shutting-down', 'terminated', 'stopped'] as const)(
    'that ended (%s) is not read again',
    (state) => {
      const ended = { notJudged: { kind: 'ended', because: 'it ended before it could be read' }, next: [] };
      expect(lineOf({ state, inventory: hidden })).toMatchObject({ ...ended, group: { name: 'as its tags say' } });
      expect(lineOf({ state, nodes: [read(failed)] }).judged).toMatchObject({ worst: 'fail' });
    },
  );

  it('is found by the machine that AWS confirmed, not by what a Node object says', () => {
    const claimed = {
      ...read(passed),
      node: node(1, { machine: { status: 'unconfirmed', because: 'no such machine' } }),
    };
    expect(lineOf({ nodes: [claimed] }).judged).toBeUndefined();
  });
});

describe('machines of a cluster that could not be listed', () => {
  it.each([
    ['unreadable', 0, 'waiting', [1]],
    ['unreadable', mostAttempts - 1, 'unreadable', []],
    ['never-joined', 0, 'never-joined', []],
  ] as const)('that are %s at attempt %i', (kind, attempt, shown, next) => {
    const { lines, retry } = unlistedLines(item, [machine(attempt)], { kind, because: 'EKS\u0000 did not say' });
    const { group } = machine(0);
    expect(lines).toEqual([{ ...common, group, notJudged: { kind: shown, because: 'EKS did not say' } }]);
    expect(retry.map((each) => each.attempt)).toEqual(next);
  });
});
