import type { Chosen } from './controls/controls-named.ts';
import { evaluate } from './evaluate.ts';
import type { ClusterAudit, ClusterNode, KubeletFacts, ReadFailure } from './model.ts';
import type { Result } from './result.ts';

export interface SavedNode {
  readonly name: string;
  readonly facts: Result<KubeletFacts, ReadFailure>;
  /** As the person who saved it says. */
  readonly kubeletVersion?: string;
}

interface Question extends Chosen {
  readonly now: Date;
}

/** One node whose files were given by hand, as a cluster of its own: it is printed and counted like any other. */
export function savedAudit(saved: SavedNode, { controls, leftOut, now }: Question): ClusterAudit {
  const { facts } = saved;
  const reading = {
    node: nodeOf(saved),
    ...(facts.ok ? { facts: facts.value, failures: [] } : { failures: [facts.error] }),
  };
  const verdicts = Object.fromEntries(controls.map((control) => [control.slug, evaluate(control, reading)]));

  return {
    cluster: { name: 'saved files', compute: { autoMode: false, fargate: false, hybrid: false } },
    auditedAt: now.toISOString(),
    inventory: { from: 'saved', complete: false },
    nodes: [{ ...reading, verdicts }],
    controls: { lookedAt: controls.map(({ slug }) => slug), leftOut: leftOut.map(({ slug }) => slug) },
    problems: [],
  };
}

const nodeOf = ({ name, kubeletVersion }: SavedNode): ClusterNode => ({
  key: name,
  machine: { status: 'none', because: 'it was saved' },
  kind: 'linux',
  group: { kind: 'self-managed', name: '-' },
  ...(kubeletVersion === undefined ? {} : { kubeletVersion }),
});
