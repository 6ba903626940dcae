import { describe, expect, it } from 'vitest';
import type { Gap } from '../../../lambda/core/run/discovery.ts';
import { compareGaps, type StandingGaps, standingGaps } from '../../../lambda/core/run/standing-gaps.ts';
import { problem } from './complete-run.ts';

const unread: Gap = {
  accountId: '111122223333',
  region: 'eu-west-1',
  cluster: 'blue',
  nodeGroup: 'managed workers',
  problem: { ...problem, code: 'nodes-unread' },
};
const night = (day: number, gaps: readonly Gap[], before?: StandingGaps) =>
  compareGaps({ runId: `run-${day}`, startedAt: `2026-11-${day}T05:00:00.000Z`, gaps, before });
const kinds = ({ changes }: ReturnType<typeof night>) => changes.map(({ kind, code }) => `${kind} ${code}`);

describe('gaps from one run to the next', () => {
  it('are announced when they begin and when they end, and not in between', () => {
    const first = night(10, [unread]);
    const second = night(11, [unread], first.standing);
    const third = night(12, [], second.standing);

    expect(kinds(first)).toEqual(['opened nodes-unread']);
    expect(second.changes).toEqual([]);
    expect(second.standing.gaps).toMatchObject([{ since: '2026-11-10T05:00:00.000Z' }]);
    expect(kinds(third)).toEqual(['closed nodes-unread']);
    expect(third.changes[0]).toMatchObject({ nodeGroup: 'managed workers', since: '2026-11-10T05:00:00.000Z' });
    expect(third.standing.gaps).toEqual([]);
  });

  it('are the same whatever their words, and another by node group, cluster or code', () => {
    const { standing } = night(10, [unread]);
    const reworded = { ...unread, problem: { ...unread.problem, message: '7 nodes', remedy: 'other' } };
    expect(night(11, [reworded], standing).changes).toEqual([]);

    for (const change of [{ nodeGroup: 'managed spot' }, { cluster: 'green' }, { problem }])
      expect(kinds(night(11, [unread, { ...unread, ...change }], standing))).toHaveLength(1);
  });

  it('are announced again when they double, with how many machines there were, and not when they grow less or shrink', () => {
    const sized = (size: number): Gap => ({ ...unread, size });
    let { standing } = night(10, [sized(1)]);
    const grew = [1, 2, 3, 19, 19, 10, 19, 20].map((size, at) => {
      const { changes, standing: next } = night(11 + at, [sized(size)], standing);
      standing = next;
      return changes.map(({ kind, grownFrom, because }) => [kind, grownFrom, because.split(':')[0]]);
    });
    const to = (from: number, size: number) => [['opened', from, `it grew from ${from} to ${size} machines`]];
    expect(grew).toEqual([[], to(1, 2), [], to(2, 19), [], [], [], to(10, 20)]);

    // A release before wrote no size.
    const { standing: old } = night(10, [unread]);
    expect(night(11, [sized(20)], old).changes).toEqual([]);
  });

  it('are shown whole, a wider one with nothing where it was not narrowed down', () => {
    const account: Gap = { accountId: '444455556666', problem };
    const place = { accountId: '444455556666', region: '', cluster: '', nodeGroup: '', code: 'throttled' };
    const since = '2026-11-10T05:00:00.000Z';
    const standing: StandingGaps = { version: 1, runId: 'run-10', startedAt: since, gaps: [{ ...place, since }] };
    expect(night(10, [account])).toStrictEqual({
      reminders: [],
      changes: [{ kind: 'opened', ...place, since, because: 'EKS throttled every call', remedy: 'run it again' }],
      standing,
    });
    expect(night(11, [], standing).changes).toStrictEqual([
      { kind: 'closed', ...place, since, because: 'this run looked at it, or settings exclude it', remedy: 'nothing' },
    ]);
    const nowhere = night(10, [{ problem }]).standing;
    expect(nowhere.gaps).toStrictEqual([{ ...place, accountId: '', since }]);
    expect(standingGaps.parse(nowhere)).toEqual(nowhere);
  });

  it.each<[string, object]>([
    ['another version', { version: 2 }],
    ['no time', { startedAt: 'yesterday' }],
    ['no run', { runId: undefined }],
    ['a run of a very long name', { runId: 'r'.repeat(16_385) }],
    ['no gaps', { gaps: undefined }],
    ...['accountId', 'region', 'cluster', 'nodeGroup', 'code', 'since'].map((field): [string, object] => [
      `a gap without ${field}`,
      { gaps: [{ ...night(10, [unread]).standing.gaps[0], [field]: undefined }] },
    ]),
    ['a gap since never', { gaps: [{ ...night(10, [unread]).standing.gaps[0], since: 'never' }] }],
  ])('are refused with %s', (_what, change) => {
    expect(standingGaps.safeParse({ ...night(10, [unread]).standing, ...change }).success).toBe(false);
  });

  it('are left alone by an older run that is done again', () => {
    const { standing } = night(12, [unread]);
    expect(night(11, [], standing)).toEqual({ changes: [], reminders: [], standing });
  });

  it('are not announced again when the same run is summed up again', () => {
    const first = night(10, [unread]);
    expect(night(10, [unread], first.standing)).toEqual({ changes: [], reminders: [], standing: first.standing });
  });
});

it('reminds each week of a cluster or a node group that is still not looked at, once a week', () => {
  const { nodeGroup: _, ...cluster } = unread;
  let before: StandingGaps | undefined;
  const reminded: string[] = [];
  for (let day = 1; day <= 30; day += 1) {
    const startedAt = new Date(Date.UTC(2026, 10, day, 5)).toISOString();
    const compared = compareGaps({ runId: `run-${day}`, startedAt, gaps: [unread, cluster], before });
    before = compared.standing;
    reminded.push(...compared.reminders.map(({ nodeGroup }) => `${day} ${nodeGroup}`));
    expect(compareGaps({ runId: `run-${day}`, startedAt, gaps: [unread, cluster], before }).reminders).toEqual([]);
  }
  expect(reminded).toEqual([8, 15, 22, 29].flatMap((day) => [`${day} managed workers`, `${day} `]));
});
