import { isOfCluster } from '../../core/judge/control.ts';
import { alikeBy } from '../../core/model/alike-by.ts';
import type { Cluster, ClusterAudit, ClusterNode, NextNodes, Problem } from '../../core/model/model.ts';
import { howMany, nameList } from '../../core/model/text/words.ts';
import type { LaunchedGroups } from '../../core/next-node/read/launched/launched-group.ts';
import type { AuditOptions, AuditPorts, FoundGroups } from './ports.ts';

export interface JudgedNextNodes {
  /** Absent where nobody looks at launch templates. */
  readonly nextNodes?: NextNodes;
  readonly notes: readonly Problem[];
  readonly problems: readonly Problem[];
}

export const isActive = ({ status }: Cluster): boolean => !status || ['ACTIVE', 'UPDATING'].includes(status);

interface NextNodesOptions extends Pick<AuditOptions, 'controls'> {
  readonly signal: AbortSignal;
}

/** What the node groups of a cluster would launch next. User data is read and judged here, and goes out of memory with the call. */
export async function nextNodesOf(
  { launchDirectories }: Pick<AuditPorts, 'launchDirectories'>,
  {
    cluster,
    auditedAt,
    nodes,
  }: Pick<ClusterAudit, 'cluster' | 'auditedAt'> & { readonly nodes: readonly ClusterNode[] },
  { controls, signal }: NextNodesOptions,
): Promise<JudgedNextNodes> {
  if (launchDirectories.length === 0) return { notes: [], problems: [] };
  const ofNodes = controls.filter((each) => !isOfCluster(each));
  // Of a cluster that is being made or deleted nothing is asked.
  if (!isActive(cluster) || ofNodes.length === 0)
    return { nextNodes: { nodes: [], complete: false }, notes: [], problems: [] };

  const named = [...new Set(nodes.flatMap(({ group }) => (group.kind === 'auto-scaling-group' ? [group.name] : [])))];
  const found = await Promise.all(launchDirectories.map((each) => each.groups(cluster, signal, named)));
  const { judgeLaunched } = await import('../../core/next-node/judge/judge-launched.ts');
  const { nextNodes, notes } = judgeLaunched(together(found), { controls: ofNodes, readAt: auditedAt });
  return {
    nextNodes,
    notes: [...found.flatMap((each) => each.notes ?? []), ...notes, ...unknownNote(nextNodes)],
    problems: found.flatMap(({ problems }) => problems),
  };
}

const together = (found: readonly FoundGroups[]): LaunchedGroups => ({
  groups: found.flatMap(({ groups }) => groups),
  complete: found.every(({ complete }) => complete),
  ...(found.some(({ withoutKarpenter }) => withoutKarpenter) && { withoutKarpenter: true }),
});

/** Node groups of whose next nodes nothing is known under any control: neither a failure nor a gap. */
function unknownNote({ nodes }: NextNodes): readonly Problem[] {
  const groups = [...alikeBy(nodes, ({ node: { group } }) => `${group.kind} ${group.name}`).values()];
  const unknown = groups.flatMap((ofGroup) => {
    const all = ofGroup.flatMap(({ verdicts }) => Object.values(verdicts));
    const [first] = all;
    return first?.status === 'unknown' && all.every(({ status }) => status === 'unknown')
      ? [`${ofGroup[0].node.group.name} (${first.because})`]
      : [];
  });
  if (unknown.length === 0) return [];

  return [
    {
      code: 'next-nodes-unknown',
      message: `what the next nodes of ${howMany(unknown.length, 'node group')} will be is not known: ${nameList(unknown)}`,
      remedy: 'nothing, unless the template should say it: what runs is audited all the same',
    },
  ];
}
