import type { RunItem } from './item.ts';

/**
 * Sorts the items to spread API calls: every account's items are spread over the whole run, and no two neighbours are of one account. The exception
 * is an account with more items than the others together can separate.
 */
export function interleave(items: readonly RunItem[]): readonly RunItem[] {
  const { apart, left } = keepApart(spread(items));
  return fillGaps(apart, left);
}

/** The n items of an account stand at the fractions 1/2n, 3/2n, … of the run; accounts of one size take turns. */
const spread = (items: readonly RunItem[]): readonly RunItem[] =>
  [...Map.groupBy(items, (each) => each.accountId).values()]
    .flatMap((lane) => lane.map((item, index) => ({ item, at: (index + 0.5) / lane.length })))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);

interface Apart {
  readonly apart: readonly RunItem[];
  /** Items of the account that `apart` ends with, which no other items could separate. */
  readonly left: readonly RunItem[];
}

/** Holds an item back until one of another account went before it. Those that wait are always of one account, the one that went last. */
function keepApart(items: readonly RunItem[]): Apart {
  const apart: RunItem[] = [];
  const waiting: RunItem[] = [];
  let released = 0;

  for (const item of items) {
    if (apart.at(-1)?.accountId === item.accountId) {
      waiting.push(item);
      continue;
    }
    apart.push(item);
    const next = waiting[released];
    if (next) {
      apart.push(next);
      released += 1;
    }
  }

  return { apart, left: waiting.slice(released) };
}

/** Puts what is left where both neighbours are of other accounts, as long as there is such a place; the rest goes to the end. */
function fillGaps(apart: readonly RunItem[], left: readonly RunItem[]): readonly RunItem[] {
  const accountId = left[0]?.accountId;
  const filled: RunItem[] = [];
  let used = 0;

  for (const item of apart) {
    const next = left[used];
    if (next && item.accountId !== accountId && filled.at(-1)?.accountId !== accountId) {
      filled.push(next);
      used += 1;
    }
    filled.push(item);
  }

  return [...filled, ...left.slice(used)];
}
