import { type Standing, type StandingCounts, standings } from './posture.ts';

/** What each verdict is called: never a colour alone. */
export const standingWords: Readonly<Record<Standing, string>> = {
  fail: 'fail',
  warn: 'warn',
  unknown: 'unknown',
  waived: 'waived',
  pass: 'pass',
  'not-applicable': 'not applicable',
};

/** `3 fail, 1 waived`: what there is of each; a terminal paints each part. */
export const countWords = (counts: StandingCounts, paint = (text: string, _: Standing) => text): string =>
  standings
    .flatMap((each) => (counts[each] > 0 ? [paint(`${counts[each]} ${standingWords[each]}`, each)] : []))
    .join(', ') || 'no verdict';

/** What each word says, in one sentence each: the legend of reports, and what `explain` prints. */
export const meanings: Readonly<Record<Standing, string>> = {
  fail: 'a control is not met, and what was read proves it',
  warn: 'probably fails: there are signs of it and no proof',
  unknown: 'could not be read; never counted as a pass',
  waived: 'fails, and a waiver with an owner accepts it until a date',
  pass: 'the control is met, and what was read proves it',
  'not-applicable': 'the control does not apply to this node',
};

export const standingMeanings: string = (['fail', 'warn', 'unknown', 'waived'] as const)
  .map((each) => `${standingWords[each]}: ${meanings[each]}`)
  .join('; ');
