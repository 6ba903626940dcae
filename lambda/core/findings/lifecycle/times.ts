import type { StoredFinding } from '../../model/stored-finding.ts';
import type { AsffFinding } from '../asff/asff.ts';
import { ownFields } from '../own-fields.ts';

type Times = Pick<AsffFinding, 'CreatedAt' | 'UpdatedAt' | 'FirstObservedAt'>;

/** CreatedAt and FirstObservedAt survive every update, an archiving and a coming back. */
export function timesAfter(before: StoredFinding | undefined, now: Date): Times {
  const time = now.toISOString();

  return {
    CreatedAt: before?.createdAt ?? time,
    UpdatedAt: laterThan(before?.updatedAt, now),
    FirstObservedAt: before?.firstObservedAt ?? before?.createdAt ?? time,
  };
}

/** Security Hub ignores an update that is not later, so it is later than the stored one even if a clock went backwards. */
function laterThan(stored: string | undefined, now: Date): string {
  const before = stored === undefined ? Number.NaN : Date.parse(stored);

  return before >= now.getTime() ? new Date(before + 1).toISOString() : now.toISOString();
}

/**
 * When this verdict began. What is stored is a claim of the account: only a time that is no later than this run, or than the finding's own update, is used.
 * A run that is done again may be older than the finding. A stored finding of the same verdict without such a time was sent while its past was unknown.
 */
export function statusSince(before: StoredFinding | undefined, verdict: string, now: Date): string {
  const isSame = before && before.recordState !== 'ARCHIVED' && before.productFields[ownFields.verdict] === verdict;
  if (!isSame) return now.toISOString();

  const since = Date.parse(before.productFields[ownFields.statusSince] ?? before.updatedAt);
  return since <= now.getTime() || since <= Date.parse(before.updatedAt)
    ? new Date(since).toISOString()
    : now.toISOString();
}
