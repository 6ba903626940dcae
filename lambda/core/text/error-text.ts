import { printable } from './printable.ts';

/** The words of whatever was thrown. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The same on one printable line of at most 500 characters, which is what AWS needs to name the policy that denies: fit to stand in a message of ours. */
export const errorLine = (error: unknown): string => printable(errorText(error), 500);
