import { printable } from './printable.ts';

/** Characters. */
export const longestOwner = 64;

/** The value of an owner's tag as reports quote it: one printable line. Nothing where it says nothing. */
export const ownerClaim = (value = ''): string | undefined => printable(value, longestOwner) || undefined;
