import { productName } from '../../../contract/names.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import type { AsffFinding, AsffStatusReason } from './asff.ts';

/** Names of our ProductFields that a later run reads back. */
export const ownFields = {
  /** Only when the stored time is unknown. */
  createdAt: `${productName}/created-at`,
  verdict: `${productName}/verdict`,
  /** When the verdict began, as far as Security Hub's findings show. */
  statusSince: `${productName}/status-since`,
  /** Of a finding that a sweep opened: when the sweep listed its machines. */
  sweptListed: `${productName}/swept-listed`,
  unreadableSince: `${productName}/unreadable-since`,
} as const;

/** ProductFields under the prefix that ASFF advises; those without a value are left out. */
export const prefixed = (fields: Readonly<Record<string, string | number | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[`${productName}/${name}`, `${value}`]],
    ),
  );

/** Those that say what a finding is about, and stay what they are when the rest is rebuilt. */
export const namingFields = [
  'node-group',
  'node-group-kind',
  'node',
  'node-kind',
  'benchmark',
  'control-number',
  'setting',
] as const;

export const withReason = (finding: AsffFinding, reason: AsffStatusReason): AsffFinding => ({
  ...finding,
  Compliance: { ...finding.Compliance, StatusReasons: [reason, ...finding.Compliance.StatusReasons] },
});

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

/** Of year 9999: ASFF has no time behind it. */
export const latestTime = Date.parse('9999-12-31T23:59:59.999Z');

/** Security Hub ignores an update that is not later, so it is later than the stored one even if a clock went backwards. */
function laterThan(stored: string | undefined, now: Date): string {
  const before = stored === undefined ? Number.NaN : Date.parse(stored);

  return before >= now.getTime() && before < latestTime ? new Date(before + 1).toISOString() : now.toISOString();
}

/**
 * When this verdict began. What is stored is a claim of the account: only a time that is no later than this run, or than the finding's own update, is used.
 * A run that is done again may be older than the finding. A stored finding of the same verdict without such a time was sent while its past was unknown.
 */
export function statusSince(before: StoredFinding | undefined, verdict: string, now: Date): string {
  const isThere = before && (before.recordState !== 'ARCHIVED' || before.isForeign);
  const isSame = isThere && before.productFields[ownFields.verdict] === verdict;
  if (!isSame) return now.toISOString();

  const since = Date.parse(before.productFields[ownFields.statusSince] ?? before.updatedAt);
  return since <= now.getTime() || since <= Date.parse(before.updatedAt)
    ? new Date(since).toISOString()
    : now.toISOString();
}
