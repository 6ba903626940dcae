import { expect, it } from 'vitest';
import { withdrawnLine, withdrawPlanReport } from '../../../../lambda/core/report/terminal/withdraw.ts';

const draw = (...[head, rows]: readonly [readonly string[], readonly (readonly string[])[]]) =>
  [head, ...rows].map((row) => row.join(' | ')).join('\n');
const problem = { code: 'c', message: 'AWS\nsaid no', remedy: 'ask' };
const place = { accountId: '1', region: 'eu-west-1', findings: 3, open: 1 };

it('what would be withdrawn is a table of its places, each gap, and the sum of all, as it was reviewed', () => {
  const places = [place, { ...place, region: 'eu-west-2', findings: 4, open: 2 }];
  const gaps = [{ accountId: '9', region: 'eu-west-1', problem }, { problem }];
  expect(withdrawPlanReport({ places, accounts: 2, gaps }, { draw })).toMatchSnapshot();
  expect(withdrawPlanReport({ places: [], accounts: 1, gaps: [] }, { draw })).toMatchSnapshot();
});

it('a place that is done says what was archived and announced, and what went wrong', () => {
  const done = '1 eu-west-1: 1 finding archived, 2 open failures announced\n';
  expect(withdrawnLine({ place, published: { imported: 1 }, announced: 2, problems: [] })).toBe(done);
  const failed = '1 eu-west-1: 0 findings archived, 0 open failures announced\n  AWS said no; ask\n';
  expect(withdrawnLine({ place, announced: 0, problems: [problem] })).toBe(failed);
});
