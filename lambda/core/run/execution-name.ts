/** The name of the execution that the schedule starts at this time, and so the run's id: `20261125T050000Z`. Names of executions have no colon. */
export const executionName = (scheduledAt: Date): string =>
  `${scheduledAt.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
