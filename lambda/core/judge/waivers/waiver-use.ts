import type { Cluster, ClusterNode, Verdict } from '../../model/model.ts';
import { howMany, printable, shortHash } from '../../model/text/words.ts';
import { allowancesAbout, waiversAbout } from './find-waiver.ts';
import { type Waiver, widthOf } from './waiver.ts';

export interface WaiverUse {
  readonly waivers: number;
  /** Those whose cluster is `*`, or a pattern that matches nearly every name. */
  readonly everyCluster: number;
  readonly everyNodeGroup: number;
  readonly unmatched: number;
  /** The first 20 of them. */
  readonly named: readonly string[];
}

const mostNamed = 20;

interface JudgedNodes {
  readonly nodes: readonly {
    readonly node: ClusterNode;
    readonly verdicts: Readonly<Record<string, Verdict>>;
  }[];
}

interface JudgedCluster extends JudgedNodes {
  readonly cluster: Cluster;
  readonly nextNodes?: JudgedNodes;
  readonly clusterVerdicts?: Readonly<Record<string, Verdict>>;
}

/** The same waiver in each function and in each run. */
const idOf = (waiver: Waiver): string => shortHash(JSON.stringify(Object.entries(waiver).sort())).slice(0, 16);

/** The ids of the waivers that match something in a cluster which fails, warns or is unknown, and of allowances whose holder is there. */
export function matchedWaivers(
  { cluster, nodes, nextNodes = { nodes: [] }, clusterVerdicts = {} }: JudgedCluster,
  waivers: readonly Waiver[],
) {
  if (waivers.length === 0) return [];

  const places = new Map<string, Parameters<typeof waiversAbout>[0]>();
  for (const { node, verdicts } of [...nodes, ...nextNodes.nodes])
    for (const [control, verdict] of Object.entries(verdicts)) {
      if (!isOpen(verdict)) continue;
      const group = node.groupUnconfirmed === undefined ? node.group : undefined;
      for (const script of [undefined, ...(verdict.status === 'unknown' ? (verdict.scripts ?? []) : [])])
        places.set(`${control} ${group?.kind} ${group?.name} ${script}`, {
          control,
          cluster,
          ...(group && { group }),
          ...(script && { script }),
        });
    }
  for (const [control, verdict] of Object.entries(clusterVerdicts))
    if (isOpen(verdict)) places.set(control, { control, cluster });

  const matched = [
    ...[...places.values()].flatMap((place) => waiversAbout(place, waivers)),
    ...Object.entries(clusterVerdicts).flatMap(([control, verdict]) => {
      const about = waivers.filter((each) => each.control === control);
      // Who holds the right is then not known.
      if (!('evidence' in verdict) || !verdict.evidence?.holders) return allowancesAbout({ cluster }, about);
      const holders = verdict.evidence.holders.filter(({ standing }) => standing !== 'system');
      return holders.flatMap((holder) => allowancesAbout({ cluster, holder }, about));
    }),
  ];
  return [...new Set(matched.map(idOf))].toSorted();
}

const isOpen = ({ status }: Verdict): boolean => status === 'fail' || status === 'warn' || status === 'unknown';

/** @param matched ids of all clusters of the run */
export function waiverUse(waivers: readonly Waiver[], matched: ReadonlySet<string>): WaiverUse | undefined {
  if (waivers.length === 0) return undefined;

  const unmatched = waivers.filter((each) => !matched.has(idOf(each)));
  return {
    waivers: waivers.length,
    everyCluster: waivers.filter(({ cluster }) => widthOf(cluster) === 'wide').length,
    everyNodeGroup: waivers.filter(({ holder, nodeGroup }) => !holder && widthOf(nodeGroup) === 'wide').length,
    unmatched: unmatched.length,
    named: unmatched.slice(0, mostNamed).map(nameOf),
  };
}

function nameOf({ control, cluster, nodeGroup, holder, script, owner, expires }: Waiver): string {
  const what = script ? `script ${script.slice(0, 12)}` : control;
  const whom = holder ? `${holder.kind} ${holder.name}` : `${what}, node group ${nodeGroup}`;
  return printable(`${whom} in cluster ${cluster} (${owner}, until ${expires})`, 300);
}

/** `3 waivers, 1 for every cluster; 1 matches nothing that fails, warns or is unread`, as every report says it. */
export function waiverWords({ waivers, everyCluster, everyNodeGroup, unmatched }: WaiverUse): string {
  const wide = [
    ...(everyCluster > 0 ? [`${everyCluster} for every cluster`] : []),
    ...(everyNodeGroup > 0 ? [`${everyNodeGroup} for every node group`] : []),
  ];
  const match = unmatched === 1 ? 'matches' : 'match';
  const idle = unmatched > 0 ? `; ${unmatched} ${match} nothing of this run` : '';
  return `${[howMany(waivers, 'waiver'), ...wide].join(', ')}${idle}`;
}
