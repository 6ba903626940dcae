import { hasCode } from '../../contract/problem-codes.ts';
import { accessOf } from '../../core/judge/access.ts';
import { type Control, isOfCluster } from '../../core/judge/control.ts';
import { drift } from '../../core/judge/drift.ts';
import { evaluate } from '../../core/judge/evaluate.ts';
import { withWaiver } from '../../core/judge/waivers/apply-waivers.ts';
import type { Cluster, ClusterAudit, ClusterNode, Drift, NodeAudit, Problem, Via } from '../../core/model/model.ts';
import type { SharedParts } from '../../core/model/shared-parts.ts';
import { howMany } from '../../core/model/text/words.ts';
import type { AuditOptions } from './ports.ts';
import { isGone, type NodeRead, readingOf } from './still-there.ts';

interface ReadNodes {
  readonly read: readonly NodeRead[];
  /** What the sources say of the way in which the nodes were read. */
  readonly notes: readonly Problem[];
  readonly shared: SharedParts;
}

interface JudgeNodesOptions extends Pick<AuditOptions, 'controls' | 'waivers' | 'runStartedAt'> {
  readonly cluster: Cluster;
  readonly auditedAt: string;
}

/** Judges what was read of each node. Nodes that left meanwhile are in no part of the result, and machines without a kubelet are not among its nodes. */
export function judgeNodes(
  { read, notes, shared }: ReadNodes,
  { cluster, controls, waivers = [], auditedAt, runStartedAt }: JudgeNodesOptions,
) {
  const now = new Date(auditedAt);
  const chosen = ofNodes(controls);
  const met = problemsMet(read);

  /** A node that left after it was listed is no node any more. */
  const judge = (each: NodeRead): readonly NodeAudit[] => {
    if (isGone(each) || isNoNode(each)) return [];

    const drifted = driftOf(each);
    const reading = readingOf(each);
    const judged = (control: Control) => evaluate(control, reading, { cluster, now });
    const verdicts = new Map(chosen.map((control) => [control.slug, judged(control)]));
    const place = { cluster, node: each.node, waivers, now: runStartedAt ?? now };
    const access = accessOf((control) =>
      withWaiver(verdicts.get(control.slug) ?? judged(control), { ...place, control: control.slug }),
    );
    return [
      {
        ...reading,
        ...(drifted && { drift: drifted }),
        verdicts: shared.verdicts(verdicts),
        access: shared.access(access),
      },
    ];
  };
  return {
    nodes: read.flatMap(judge),
    withoutKubelet: read.filter(isNoNode).map(({ node }) => node),
    problems: met.problems,
    notes: [...met.notes, ...notes],
  };
}

/** The problem of a source with narrow rights that sends no token which could do more. This is by design if another source reads those nodes. */
const standsAside = hasCode('token-too-broad');

function problemsMet(read: readonly NodeRead[]): Required<Pick<ClusterAudit, 'problems' | 'notes'>> {
  const met = read.flatMap(({ failures, readings }) =>
    failures.flatMap(({ problem }) => (problem ? [{ problem, isRead: readings.length > 0 }] : [])),
  );
  const served = met.filter(({ problem }) => standsAside(problem)).every(({ isRead }) => isRead);
  const isNote = (problem: Problem) => served && standsAside(problem);
  const all = distinct(met.map(({ problem }) => problem));
  return { problems: all.filter((each) => !isNote(each)), notes: all.filter(isNote) };
}

/**
 * A machine with the cluster's tags that no API server lists and on which no kubelet runs: a bastion, or one that never became a node. One whose Node object was
 * deleted during the audit is a node.
 */
const isNoNode = ({ node, readings, failures }: NodeRead): boolean =>
  node.name === undefined &&
  node.unlisted === true &&
  readings.length === 0 &&
  failures.some((failure) => failure.noKubelet);

export function withoutKubeletNote(machines: readonly ClusterNode[]): readonly Problem[] {
  if (machines.length === 0) return [];

  const named = machines.slice(0, 5).map(({ key }) => key);
  const more = machines.length > named.length ? `, and ${machines.length - named.length} more` : '';
  return [
    {
      code: 'machines-without-kubelet',
      message: `${howMany(machines.length, 'running machine')} with the cluster's tags that its API server does not list, and on which SSM found no kubelet: ${named.join(', ')}${more}`,
      remedy: 'take the tags off what is no node: while it is there, no failure of its node group ends',
    },
  ];
}

/** `undefined` when there is nothing to compare: only one side was read, or the two may not be of one machine. */
function driftOf({ node, readings }: NodeRead): readonly Drift[] | undefined {
  const by = (via: Via) => readings.find((each) => each.via === via);
  const running = by('direct') ?? by('configz') ?? by('tls');
  const afterRestart = by('ssm');
  return running && afterRestart && node.distrust === undefined ? drift(running, afterRestart, node) : undefined;
}

/** The controls about nodes. */
export const ofNodes = (controls: readonly Control[]): readonly Control[] =>
  controls.filter((each) => !isOfCluster(each));

/** A cluster-wide fault is reported once, for any number of nodes. */
export const distinct = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(problems.map((each) => [`${each.code} ${each.message}`, each])).values(),
];
