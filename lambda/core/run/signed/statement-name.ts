/** Where a statement of the hub is, below `statements/`: `DATE/RUN.sigstore.json`, and `DATE/RUN.2.sigstore.json` for a later summary of that run. */
export interface StatementName {
  /** The day on which the run began: `2026-01-31`. */
  readonly day: string;
  readonly runId: string;
  /** Counted from 1. */
  readonly number: number;
}

export const statementNamePattern =
  /^(\d{4}-\d\d-\d\d)\/([A-Za-z0-9_-]{1,80})(?:\.([2-9]|[1-9]\d{1,3}))?\.sigstore\.json$/;

export const statementName = ({ day, runId, number }: StatementName): string =>
  `${day}/${runId}${number === 1 ? '' : `.${number}`}.sigstore.json`;

/** `undefined` for what no run names so. */
export function parsedStatementName(name: string): StatementName | undefined {
  const [, day, runId, number = '1'] = statementNamePattern.exec(name) ?? [];
  return day === undefined || runId === undefined ? undefined : { day, runId, number: Number(number) };
}
