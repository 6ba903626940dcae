import type { Control } from '../control.ts';
import type { ClusterAudit, ClusterNode, NodeAudit, Verdict, VerdictStatus } from '../model.ts';
import type { Scope, Subject } from './identity.ts';

export interface JudgedNode {
  readonly node: ClusterNode;
  readonly verdict: Verdict;
}

/** One subject under one control: what becomes one finding. */
export interface RolledUp {
  readonly subject: Subject;
  readonly control: Control;
  /** The worst verdict of its nodes; `not-applicable` only when it is that for all of them. */
  readonly status: VerdictStatus;
  /** Every node of the subject, the worst first, then by key: the same order in every run. */
  readonly nodes: readonly JudgedNode[];
  readonly counts: Readonly<Record<VerdictStatus, number>>;
}

/** From the worst to the least. `unknown` stands before `pass`: what could not be read is never a pass. */
const severityOrder = ['fail', 'warn', 'unknown', 'pass', 'not-applicable'] as const satisfies readonly VerdictStatus[];

/**
 * Rolls one cluster's verdicts up to subjects × controls, in the order of the controls and then of the subjects' names.
 * A node without a verdict for a control counts as `unknown`.
 */
export function rollUp(audit: ClusterAudit, controls: readonly Control[], scope: Scope): readonly RolledUp[] {
  const groups = [...Map.groupBy(audit.nodes, (each) => subjectKey(each.node, scope))].sort(byText(([key]) => key));

  return controls.flatMap((control) =>
    groups.flatMap(([, members]) => {
      const [first] = members;
      return first ? [rollUpSubject(subjectOf(first.node, scope), control, members)] : [];
    }),
  );
}

function rollUpSubject(subject: Subject, control: Control, members: readonly NodeAudit[]): RolledUp {
  const nodes = members
    .map(({ node, verdicts }): JudgedNode => ({ node, verdict: verdicts[control.slug] ?? notEvaluated }))
    .sort(byText(({ node }) => node.name ?? ''))
    .sort(byText(({ node }) => node.key))
    .sort((one, other) => rank(one.verdict.status) - rank(other.verdict.status));
  const count = (status: VerdictStatus) => nodes.filter(({ verdict }) => verdict.status === status).length;

  return {
    subject,
    control,
    status: nodes[0]?.verdict.status ?? 'not-applicable',
    nodes,
    counts: {
      fail: count('fail'),
      warn: count('warn'),
      unknown: count('unknown'),
      pass: count('pass'),
      'not-applicable': count('not-applicable'),
    },
  };
}

const notEvaluated: Verdict = { status: 'unknown', because: 'the control was not evaluated for this node' };

const rank = (status: VerdictStatus): number => severityOrder.indexOf(status);

const subjectKey = (node: ClusterNode, scope: Scope): string => {
  if (scope === 'cluster') return 'cluster';
  return scope === 'node' ? node.key : `${node.group.kind}/${node.group.name}`;
};

const subjectOf = (node: ClusterNode, scope: Scope): Subject => {
  if (scope === 'cluster') return { scope };
  return scope === 'node' ? { scope, node } : { scope, group: node.group };
};

/** By code units, not by a locale: the same order on every machine. */
const byText =
  <T>(text: (each: T) => string) =>
  (one: T, other: T): number =>
    text(one) < text(other) ? -1 : text(one) > text(other) ? 1 : 0;
