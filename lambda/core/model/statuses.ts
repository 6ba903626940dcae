import type { AccessStatus, VerdictStatus } from './model.ts';

export const notPassing = ['fail', 'warn', 'unknown'] as const satisfies readonly VerdictStatus[];
const quiet = ['pass', 'not-applicable'] as const satisfies readonly VerdictStatus[];

/** A verdict alone: a waiver is said beside it. */
export const verdictStatuses = [...notPassing, ...quiet] as const;

/** What is open: no pass. */
export const openStatuses = [...notPassing, 'waived'] as const satisfies readonly AccessStatus[];

/**
 * For people, from what needs somebody first to what needs nobody. An accepted failure comes after `unknown`: somebody has decided about it already, and
 * nobody about what could not be read.
 */
export const worstFirst = [...openStatuses, ...quiet] as const satisfies readonly AccessStatus[];

/**
 * For a finding, from the strongest evidence to the weakest. A waived failure was seen, and comes before `unknown`: one unread node of a group must not
 * hide it. `unknown` comes before `pass`: what could not be read is never a pass.
 */
export const seenFirst = ['fail', 'warn', 'waived', 'unknown', ...quiet] as const satisfies readonly AccessStatus[];

/** Whether somebody must look at a verdict. */
export const isNotPassing = (status: AccessStatus): boolean => notPassing.some((each) => each === status);
