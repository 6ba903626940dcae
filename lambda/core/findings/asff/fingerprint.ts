import { byText } from '../../text/by-text.ts';
import { ownFields } from '../own-fields.ts';
import type { AsffFinding } from './asff.ts';

/**
 * 16 hexadecimal digits over everything that is sent but times, in no order of its fields' names. Kept in the finding itself, so that the next run can tell whether
 * it has anything new to say. Not cryptographic, and need not be: the status is compared beside it, so whoever bends a text until two hashes
 * are equal hides no more than a changed text.
 */
export function fingerprint(finding: AsffFinding): string {
  const { CreatedAt, UpdatedAt, FirstObservedAt, LastObservedAt, ProductFields, ...rest } = finding;
  const fields = Object.entries(ProductFields)
    .filter(([name]) => name !== ownFields.fingerprint && name !== ownFields.createdAt)
    .toSorted(byText(([field]) => field));

  return hash(JSON.stringify([rest, fields]));
}

/** The finding with its fingerprint. */
export const withFingerprint = (finding: AsffFinding): AsffFinding => ({
  ...finding,
  ProductFields: { ...finding.ProductFields, [ownFields.fingerprint]: fingerprint(finding) },
});

/** Two halves of 32 bits over UTF-16 code units (cyrb53, both halves whole): ten thousand findings are tens of megabytes, too much for big integers. */
function hash(text: string): string {
  let one = 0xdeadbeef;
  let other = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    one = Math.imul(one ^ code, 2654435761);
    other = Math.imul(other ^ code, 1597334677);
  }
  one = mixed(one) ^ mixed(other ^ (other >>> 13));
  other = mixed(other) ^ mixed(one ^ (one >>> 13));
  return [one, other].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

const mixed = (half: number): number => {
  const first = Math.imul(half ^ (half >>> 16), 2246822507);
  return Math.imul(first ^ (first >>> 13), 3266489909);
};
