import type { ChangeCounts, PublishResult, WriteSummary } from '../../model/published.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import type { AsffFinding } from '../asff/asff.ts';
import { differingFields, providedFields } from '../asff/provided.ts';

/**
 * How one finding differs from what Security Hub has:
 * - `create`: it has none of that Id.
 * - `update`: it has another one.
 * - `reopen`: it has it archived.
 * - `refresh`: it has it, and would delete it some day.
 * - `archive`: it has it, and its subject is gone.
 * - `unchanged`: nothing is sent.
 */
export interface Change {
  readonly kind: 'create' | 'update' | 'reopen' | 'refresh' | 'archive' | 'unchanged';
  readonly finding: AsffFinding;
  readonly before?: StoredFinding;
}

/** Security Hub deletes an active finding 90 days after its last update. */
const refreshAfter = 30 * 24 * 60 * 60 * 1000;

interface DifferenceOptions {
  readonly stored: ReadonlyMap<string, StoredFinding>;
  /** A stored finding that the audit does not have → the same, archived; `undefined` when it is left alone. */
  readonly leftOver: (stored: StoredFinding) => AsffFinding | undefined;
  readonly now: Date;
  /** Whether this was sent when the stored finding was written last: then Security Hub has it, in whatever form it keeps it. */
  readonly isSaid?: (finding: AsffFinding, stored: StoredFinding) => boolean;
}

/** Wanted × stored → what to send, each when it is asked for: an unchanged finding is gone from memory before the next one is built. */
export function* differences(
  wanted: Iterable<AsffFinding>,
  { stored, leftOver, ...options }: DifferenceOptions,
): Generator<Change> {
  const seen = new Set<string>();

  for (const finding of wanted) {
    seen.add(finding.Id);
    const before = stored.get(finding.Id);
    yield { kind: kindOf(finding, before, options), finding, ...(before && { before }) };
  }

  for (const each of stored.values()) {
    const finding = seen.has(each.id) ? undefined : leftOver(each);
    if (finding) yield { kind: 'archive', finding, before: each };
  }
}

function kindOf(
  finding: AsffFinding,
  before: StoredFinding | undefined,
  { now, isSaid = () => false }: Pick<DifferenceOptions, 'now' | 'isSaid'>,
): Change['kind'] {
  if (!before) return 'create';
  if (before.recordState === 'ARCHIVED') return 'reopen';
  if (!isSaid(finding, before) && changedFields(finding, before, now).length > 0) return 'update';
  return now.getTime() - Date.parse(before.updatedAt) < refreshAfter ? 'unchanged' : 'refresh';
}

/** The provider's fields of a stored finding that are not as this audit has them. A time of a future day is nobody's observation. */
export function changedFields(finding: AsffFinding, before: StoredFinding, now: Date): readonly string[] {
  const future = [
    ['UpdatedAt', before.updatedAt],
    ['LastObservedAt', before.lastObservedAt],
  ] as const;
  return [
    ...differingFields(providedFields({ ...finding }), before.provided),
    ...future.flatMap(([name, time]) => (Date.parse(time ?? '') > now.getTime() + oneDay ? [name] : [])),
  ];
}

const oneDay = 24 * 60 * 60 * 1000;

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

export const failedIds = ({ rejected, notSent }: WriteSummary): ReadonlySet<string> =>
  new Set([...rejected, ...notSent].map(({ id }) => id));
