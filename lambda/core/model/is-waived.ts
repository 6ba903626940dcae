import type { Verdict } from './model.ts';

/** A failure that a person accepted until a date. It is still reported as a failure, but it doesn't make a command exit with 1. */
export const isWaived = (verdict: Verdict): boolean => verdict.status === 'fail' && verdict.waived !== undefined;
