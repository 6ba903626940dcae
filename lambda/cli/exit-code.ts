/** What a command ends with when there is no outcome of an audit: 0 to 3 of core/run/outcome.ts are those. */
export const exitCode = { couldNotRun: 3, usage: 64, interrupted: 130 } as const;
