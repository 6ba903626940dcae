import type { AccessStatus, Evidence, KubeletFacts, NodeAudit, Verdict } from './model.ts';
import type { Proof } from './node-facts.ts';

/** What was seen, where the verdict has it. */
export const evidenceIn = (verdict: Verdict): Evidence | undefined =>
  'evidence' in verdict ? verdict.evidence : undefined;

/** Why it is no proof, where it is none. */
export const reasonIn = (verdict: Verdict): string | undefined => ('because' in verdict ? verdict.because : undefined);

/** A failure that a person accepted until a date. It is still reported as a failure, but it doesn't make a command exit with 1. */
export const isWaived = (verdict: Verdict): boolean => verdict.status === 'fail' && verdict.waived !== undefined;

/** Its status, or `waived`. */
export const verdictStanding = (verdict: Verdict): AccessStatus => (isWaived(verdict) ? 'waived' : verdict.status);

type OfReading = Pick<KubeletFacts, 'via' | 'proof'>;

/** What was read of a node: each source's reading has the proof of the verdicts that rest on it. */
export interface Readings {
  readonly facts?: OfReading;
  readonly otherFacts?: readonly OfReading[];
}

/** The proof of a verdict: its own, or that of the reading which it rests on. Equal verdicts of a cluster's nodes are one object without it. */
export function proofOf(verdict: Verdict, { facts, otherFacts = [] }: Readings = {}): Proof | undefined {
  const evidence = evidenceIn(verdict);
  if (!evidence || evidence.proof) return evidence?.proof;
  return facts?.via === evidence.via ? facts.proof : otherFacts.find(({ via }) => via === evidence.via)?.proof;
}

/** The verdicts of a node as they are written down, each with its proof. */
export const withProofs = (verdicts: NodeAudit['verdicts'], readings: Readings): NodeAudit['verdicts'] =>
  Object.fromEntries(
    Object.entries(verdicts).map(([control, verdict]) => {
      const proof = proofOf(verdict, readings);
      return proof && 'evidence' in verdict && verdict.evidence
        ? [control, { ...verdict, evidence: { ...verdict.evidence, proof } }]
        : [control, verdict];
    }),
  );
