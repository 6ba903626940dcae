import type { Benchmark, Control } from './control.ts';
import { evaluate } from './evaluate.ts';
import type { Audit, KubeletFacts, ReadFailure } from './model.ts';
import type { Result } from './result.ts';

interface SavedNode {
  readonly name: string;
  readonly facts: Result<KubeletFacts, ReadFailure>;
}

interface Question {
  readonly controls: readonly Control[];
  readonly benchmark: Benchmark;
  readonly now: Date;
}

/** One node whose files were given by hand, as an audit of its own: it is printed and counted like any other. */
export function savedAudit({ name, facts }: SavedNode, { controls, benchmark, now }: Question): Audit {
  const at = now.toISOString();
  const reading = facts.ok ? { facts: facts.value, failures: [] } : { failures: [facts.error] };
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
        nodes: [
          {
            node: {
              key: name,
              machine: { status: 'none', because: 'it was saved' },
              kind: 'linux',
              group: { kind: 'self-managed', name: '-' },
            },
            ...reading,
            verdicts,
          },
        ],
        problems: [],
      },
    ],
    problems: [],
  };
}
