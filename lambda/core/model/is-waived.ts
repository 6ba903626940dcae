import type { Verdict } from './model.ts';

/** What a person has accepted until a date: it stays a failure, and is told as one, but ends no command with 1. */
export const isWaived = (verdict: Verdict): boolean => verdict.status === 'fail' && verdict.waived !== undefined;
