import type { Discovery, Gap } from './discovery.ts';

/** What AWS does not confirm. The first 20 names are kept. */
export interface ClaimedNodes {
  /** Nodes that only say what they are. */
  readonly nodes: number;
  readonly named: readonly string[];
  /** Node groups that only Node objects or tags name. */
  readonly groups?: number | undefined;
  readonly groupsNamed?: readonly string[] | undefined;
}

/** The same of one cluster. */
export interface ClaimsOfCluster extends ClaimedNodes {
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
}

/** The next nodes of node groups: all, those that fail a control without a waiver, and those of which nothing is known. */
export interface NextNodeCounts {
  readonly groups: number;
  readonly failing: number;
  readonly unknown: number;
  /** Node groups whose next node is unknown, each with the reason; the first 20. */
  readonly named: readonly string[];
}

export interface NextNodesOfCluster extends NextNodeCounts {
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
}

/** What became of the items of a run. */
export interface ItemTotals {
  readonly clusters: {
    readonly found: number;
    readonly audited: number;
    readonly gone: number;
    readonly failed: number;
  };
  readonly nodes: number;
  readonly unreadableNodes: number;
  /** Not counted among the unreadable ones: they are younger than 15 minutes, or on their way up or down. */
  readonly bootingNodes: number;
  /** Running machines with a cluster's tags on which SSM found no kubelet. */
  readonly machinesWithoutKubelet: number;
  /** Failures and warnings without a waiver that are suppressed in Security Hub. Absent where there is none. */
  readonly suppressed?: number;
  /** Node objects behind which AWS shows no machine. Absent where there is none. */
  readonly claimedNodes?: number;
  /** By cluster, in the order of their names. */
  readonly claims?: readonly ClaimsOfCluster[];
  /** By cluster, where launch templates were looked at. What is unknown there is no gap. */
  readonly nextNodes?: readonly NextNodesOfCluster[];
  /** Items that failed, or have no answer. */
  readonly failedItems: number;
  /** Gaps by item, in the items' order: failed items, items without an answer, and the unseen parts of the others. */
  readonly gaps: readonly Gap[];
}

/** How much of what there is was looked at. */
export interface Coverage extends ItemTotals {
  readonly accounts: number;
  readonly regions: number;
  /** No gap, no failed item and no unreadable node. */
  readonly complete: boolean;
  /** What could not be listed, then what could not be audited. */
  readonly gaps: readonly Gap[];
  readonly skipped: readonly Gap[];
}

export function coverageOf(discovery: Discovery, looked: ItemTotals): Coverage {
  const { clusters, nodes, unreadableNodes, bootingNodes, machinesWithoutKubelet, claimedNodes, claims, failedItems } =
    looked;
  const gaps = [...discovery.gaps, ...looked.gaps];

  return {
    accounts: discovery.accounts,
    regions: discovery.regions,
    clusters,
    nodes,
    unreadableNodes,
    bootingNodes,
    machinesWithoutKubelet,
    ...(looked.suppressed !== undefined && { suppressed: looked.suppressed }),
    ...(claimedNodes !== undefined && { claimedNodes }),
    ...(claims && { claims }),
    ...(looked.nextNodes && { nextNodes: looked.nextNodes }),
    failedItems,
    complete: gaps.length + failedItems + unreadableNodes === 0,
    gaps,
    skipped: discovery.skipped,
  };
}
