import { productName } from '../../../contract/names.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import { byText, shortHash } from '../../model/text/words.ts';
import type { AsffFinding, AsffStatusReason } from './asff.ts';

/** Names of our ProductFields that a later run reads back. */
export const ownFields = {
  fingerprint: `${productName}/fingerprint`,
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

/**
 * 32 hexadecimal digits of SHA-256 over everything that is sent but times, in no order of its fields' names. Kept in the finding itself, so that the next run can
 * tell whether it has anything new to say.
 */
export function fingerprint(finding: AsffFinding): string {
  const { CreatedAt, UpdatedAt, FirstObservedAt, LastObservedAt, ProductFields, ...rest } = finding;
  const fields = Object.entries(ProductFields)
    .filter(([name]) => name !== ownFields.fingerprint && name !== ownFields.createdAt)
    .toSorted(byText(([field]) => field));

  return shortHash(JSON.stringify([rest, fields]));
}

export const withReason = (finding: AsffFinding, reason: AsffStatusReason): AsffFinding =>
  withFingerprint({
    ...finding,
    Compliance: { ...finding.Compliance, StatusReasons: [reason, ...finding.Compliance.StatusReasons] },
  });

export const withFingerprint = (finding: AsffFinding): AsffFinding => ({
  ...finding,
  ProductFields: { ...finding.ProductFields, [ownFields.fingerprint]: fingerprint(finding) },
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
