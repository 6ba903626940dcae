import { expect, it } from 'vitest';
import { newGapsOf } from '../../../lambda/core/run/new-gaps.ts';
import type { GapChange } from '../../../lambda/core/run/standing-gaps.ts';

const where = { runId: 'run', failedItems: 0, summary: 's3://bucket/summary.json', report: 's3://bucket/report.html' };
const gap = (change: Partial<GapChange>): GapChange => ({
  kind: 'opened',
  accountId: '111122223333',
  region: 'eu-west-1',
  cluster: 'blue',
  nodeGroup: 'managed workers',
  code: 'nodes-unread',
  since: '2026-11-25T05:00:00.000Z',
  because: 'no answer',
  remedy: 'none',
  ...change,
});

it('makes no message of a run without a new gap', () => {
  expect(newGapsOf([], where)).toBeUndefined();
  expect(newGapsOf([gap({ kind: 'closed' })], where)).toBeUndefined();
});

it('names the larger place first, then what somebody may have caused on purpose', () => {
  const account = gap({ region: '', cluster: '', nodeGroup: '', code: 'member-role-missing' });
  const some = [gap({}), gap({ code: 'nodes-distrusted' }), gap({ nodeGroup: '' }), account];
  const codes = newGapsOf(some, where)
    ?.gaps.split('; ')
    .map((each) => each.split(': ').at(-1));
  expect(codes).toEqual(['member-role-missing', 'nodes-unread', 'nodes-distrusted', 'nodes-unread']);
});

it('names 20 gaps, counts the rest, and stays short whatever the names are', () => {
  const many = Array.from({ length: 5_000 }, (_, index) => gap({ nodeGroup: `managed ${'\n"x'.repeat(100)}${index}` }));
  const { newGaps, gaps = '' } = newGapsOf(many, where) ?? {};
  expect(newGaps).toBe(5_000);
  expect(gaps).toContain('and 4980 more');
  expect(gaps).not.toMatch(/[\n"]/);
  expect(gaps.length).toBeLessThan(5_000);
});

it('says once where Security Hub is off, whatever the number of places', () => {
  const off = Array.from({ length: 400 }, (_, index) => {
    const region = index % 2 === 0 ? 'eu-west-1' : 'us-east-1';
    return gap({ accountId: String(222200000000 + (index >> 1)), region, code: 'security-hub-off' });
  });
  const { newGaps, gaps = '' } = newGapsOf([...off, gap({})], where) ?? {};
  expect(newGaps).toBe(401);
  expect(gaps).toMatch(
    /^\(1\) Security Hub CSPM is off in 400 account-Regions of 200 accounts: 222200000000 \(eu-west-1, us-east-1\), .*, and 180 more; \(2\) account 111122223333, [^;]*: nodes-unread$/,
  );
});

it('names the worst gap of each account before the second of any, and the accounts for which there is no place', () => {
  const noise = Array.from({ length: 300 }, (_, index) => gap({ region: '', nodeGroup: `${index}` }));
  const others = Array.from({ length: 30 }, (_, index) => gap({ accountId: String(222200000000 + index) }));
  const { gaps = '' } = newGapsOf([...noise, ...others], where) ?? {};
  for (const { accountId } of [...noise.slice(0, 1), ...others]) expect(gaps).toContain(accountId);
  expect(gaps).toContain('and 310 more (also in accounts 222200000019, ');
});

it('reminds of what is still not looked at, with the day on which that began', () => {
  const reminder = gap({ nodeGroup: '', since: '2026-11-18T05:00:00.000Z' });
  expect(newGapsOf([], where, [reminder])).toMatchObject({
    newGaps: 0,
    title: '1 gap still there after a week or more',
  });
  const both = newGapsOf([gap({ accountId: '222233334444' })], where, [reminder]);
  expect(both).toMatchObject({ newGaps: 1, title: '1 new gap, 1 gap still there after a week or more' });
  expect(both?.gaps).toContain('nodes-unread (still, since 2026-11-18)');
});
