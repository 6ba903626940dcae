/** Where a statement of the hub is, below `statements/`. */
export type StatementName =
  /** `00000012.sigstore.json`: its place in the chain, counted from 1. So two runs can't take the same place. */
  | { readonly kind: 'numbered'; readonly number: number }
  /** As releases before wrote it: `DATE/RUN.sigstore.json`, and `DATE/RUN.2.sigstore.json` for a later summary of that run. */
  | { readonly kind: 'dated'; readonly day: string; readonly runId: string; readonly number: number };

export const statementNamePattern =
  /^(?:(?<place>(?!0{8})\d{8})|(?<day>\d{4}-\d\d-\d\d)\/(?<run>[A-Za-z0-9_-]{1,80})(?:\.(?<more>[2-9]|[1-9]\d{1,3}))?)\.sigstore\.json$/;

export const numberedName = (number: number): string => `${String(number).padStart(8, '0')}.sigstore.json`;

export const datedName = (day: string, runId: string, number: number): string =>
  `${day}/${runId}${number === 1 ? '' : `.${number}`}.sigstore.json`;

/** `undefined` for a name that no run writes. */
export function parsedStatementName(name: string): StatementName | undefined {
  const { place, day, run, more = '1' } = statementNamePattern.exec(name)?.groups ?? {};
  if (place !== undefined) return { kind: 'numbered', number: Number(place) };
  return day === undefined || run === undefined ? undefined : { kind: 'dated', day, runId: run, number: Number(more) };
}
