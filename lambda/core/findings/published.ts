import type { Published, WriteSummary } from '../model.ts';
import type { Change } from './difference.ts';
import { type IsNews, transitionOf } from './transitions.ts';

export const nothingPublished: Published = {
  imported: 0,
  rejected: [],
  notSent: [],
  created: 0,
  updated: 0,
  reopened: 0,
  refreshed: 0,
  archived: 0,
  unchanged: 0,
  transitions: [],
};

const countOf = {
  create: 'created',
  update: 'updated',
  reopen: 'reopened',
  refresh: 'refreshed',
  archive: 'archived',
  unchanged: 'unchanged',
} as const satisfies Record<Change['kind'], keyof Published>;

/** The account with these changes in it. What Security Hub did not take is counted as that only, and announces nothing: the next run finds the same change again. */
export function accounted(
  published: Published,
  { changes, written }: { readonly changes: readonly Change[]; readonly written: WriteSummary },
  isNews: IsNews,
): Published {
  const failed = new Set([...written.rejected, ...written.notSent].map(({ id }) => id));
  const taken = changes.filter(({ finding }) => !failed.has(finding.Id));
  const counts = { ...published };
  for (const { kind } of taken) counts[countOf[kind]] += 1;

  return {
    ...counts,
    imported: published.imported + written.imported,
    rejected: [...published.rejected, ...written.rejected],
    notSent: [...published.notSent, ...written.notSent],
    transitions: [...published.transitions, ...taken.flatMap(({ finding }) => transitionOf(finding, isNews) ?? [])],
  };
}
