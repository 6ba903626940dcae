import { describe, expect, it } from 'vitest';
import { lastRun, lastRunAfter, runBefore } from '../../../../lambda/core/report/history/last-run.ts';

const run = (day: number) => ({ runId: `run-${day}`, startedAt: `2026-11-${day}T05:00:00.000Z` });
const statement = { name: 'statements/1.json', sha256: '0123456789abcdef'.repeat(4) };
const other = { ...statement, name: 'x'.repeat(200) };
const last = { version: 1, ...run(12), before: run(11) } as const;

it('the run before is the last one, or the one before that where the last is summed up again', () => {
  expect(runBefore(last, run(13))).toEqual(last);
  expect(runBefore(last, run(12))).toEqual(run(11));
  expect(runBefore(last, run(11))).toBeUndefined();
  expect(runBefore(undefined, run(13))).toBeUndefined();
  expect(runBefore({ version: 1, ...run(12) }, run(12))).toBeUndefined();
});

describe('the last run', () => {
  it('is the one that was summed up, with the one before it', () => {
    expect(lastRunAfter(undefined, run(10))).toStrictEqual({ version: 1, ...run(10) });
    expect(lastRunAfter(last, run(13))).toStrictEqual({ version: 1, ...run(13), before: run(12) });
  });

  it('stays while it, or an older one, is done again', () => {
    expect(lastRunAfter(last, run(12))).toBe(last);
    expect(lastRunAfter(last, run(11))).toBe(last);
  });

  it('names what was signed last, of whichever run, and keeps what a later version adds', () => {
    const first = { version: 1, ...run(10), statement };
    expect(lastRunAfter(undefined, run(10), statement)).toStrictEqual(first);
    expect(lastRunAfter(last, run(12), statement)).toStrictEqual({ ...last, statement });
    const signed = { ...last, statement, later: 1 };
    const after = { version: 1, ...run(13), before: run(12), statement, later: 1 };
    expect(lastRunAfter(signed, run(13))).toStrictEqual(after);
    expect(lastRunAfter(signed, run(13), other)).toStrictEqual({ ...after, statement: other });
  });

  it('is read as it was written', () => {
    const whole = { ...last, before: { ...run(11), later: 1 }, statement: { ...other, later: 1 }, later: 1 };
    expect([last, whole].map((each) => lastRun.parse(each))).toEqual([last, whole]);
    expect(lastRun.parse({ version: 1, ...run(12) })).toStrictEqual({ version: 1, ...run(12) });
  });

  it.each<[string, object]>([
    ['another version', { version: 2 }],
    ['no time', { startedAt: 'yesterday' }],
    ['no name', { runId: '' }],
    ['a name that leads elsewhere', { runId: '../x' }],
    ['a name with more in front', { runId: '/run-12' }],
    ['a name that is too long', { runId: 'r'.repeat(81) }],
    ['a run before of which nothing is known', { before: {} }],
    ['a run before without a time', { before: { runId: 'run-11' } }],
    ['a statement without a name', { statement: { sha256: statement.sha256 } }],
    ['a statement of too long a name', { statement: { ...statement, name: 'x'.repeat(201) } }],
    ['a statement without a hash', { statement: { name: 'x' } }],
    ['a hash with more in front', { statement: { ...statement, sha256: `x${statement.sha256}` } }],
    ['a hash with more behind', { statement: { ...statement, sha256: `${statement.sha256}0` } }],
  ])('is refused with %s', (_what, change) => {
    expect(lastRun.safeParse({ ...last, ...change }).success).toBe(false);
  });

  it('may have a name of 80 characters', () => {
    expect(lastRun.safeParse({ ...last, runId: 'Az09_-'.padEnd(80, 'r') }).success).toBe(true);
  });
});
