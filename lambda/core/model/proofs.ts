import type { KubeletFacts, NodeAudit, Verdict } from './model.ts';
import type { Proof } from './node-facts.ts';

type OfReading = Pick<KubeletFacts, 'via' | 'proof'>;

/** What was read of a node: each source's reading has the proof of the verdicts that rest on it. */
export interface Readings {
  readonly facts?: OfReading;
  readonly otherFacts?: readonly OfReading[];
}

/** The proof of a verdict: its own, or that of the reading which it rests on. Equal verdicts of a cluster's nodes are one object without it. */
export function proofOf(verdict: Verdict, { facts, otherFacts = [] }: Readings = {}): Proof | undefined {
  const evidence = 'evidence' in verdict ? verdict.evidence : undefined;
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
