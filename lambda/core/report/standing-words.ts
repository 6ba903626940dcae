import { type Standing, type StandingCounts, standings } from './posture.ts';

/** What each verdict is called: never a colour alone. */
export const standingWords: Readonly<Record<Standing, string>> = {
  fail: 'fail',
  warn: 'suspect',
  unknown: 'unread',
  waived: 'waived',
  pass: 'pass',
  'not-applicable': 'n/a',
};

/** `3 fail, 1 waived`: what there is of each. */
export const countWords = (counts: StandingCounts): string =>
  standings.flatMap((each) => (counts[each] > 0 ? [`${counts[each]} ${standingWords[each]}`] : [])).join(', ') ||
  'no verdict';
