import type { Cluster, ClusterAudit, ClusterNode, NodeAudit, Verdict } from '../../model/model.ts';
import { findWaiver } from './find-waiver.ts';
import type { Waiver } from './waiver.ts';

/**
 * Marks the failures that a person has accepted, and those whose acceptance has ended. No verdict changes: what failed still fails. A suspected
 * failure (`warn`) is marked as covered. A waiver never covers a kubelet that could not be read (`unknown`), and that of a node group covers its next node.
 * What scripts leave unknown of a next node is accepted where waivers name each of them.
 */
export function applyWaivers(audit: ClusterAudit, waivers: readonly Waiver[], now: Date): ClusterAudit {
  if (waivers.length === 0) return audit;

  const marked = (control: string, verdict: Verdict, node?: ClusterNode): Verdict =>
    withWaiver(verdict, { control, cluster: audit.cluster, ...(node && { node }), waivers, now });
  /** Equal verdicts of a node group's nodes stay one object. */
  const known = new Map<NodeAudit['verdicts'], Map<string, NodeAudit['verdicts']>>();
  const ofNode = ({ node, verdicts }: Pick<NodeAudit, 'node' | 'verdicts'>): NodeAudit['verdicts'] => {
    const byGroup = known.get(verdicts) ?? new Map<string, NodeAudit['verdicts']>();
    known.set(verdicts, byGroup);
    const group = node.groupUnconfirmed === undefined ? `${node.group.kind} ${node.group.name}` : '';
    const ofGroup =
      byGroup.get(group) ??
      Object.fromEntries(
        Object.entries(verdicts).map(([control, verdict]) => [control, marked(control, verdict, node)]),
      );
    byGroup.set(group, ofGroup);
    return ofGroup;
  };

  return {
    ...audit,
    ...(audit.clusterVerdicts && {
      clusterVerdicts: Object.fromEntries(
        Object.entries(audit.clusterVerdicts).map(([control, verdict]) => [control, marked(control, verdict)]),
      ),
    }),
    ...(audit.nextNodes && {
      nextNodes: {
        ...audit.nextNodes,
        nodes: audit.nextNodes.nodes.map((each) => ({ ...each, verdicts: ofNode(each) })),
      },
    }),
    nodes: audit.nodes.map((each) => ({ ...each, verdicts: ofNode(each) })),
  };
}

interface Place {
  readonly control: string;
  readonly cluster: Cluster;
  readonly node?: ClusterNode;
  readonly waivers: readonly Waiver[];
  readonly now: Date;
}

export function withWaiver(verdict: Verdict, { control, cluster, node, waivers, now }: Place): Verdict {
  // A name that a tag may have made up is no name: only a waiver for every node group is about such a node.
  const group = node?.groupUnconfirmed === undefined ? node?.group : undefined;
  const place = { control, cluster, ...(group && { group }) };
  if (verdict.status === 'unknown') {
    const marks = (verdict.scripts ?? []).map((script) => findWaiver({ ...place, script }, waivers, now));
    const [first] = marks.toSorted((one, other) => (one?.mark.until ?? '').localeCompare(other?.mark.until ?? ''));
    if (!first || !marks.every((each) => each?.state === 'active')) return verdict;
    const { until, by } = first.mark;
    return { ...verdict, because: `accepted until ${until} by ${by}: ${verdict.because}`, accepted: first.mark };
  }
  if (verdict.status !== 'fail' && verdict.status !== 'warn') return verdict;
  const found = findWaiver(place, waivers, now);
  if (!found) return verdict;
  if (verdict.status === 'warn') return found.state === 'active' ? { ...verdict, covered: found.mark } : verdict;
  return found.state === 'active' ? { ...verdict, waived: found.mark } : { ...verdict, waiverExpired: found.mark };
}
