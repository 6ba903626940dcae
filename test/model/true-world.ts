import type { Scope } from '../../lambda/contract/settings.ts';

/** How a kubelet is: as it should be, failing one of the two controls, refusing the API server, or not answering at all. */
export const kubelets = ['good', 'no-ca', 'open-port', 'refuses', 'silent'] as const;
export type Kubelet = (typeof kubelets)[number];

export interface TrueNode {
  /** The EC2 instance. */
  readonly id: string;
  readonly group: string;
  readonly kubelet: Kubelet;
}

/** The two controls that the model audits, by slug; taking one out is a change of settings. */
export const slugs = { ca: 'kubelet-client-ca-file', port: 'kubelet-read-only-port' } as const;
export type Slug = (typeof slugs)[keyof typeof slugs];

export interface TrueWaiver {
  /** A node group, or `*`. */
  readonly group: string;
  /** The last day on which it holds, `2026-12-31`. */
  readonly expires: string;
}

export const place = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' } as const;

const day = 24 * 60 * 60 * 1000;

/** What is really there, and what people have set: one account's Region. Nothing in here knows of findings. */
export class TrueWorld {
  now = Date.parse('2026-11-24T05:00:00.000Z');
  readonly clusters = new Map<string, TrueNode[]>();
  /** Instances that are gone, while EC2 still lists them: by cluster. */
  readonly terminated = new Map<string, Set<string>>();
  readonly waivers = new Map<Slug, TrueWaiver>();
  scope: Scope = 'node-group';
  controls: readonly Slug[] = Object.values(slugs);
  #instances = 0;

  passDays(days: number): void {
    this.now += days * day;
    for (const ids of this.terminated.values()) ids.clear();
  }

  addNode(cluster: string, { group, kubelet }: Pick<TrueNode, 'group' | 'kubelet'>): void {
    this.#instances += 1;
    const id = `i-${this.#instances.toString(16).padStart(17, '0')}`;
    this.nodes(cluster).push({ id, group, kubelet });
  }

  /** The nodes of a cluster, which is made when it is new. */
  nodes(cluster: string): TrueNode[] {
    const nodes = this.clusters.get(cluster) ?? [];
    this.clusters.set(cluster, nodes);
    return nodes;
  }

  setKubelet(cluster: string, index: number, kubelet: Kubelet): void {
    const nodes = this.nodes(cluster);
    const node = nodes[index % nodes.length];
    if (node) nodes[nodes.indexOf(node)] = { ...node, kubelet };
  }

  removeNodes(cluster: string, isGone: (node: TrueNode, index: number) => boolean): void {
    const nodes = this.nodes(cluster);
    const ids = this.terminated.get(cluster) ?? new Set();
    for (const { id } of nodes.filter(isGone)) ids.add(id);
    this.terminated.set(cluster, ids);
    this.clusters.set(
      cluster,
      nodes.filter((node, index) => !isGone(node, index)),
    );
  }

  deleteCluster(cluster: string): void {
    this.clusters.delete(cluster);
    this.terminated.delete(cluster);
  }
}
