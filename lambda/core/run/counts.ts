import { type Counts, countVerdicts, sum } from '../outcome.ts';
import type { FindingCounts } from './answer.ts';

export const noCounts: Counts = countVerdicts({ nodes: [] });

export const noFindings: FindingCounts = {
  created: 0,
  updated: 0,
  reopened: 0,
  refreshed: 0,
  archived: 0,
  unchanged: 0,
  rejected: 0,
  notSent: 0,
};

export const sumOfFindings = (one: FindingCounts, other: FindingCounts): FindingCounts => ({
  created: one.created + other.created,
  updated: one.updated + other.updated,
  reopened: one.reopened + other.reopened,
  refreshed: one.refreshed + other.refreshed,
  archived: one.archived + other.archived,
  unchanged: one.unchanged + other.unchanged,
  rejected: one.rejected + other.rejected,
  notSent: one.notSent + other.notSent,
});

/** Counts by control, added control by control; in the order of the slugs, whatever the order of adding. */
export function sumByControl(
  one: Readonly<Record<string, Counts>>,
  other: Readonly<Record<string, Counts>>,
): Readonly<Record<string, Counts>> {
  const slugs = [...new Set([...Object.keys(one), ...Object.keys(other)])].toSorted();
  return Object.fromEntries(slugs.map((slug) => [slug, sum(one[slug] ?? noCounts, other[slug] ?? noCounts)]));
}
