import { howMany } from '../model/text/words.ts';
import type { ClaimedNodes } from '../run/coverage.ts';
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

/** What AWS does not confirm of a cluster, as every report says it. */
export function claimWords({ nodes, named, groups = 0, groupsNamed = [] }: ClaimedNodes): readonly string[] {
  return [
    ...(nodes > 0 ? [`only Node objects say that there are ${listed(named, nodes)}`] : []),
    ...(groups > 0
      ? [
          `AWS does not confirm ${howMany(groups, 'node group')}, so no waiver by name counts: ${listed(groupsNamed, groups)}`,
        ]
      : []),
  ];
}

const listed = (names: readonly string[], all: number): string =>
  `${names.join(', ')}${all > names.length ? `, and ${all - names.length} more` : ''}`;

/** `2 failures are hidden in Security Hub (…) without a waiver` */
export function suppressedWords(hidden: number): string {
  const how = 'suppressed, resolved, false positive or lower severity';
  return `${howMany(hidden, 'failure')} ${hidden === 1 ? 'is' : 'are'} hidden in Security Hub (${how}) without a waiver`;
}
