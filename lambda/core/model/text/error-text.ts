import { printable } from './printable.ts';

/** The words of whatever was thrown. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `ENOENT`, `EACCES`, …: the code of a system call or of Node, where the error has one. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The words on one printable line of at most 500 characters, which is what AWS needs to name the policy that denies: fit to stand in a message of ours. */
export const errorLine = (error: unknown): string => printable(errorText(error), 500);
