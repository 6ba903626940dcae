import type { ChangeCounts, Published, WriteSummary } from '../../model.ts';
import { ownFields } from '../own-fields.ts';
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
} as const satisfies Record<Change['kind'], keyof ChangeCounts>;

/**
 * The account with these changes in it. What Security Hub did not take is counted as that only: the next run finds the same change again. It announces nothing but
 * what stands in the stored finding already, and no run could announce: the next run takes that for told.
 */
export function accounted(
  published: Published,
  { changes, written }: { readonly changes: readonly Change[]; readonly written: WriteSummary },
  isNews: IsNews,
): Published {
  const failed = new Set([...written.rejected, ...written.notSent].map(({ id }) => id));
  const taken = changes.filter(({ finding }) => !failed.has(finding.Id));
  const held = changes.filter((each) => !failed.has(each.finding.Id) || isStanding(each));
  const counts = { ...published };
  for (const { kind } of taken) counts[countOf[kind]] += 1;

  return {
    ...counts,
    imported: published.imported + written.imported,
    rejected: [...published.rejected, ...written.rejected],
    notSent: [...published.notSent, ...written.notSent],
    transitions: [...published.transitions, ...held.flatMap(({ finding }) => transitionOf(finding, isNews) ?? [])],
  };
}

const isStanding = ({ finding, before }: Change): boolean =>
  before?.productFields[ownFields.transition] === finding.ProductFields[ownFields.transition];

/** Whether there is anything in it that somebody is to hear of. */
export const saysSomething = ({ imported, transitions }: Published): boolean => imported > 0 || transitions.length > 0;
