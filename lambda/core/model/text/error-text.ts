import { printable } from './printable.ts';

/** The message of any thrown value. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `ENOENT`, `EACCES`, …: the code of a system call or of Node, where the error has one. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The message on one printable line of at most 500 characters, so that other messages can quote it. AWS needs that much to name the policy that denies. */
export const errorLine = (error: unknown): string => printable(errorText(error), 500);
