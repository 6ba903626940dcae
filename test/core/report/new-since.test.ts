import { expect, it } from 'vitest';
import { sinceBefore } from '../../../lambda/core/report/new-since.ts';
import { postureOf } from '../../../lambda/core/report/posture.ts';
import { emptyTally } from '../../../lambda/core/run/outcome.ts';
import { controls, coverage, everywhere, history, inEks, run } from './telling-run.ts';

const [quiet] = inEks.slice(0, 1).map((audit) => postureOf(audit, { controls, benchmark: 'cis-eks-1.8.0' }));
const since = (change: object) =>
  sinceBefore(history, quiet ? [quiet] : [], { run: { ...run, tally: emptyTally, ...change } });
const clustersOf = (change: object) =>
  since(change)?.runs.map(({ clusters }) => [...clusters.keys()].map((each) => each.split('/').at(-1)).join());

it('a report of some clusters is compared with what older runs say of those, and one of accounts with all', () => {
  expect(clustersOf({})).toEqual(['', 'quiet', 'quiet']);
  expect(clustersOf({ coverage })).toEqual(['blue', 'blue,quiet', 'quiet']);
  const elsewhere = everywhere.map((audit) => postureOf(audit, { controls, benchmark: 'cis-eks-1.8.0' }));
  const [now] = sinceBefore(history, elsewhere, { run: { ...run, tally: emptyTally } })?.runs.slice(-1) ?? [];
  expect([...(now?.clusters.values() ?? [])].map(({ cluster }) => cluster)).toEqual(['quiet', 'blue', 'green']);
  expect(since({ startedAt: history[0]?.startedAt })).toBeUndefined();
  expect(clustersOf({ startedAt: history[1]?.startedAt })).toEqual(['', 'quiet']);
});
