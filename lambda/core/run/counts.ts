import { nothingPublished } from '../findings/lifecycle/published.ts';
import { addCounts } from '../model/add-counts.ts';
import type { PublishResult } from '../model/published.ts';
import type { FindingCounts } from './answer.ts';
import { type Counts, countVerdicts } from './outcome.ts';

export const noCounts: Counts = countVerdicts({ nodes: [] });

export const findingCounts = ({ rejected, notSent, ...published }: PublishResult): FindingCounts => ({
  created: published.created,
  updated: published.updated,
  reopened: published.reopened,
  refreshed: published.refreshed,
  archived: published.archived,
  unchanged: published.unchanged,
  rejected: rejected.length,
  notSent: notSent.length,
});

export const noFindings = findingCounts(nothingPublished);

/** Counts by control, added control by control. They are in the order of the slugs, in whatever order they are added. */
export function sumByControl(
  one: Readonly<Record<string, Counts>>,
  other: Readonly<Record<string, Counts>>,
): Readonly<Record<string, Counts>> {
  const slugs = [...new Set([...Object.keys(one), ...Object.keys(other)])].toSorted();
  return Object.fromEntries(slugs.map((slug) => [slug, addCounts(one[slug] ?? noCounts, other[slug] ?? noCounts)]));
}
