import type { Benchmark, Control } from './control.ts';
import { evaluate } from './evaluate.ts';
import type { Audit, ClusterNode, KubeletFacts, ReadFailure } from './model.ts';
import type { Result } from './result.ts';

export interface SavedNode {
  readonly name: string;
  readonly facts: Result<KubeletFacts, ReadFailure>;
  /** As the person who saved it says. */
  readonly kubeletVersion?: string;
}

interface Question {
  readonly controls: readonly Control[];
  readonly benchmark: Benchmark;
  readonly now: Date;
}

/** One node whose files were given by hand, as an audit of its own: it is printed and counted like any other. */
export function savedAudit(saved: SavedNode, { controls, benchmark, now }: Question): Audit {
  const at = now.toISOString();
  const { facts } = saved;
  const reading = {
    node: nodeOf(saved),
    ...(facts.ok ? { facts: facts.value, failures: [] } : { failures: [facts.error] }),
  };
  const verdicts = Object.fromEntries(controls.map((control) => [control.slug, evaluate(control, reading)]));

  return {
    startedAt: at,
    finishedAt: at,
    benchmark,
    clusters: [
      {
        cluster: { name: 'saved files', compute: { autoMode: false, fargate: false, hybrid: false } },
        auditedAt: at,
        inventory: { from: 'saved', complete: false },
        nodes: [{ ...reading, verdicts }],
        problems: [],
      },
    ],
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
