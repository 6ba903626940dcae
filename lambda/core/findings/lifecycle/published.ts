import type { ChangeCounts, PublishResult, WriteSummary } from '../../model/published.ts';
import type { Change } from './difference.ts';

export const nothingPublished: PublishResult = {
  imported: 0,
  rejected: [],
  notSent: [],
  created: 0,
  updated: 0,
  reopened: 0,
  refreshed: 0,
  archived: 0,
  unchanged: 0,
};

const countOf = {
  create: 'created',
  update: 'updated',
  reopen: 'reopened',
  refresh: 'refreshed',
  archive: 'archived',
  unchanged: 'unchanged',
} as const satisfies Record<Change['kind'], keyof ChangeCounts>;

/** The account with these changes in it. What Security Hub did not take is counted as that only: the next run finds the same change again. */
export function accounted(
  published: PublishResult,
  { changes, written }: { readonly changes: readonly Change[]; readonly written: WriteSummary },
): PublishResult {
  const failed = failedIds(written);
  const counts = { ...published };
  for (const { kind, finding } of changes) if (!failed.has(finding.Id)) counts[countOf[kind]] += 1;

  return {
    ...counts,
    imported: published.imported + written.imported,
    rejected: [...published.rejected, ...written.rejected],
    notSent: [...published.notSent, ...written.notSent],
  };
}

/** What Security Hub should hold and does not. */
export const failedIds = ({ rejected, notSent }: WriteSummary): ReadonlySet<string> =>
  new Set([...rejected, ...notSent].map(({ id }) => id));
