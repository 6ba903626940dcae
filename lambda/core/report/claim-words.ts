import { howMany } from '../model/text/how-many.ts';
import type { ClaimedNodes } from '../run/coverage.ts';

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

/** `2 failures are suppressed in Security Hub without a waiver` */
export const suppressedWords = (suppressed: number): string =>
  `${howMany(suppressed, 'failure')} ${suppressed === 1 ? 'is' : 'are'} suppressed in Security Hub without a waiver`;
