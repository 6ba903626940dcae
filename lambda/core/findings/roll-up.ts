import type { Scope } from '../../contract/settings.ts';
import type { Beside } from '../judge/beside.ts';
import { type Control, isOfCluster } from '../judge/control.ts';
import type { FoundWaiver } from '../judge/waivers/find-waiver.ts';
import type { ClusterAudit, ClusterNode, NodeAudit, Verdict, VerdictStatus } from '../model/model.ts';
import { seenFirst } from '../model/statuses.ts';
import { byText } from '../model/text/words.ts';
import type { Readings } from '../model/verdict-parts.ts';
import { type Subject, subjectPath } from './identity.ts';

type JudgedNodes = Pick<NodeAudit, 'node' | 'verdicts' | 'access'> & Readings;

export interface Judged extends Pick<ClusterAudit, 'clusterVerdicts'> {
  readonly nodes: readonly JudgedNodes[];
}

export interface JudgedNode {
  readonly node: ClusterNode;
  readonly verdict: Verdict;
  /** They have the proof of the verdict. */
  readonly readings?: Readings & Pick<NodeAudit, 'access'>;
}

/** One subject under one control: what becomes one finding. */
export interface RolledUp {
  readonly subject: Subject;
  readonly control: Control;
  /** The worst verdict of its nodes, or the cluster's own; `not-applicable` only when all of them are. */
  readonly status: VerdictStatus;
  /** Every node of the subject, the worst first, then by key: the same order in every run. */
  readonly nodes: readonly JudgedNode[];
  /** For a control about the cluster itself: its one verdict. It then has no nodes. */
  readonly verdict?: Verdict;
  readonly counts: Readonly<Record<VerdictStatus, number>>;
  /** The waiver of the worst verdict: when it is an active one, nothing worse than waived failures was seen. */
  readonly waiver?: FoundWaiver;
  /** What the next node of its group means for it, or the running nodes for a next node: roll-up-next.ts. */
  readonly beside?: Beside;
  /** It is unknown because an open failure may go on in an unread node. This is what the others show, and what counts when it is held no more. */
  readonly otherwise?: RolledUp;
  /** This run could not read it, and `status` is what a run before proved: holding.ts. `failing` is a machine that failed and runs on unread. */
  readonly held?: { readonly since: string; readonly failing?: string };
}

/**
 * Rolls one cluster's verdicts up to subjects × controls, in the order of the controls and then of the subjects' names.
 * A node without a verdict for a control counts as `unknown`; one that is only just booting says nothing yet where its subject has others.
 * One by one: each names all nodes of its subject, and a large cluster has no room for all of them.
 */
export function* rollUp(audit: Judged, controls: readonly Control[], scope: Scope): Generator<RolledUp> {
  // By the path in the Id: of two subjects with one Id neither may hide the other.
  const groups = [...Map.groupBy(audit.nodes, (each) => subjectPath(subjectOf(each.node, scope)))]
    .sort(byText(([path]) => path))
    .map(([, members]) => members.sort(byText(({ node }) => node.name ?? '')).sort(byText(({ node }) => node.key)));

  for (const control of controls) {
    if (isOfCluster(control)) yield* clusterResult(control, audit);
    else
      for (const members of groups) {
        const [first] = members;
        if (first) yield rollUpSubject(subjectOf(first.node, scope), control, members);
      }
  }
}

/** The cluster is one subject in every scope. There is none when the audit did not judge it. */
function clusterResult(control: Control, { clusterVerdicts = {} }: Judged): readonly RolledUp[] {
  const verdict = clusterVerdicts[control.slug];
  if (!verdict) return [];

  const { status } = verdict;
  const waiver = waiverOf(verdict);
  const own = { subject: { scope: 'cluster' }, control, status, nodes: [], verdict } as const;
  return [{ ...own, counts: { ...noneOfAny, [status]: 1 }, ...(waiver && { waiver }) }];
}

/** `members` by their keys. */
function rollUpSubject(subject: Subject, control: Control, members: readonly JudgedNodes[]): RolledUp {
  const judged = members.map((each): JudgedNode => {
    return { node: each.node, verdict: each.verdicts[control.slug] ?? notEvaluated, readings: each };
  });
  const settled = judged.filter(({ node, verdict }) => !(node.booting && verdict.status === 'unknown'));
  const nodes = (settled.length > 0 ? settled : judged).sort((one, other) => rank(one.verdict) - rank(other.verdict));
  const counts = { ...noneOfAny };
  for (const { verdict } of nodes) counts[verdict.status] += 1;

  const worst = nodes[0]?.verdict;
  const waiver = worst && waiverOf(worst);

  return { subject, control, status: worst?.status ?? 'not-applicable', nodes, counts, ...(waiver && { waiver }) };
}

const noneOfAny = { fail: 0, warn: 0, unknown: 0, pass: 0, 'not-applicable': 0 };

const notEvaluated: Verdict = { status: 'unknown', because: 'the control was not evaluated for this node' };

const rank = (verdict: Verdict): number =>
  seenFirst.indexOf(waiverOf(verdict)?.state === 'active' ? 'waived' : verdict.status);

/** What a waiver says of one verdict: of a failure, or of a suspected one. */
export function waiverOf(verdict: Verdict): FoundWaiver | undefined {
  if (verdict.status === 'warn') return verdict.covered && { state: 'active', mark: verdict.covered };
  if (verdict.status !== 'fail') return undefined;
  if (verdict.waived) return { state: 'active', mark: verdict.waived };
  return verdict.waiverExpired && { state: 'expired', mark: verdict.waiverExpired };
}

const subjectOf = (node: ClusterNode, scope: Scope): Subject => {
  if (scope === 'cluster') return { scope };
  return scope === 'node' ? { scope, node } : { scope, group: node.group };
};
