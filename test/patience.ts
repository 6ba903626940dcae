/**
 * How much longer than on a quiet machine anything measured in real time may take, from 1. It is `TEST_PATIENCE`, which vitest.config.ts sets from
 * what the machine gives this run when it begins. A test that needs real time multiplies by this, and has no other limit.
 */
export const patience = Number(process.env['TEST_PATIENCE'] ?? 1);

/** So many seconds of a quiet machine, in milliseconds of this one. */
export const seconds = (quiet: number): number => quiet * 1_000 * patience;
