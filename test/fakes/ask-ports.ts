import type { Cluster, ClusterNode, NodeReading, Place } from '../../lambda/core/model/model.ts';
import type { KubeletSource, NodeList } from '../../lambda/flow/audit/ports.ts';
import type { RegionalClusters } from '../../lambda/flow/ports.ts';

// How tests and benches call the ports that have the most of them: a renamed method is renamed here.

const never = () => new AbortController().signal;

/** The readings of a source as they come. */
export const readEach = (
  source: Pick<KubeletSource, 'read'>,
  cluster: Cluster,
  nodes: Iterable<ClusterNode>,
  signal = never(),
): AsyncIterable<NodeReading> => source.read(cluster, nodes, signal);

export const readAll = (...asked: Parameters<typeof readEach>): Promise<readonly NodeReading[]> =>
  Array.fromAsync(readEach(...asked));

export const listNodes = (list: NodeList, cluster: Cluster, signal = never()): ReturnType<NodeList['nodes']> =>
  list.nodes(cluster, signal);

export const clusterNames = (
  clusters: Pick<RegionalClusters, 'names'>,
  place: Place,
  signal = never(),
): ReturnType<RegionalClusters['names']> => clusters.names(place, signal);
