/** A verdict without evidence, or a headline, as one line: `unknown: the agent is not online`. One with evidence is shown as its parts. */
export const inWords = (verdict: { readonly status: string; readonly because?: unknown }): string =>
  'evidence' in verdict ? JSON.stringify(verdict) : `${verdict.status}: ${verdict.because}`;
