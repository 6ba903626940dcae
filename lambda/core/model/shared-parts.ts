import type { Access, ClusterNode, KubeletFacts, NodeAudit, NodeGroup, Verdict } from './model.ts';

/** Equal parts are kept once, however many nodes have them. A cluster with more differences than this shares the first ones. */
const mostDifferent = 1_000;

export type SharedParts = ReturnType<typeof sharedParts>;

/**
 * What is equal in the facts and verdicts of one cluster's nodes, kept once: the kubelets of a node group differ in little but their names. What it keeps is
 * gone with it.
 */
export function sharedParts() {
  const settings = oneOfEquals<KubeletFacts['settings']>();
  const flags = oneOfEquals<NonNullable<KubeletFacts['flags']>>();
  const files = oneOfEquals<NonNullable<KubeletFacts['files']>>();
  const clientCa = oneOfEquals<NonNullable<KubeletFacts['clientCa']>>();
  const notes = oneOfEquals<readonly string[]>();
  const access = oneOfEquals<Access>();
  const verdicts = oneOfEquals<Verdict>();
  const numbers = new Map<Verdict, number>();
  const ofNodes = new Map<string, NodeAudit['verdicts']>();

  return {
    facts: (facts: KubeletFacts): KubeletFacts => ({
      ...facts,
      settings: settings(facts.settings),
      notes: notes(facts.notes),
      ...(facts.flags && { flags: flags(facts.flags) }),
      ...(facts.files && { files: files(facts.files) }),
      ...(facts.clientCa && { clientCa: clientCa(facts.clientCa) }),
    }),
    /**
     * The verdicts of a node by their controls, without proofs: those are in its readings (`withProofs`). With them, every node would have verdicts of its
     * own, which are most of what an audit keeps.
     */
    verdicts(given: ReadonlyMap<string, Verdict>): NodeAudit['verdicts'] {
      const all = [...given].map(([control, verdict]) => [control, verdicts(withoutProof(verdict))] as const);
      const key = all.map(([control, verdict]) => `${control} ${numberOf(verdict)}`).join();
      const known = ofNodes.get(key);
      if (known) return known;

      const made = Object.fromEntries(all);
      if (ofNodes.size < mostDifferent) ofNodes.set(key, made);
      return made;
    },
    access,
  };

  /** Of equal verdicts the same; a verdict that is not shared has a number of its own. */
  function numberOf(verdict: Verdict): number {
    const number = numbers.get(verdict) ?? numbers.size;
    numbers.set(verdict, number);
    return number;
  }
}

/** The nodes of a cluster. What the machines of a node group have in common is kept once: their group, versions, image and launch template. */
export function sharedNodes(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  const group = oneOfEquals<NodeGroup>();
  const launchTemplate = oneOfEquals<NonNullable<ClusterNode['launchTemplate']>>();
  const words = new Map<string, string>();
  const word = (text: string): string => {
    if (words.size < mostDifferent && !words.has(text)) words.set(text, text);
    return words.get(text) ?? text;
  };

  return nodes.map((node) => ({
    ...node,
    group: group(node.group),
    ...(node.kubeletVersion !== undefined && { kubeletVersion: word(node.kubeletVersion) }),
    ...(node.osImage !== undefined && { osImage: word(node.osImage) }),
    ...(node.imageId !== undefined && { imageId: word(node.imageId) }),
    ...(node.launchTemplate && { launchTemplate: launchTemplate(node.launchTemplate) }),
  }));
}

function withoutProof(verdict: Verdict): Verdict {
  if (!('evidence' in verdict) || verdict.evidence?.proof === undefined) return verdict;
  const { proof: _, ...evidence } = verdict.evidence;
  return { ...verdict, evidence };
}

/** The first value that equals the one given, by its JSON. */
function oneOfEquals<Value extends object>(): (value: Value) => Value {
  const known = new Map<string, Value>();
  /** The facts of answers that are alike have the same parts already. */
  const shared = new WeakSet<Value>();
  return (value) => {
    if (shared.has(value)) return value;
    const key = JSON.stringify(value);
    const first = known.get(key);
    if (first !== undefined) return first;
    if (known.size < mostDifferent) {
      known.set(key, value);
      shared.add(value);
    }
    return value;
  };
}
