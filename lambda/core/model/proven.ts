import { createHash } from 'node:crypto';
import type { KubeletFacts } from './model.ts';
import type { Proof } from './node-facts.ts';

/** What an evidence folder keeps of a node's answer: the facts without their proof. */
export const keptOf = ({ via, settings, flags, files, clientCa, servingCertificate, notes }: KubeletFacts) => ({
  via,
  settings,
  ...(flags && { flags }),
  ...(files && { files }),
  ...(clientCa && { clientCa }),
  ...(servingCertificate && { servingCertificate }),
  notes,
});

/** The facts with the proof of them: when the answer came, the hash of the whole of it, and that of what is kept. */
export const proven = (facts: KubeletFacts, answer: Pick<Proof, 'readAt' | 'sha256'>): KubeletFacts => ({
  ...facts,
  proof: { ...answer, keptSha256: keptSha256(facts) },
});

const keptSha256 = (facts: KubeletFacts, textOf = canonicalJson): string =>
  createHash('sha256')
    .update(`${canonicalObject(keptOf(facts), textOf)}\n`)
    .digest('hex');

/** More different configurations than these in one cluster are hashed each time. */
const mostDifferent = 1_000;

/** `proven` for many nodes: what is kept of the kubelets of a node group is equal, and its canonical form is half of the work of a node. */
export function provenOnce(): typeof proven {
  const known = new Map<string, string>();
  /** The facts of answers that are alike are one object. */
  const ofFacts = new WeakMap<KubeletFacts, string>();
  /** So are their settings, beside a serving certificate that each node has its own of. */
  const ofSettings = new WeakMap<object, string>();

  const textOf = (value: unknown): string =>
    (typeof value === 'object' && value !== null ? ofSettings.get(value) : undefined) ?? canonicalJson(value);
  const hashOf = (facts: KubeletFacts): string => {
    if (facts.servingCertificate) {
      ofSettings.set(facts.settings, textOf(facts.settings));
      return keptSha256(facts, textOf);
    }
    const kept = JSON.stringify(keptOf(facts));
    const hash = known.get(kept) ?? keptSha256(facts);
    if (known.size < mostDifferent) known.set(kept, hash);
    ofFacts.set(facts, hash);
    return hash;
  };
  return (facts, answer) => ({
    ...facts,
    proof: { ...answer, keptSha256: ofFacts.get(facts) ?? hashOf(facts) },
  });
}

/** What `jq -cSa .` prints of it, so that anybody can hash it again: keys sorted, no blanks, ASCII only. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value === 'object' && value !== null) return canonicalObject(value, canonicalJson);
  return typeof value === 'string' ? ascii(value) : JSON.stringify(value);
}

const canonicalObject = (value: object, textOf: (value: unknown) => string): string =>
  `{${Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, each]) => `${ascii(key)}:${textOf(each)}`)
    .join()}}`;

const ascii = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
