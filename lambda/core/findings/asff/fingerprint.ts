import { byText } from '../../model/text/by-text.ts';
import { shortHash } from '../../model/text/short-hash.ts';
import { ownFields } from '../own-fields.ts';
import type { AsffFinding, AsffStatusReason } from './asff.ts';

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

/** The finding with one more reason, before its own. */
export const withReason = (finding: AsffFinding, reason: AsffStatusReason): AsffFinding =>
  withFingerprint({
    ...finding,
    Compliance: { ...finding.Compliance, StatusReasons: [reason, ...finding.Compliance.StatusReasons] },
  });

/** The finding with its fingerprint. */
export const withFingerprint = (finding: AsffFinding): AsffFinding => ({
  ...finding,
  ProductFields: { ...finding.ProductFields, [ownFields.fingerprint]: fingerprint(finding) },
});
