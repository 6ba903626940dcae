import { accessOf } from '../../judge/access.ts';
import type { Control } from '../../judge/control.ts';
import type { ChosenControls } from '../../judge/controls/catalogue/find-control.ts';
import { evaluate } from '../../judge/evaluate.ts';
import type { ClusterAudit, ClusterNode, KubeletFacts, NodeAudit, ReadFailure } from '../../model/model.ts';
import type { Result } from '../../model/result.ts';

export interface SavedNode {
  readonly name: string;
  /** What was saved: an answer of the running kubelet, or its command line and files. */
  readonly via: 'configz' | 'files';
  readonly facts: Result<KubeletFacts, ReadFailure>;
  /** As the person who saved it says. */
  readonly kubeletVersion?: string;
}

interface Question extends ChosenControls {
  readonly now: Date;
}

/** Nodes whose files were given by hand, as a cluster of their own: they are printed and counted like any other. */
export function savedAudit(saved: readonly SavedNode[], { controls, leftOut, now }: Question): ClusterAudit {
  const [version, another] = new Set(saved.map(({ kubeletVersion }) => kubeletVersion));
  const isOne = version !== undefined && another === undefined;
  return {
    cluster: {
      name: 'saved files',
      compute: { autoMode: false, fargate: false, hybrid: false },
      // It chooses the numbers of the benchmark.
      ...(isOne && { version }),
    },
    auditedAt: now.toISOString(),
    inventory: { from: 'saved', complete: false },
    nodes: saved.map((each) => judged(each, controls)),
    controls: { lookedAt: controls.map(({ slug }) => slug), leftOut: leftOut.map(({ slug }) => slug) },
    problems: [],
  };
}

function judged(saved: SavedNode, controls: readonly Control[]): NodeAudit {
  const { facts } = saved;
  const reading = {
    node: nodeOf(saved),
    ...(facts.ok ? { facts: facts.value, failures: [] } : { failures: [facts.error] }),
  };
  return {
    ...reading,
    verdicts: Object.fromEntries(controls.map((control) => [control.slug, evaluate(control, reading)])),
    access: accessOf((control) => evaluate(control, reading)),
  };
}

const nodeOf = ({ name, kubeletVersion }: SavedNode): ClusterNode => ({
  key: name,
  machine: { status: 'none', because: 'it was saved' },
  kind: 'linux',
  group: { kind: 'self-managed', name: '-' },
  ...(kubeletVersion === undefined ? {} : { kubeletVersion }),
});
