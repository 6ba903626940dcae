import { product } from './product.ts';

/** Names of our ProductFields that a later run reads back. */
export const ownFields = {
  fingerprint: `${product}/fingerprint`,
  /** Only when nobody knows what is stored. */
  createdAt: `${product}/created-at`,
  verdict: `${product}/verdict`,
  unreadableSince: `${product}/unreadable-since`,
  /** `true` while a failure or warning is announced and not over. */
  open: `${product}/open`,
  /** `opened 2026-11-24T05:00:00.000Z from PASSED`: the last announcement. */
  transition: `${product}/transition`,
} as const;

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
