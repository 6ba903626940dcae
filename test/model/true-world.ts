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

/** What a node group's launch template makes of its next node: as it should be, with an open port, or something that can't be read. */
export const templates = ['closed', 'open', 'unreadable'] as const;
export type Template = (typeof templates)[number];

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
  /** By cluster, the launch template of each node group; it may have no machine. */
  readonly templates = new Map<string, Map<string, Template>>();
  /** Whether the settings ask for next nodes. */
  nextNode = false;
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

  setTemplate(cluster: string, group: string, template: Template | undefined): void {
    const ofCluster = this.templates.get(cluster) ?? new Map<string, Template>();
    this.templates.set(cluster, ofCluster);
    if (template) ofCluster.set(group, template);
    else ofCluster.delete(group);
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
    this.templates.delete(cluster);
    this.terminated.delete(cluster);
  }
}
