import type { KubeletFacts, Verdict } from './model.ts';

/** Equal parts are kept once, however many nodes have them. A cluster with more differences than this shares the first ones. */
const mostDifferent = 1_000;

/** What is equal in the facts and verdicts of a cluster's nodes, kept once: the kubelets of a node group differ in little but their names. */
export interface SharedParts {
  facts(facts: KubeletFacts): KubeletFacts;
  verdict(verdict: Verdict): Verdict;
}

/** For one cluster: what it keeps is gone with it. */
export function sharedParts(): SharedParts {
  const settings = oneOfEquals<KubeletFacts['settings']>();
  const flags = oneOfEquals<NonNullable<KubeletFacts['flags']>>();
  const files = oneOfEquals<NonNullable<KubeletFacts['files']>>();
  const clientCa = oneOfEquals<NonNullable<KubeletFacts['clientCa']>>();
  const notes = oneOfEquals<readonly string[]>();
  const verdicts = oneOfEquals<Verdict>();

  return {
    facts: (facts) => ({
      ...facts,
      settings: settings(facts.settings),
      notes: notes(facts.notes),
      ...(facts.flags && { flags: flags(facts.flags) }),
      ...(facts.files && { files: files(facts.files) }),
      ...(facts.clientCa && { clientCa: clientCa(facts.clientCa) }),
    }),
    verdict: (verdict) => {
      if (!('evidence' in verdict) || verdict.evidence?.proof === undefined) return verdicts(verdict);

      // When a node was read is its own; everything else may be another's.
      const { proof, ...evidence } = verdict.evidence;
      const shared = verdicts({ ...verdict, evidence });
      return 'evidence' in shared && shared.evidence
        ? { ...verdict, evidence: { ...shared.evidence, proof } }
        : verdict;
    },
  };
}

/** The first value that equals the one given, by its JSON. */
function oneOfEquals<Value>(): (value: Value) => Value {
  const known = new Map<string, Value>();
  return (value) => {
    const key = JSON.stringify(value);
    const first = known.get(key);
    if (first === undefined && known.size < mostDifferent) known.set(key, value);
    return first ?? value;
  };
}
