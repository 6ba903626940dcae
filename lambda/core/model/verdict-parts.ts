import type { Evidence, Verdict } from './model.ts';

/** What was seen, where the verdict has it. */
export const evidenceIn = (verdict: Verdict): Evidence | undefined =>
  'evidence' in verdict ? verdict.evidence : undefined;

/** Why it is no proof, where it is none. */
export const reasonIn = (verdict: Verdict): string | undefined => ('because' in verdict ? verdict.because : undefined);
