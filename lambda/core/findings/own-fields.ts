import { productName } from '../../contract/names.ts';

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
