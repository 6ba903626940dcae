import * as z from 'zod/mini';
import { classifyNodeListAnswer } from '../../core/kubelet/configz/node-list-answer.ts';
import { jsonOf } from '../../core/kubelet/documents/json-of.ts';
import type { Cluster, Problem } from '../../core/model.ts';
import type { Clock, ListedNode, NodeList } from '../../core/ports.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { errorText } from '../../core/text/error-text.ts';
import { slept } from '../clock.ts';
import type { ApiServer } from './api-server.ts';
import type { KubernetesConnections } from './connections.ts';
import { ListItems } from './list-items.ts';
import { unreachable } from './unreachable.ts';

/** A page of 500 realistic nodes is 9 MB, and a node can make itself as large; `resourceVersion=0` would make the API server ignore the limit. */
const pageSize = 500;
const maxPageBytes = 256 * 1024 * 1024;
const pageTimeoutMs = 30_000;
const attempts = 4;

interface NodeListOptions {
  readonly connections: KubernetesConnections;
  readonly clock: Clock;
}

/** The nodes of a cluster, page by page, each reduced at once to what the audit uses: whole Node objects are never kept. */
export function kubernetesNodes({ connections, clock }: NodeListOptions): NodeList {
  return {
    async nodes(cluster, signal) {
      const server = connections.to(cluster);
      if (!server.ok) return server;

      const nodes: ListedNode[] = [];
      let next = '';
      let restarts = 0;

      do {
        const answer = await getPage({ server: server.value, clock, cluster }, next, signal);
        if (!answer.ok) return answer;

        // The list's snapshot expired between two pages: once more from the start.
        if (answer.value === 'expired') {
          if (restarts++ > 0) return err(expiredTwice(cluster));
          nodes.length = 0;
          next = '';
          continue;
        }

        for (const node of answer.value.nodes) nodes.push(node);
        next = answer.value.next;
      } while (next);

      return ok(nodes);
    },
  };
}

interface Page {
  readonly nodes: readonly ListedNode[];
  readonly next: string;
}

interface Target {
  readonly server: ApiServer;
  readonly clock: Clock;
  readonly cluster: Cluster;
}

async function getPage(
  { server, clock, cluster }: Target,
  next: string,
  signal: AbortSignal,
): Promise<Result<Page | 'expired', Problem>> {
  const path = `/api/v1/nodes?limit=${pageSize}${next ? `&continue=${encodeURIComponent(next)}` : ''}`;
  let renewed = false;

  for (let attempt = 1; ; attempt += 1) {
    const page = new PageReader();
    const got = await server.get(path, {
      signal,
      timeoutMs: pageTimeoutMs,
      maxBytes: maxPageBytes,
      onChunk: (chunk) => page.push(chunk),
    });
    if (!got.ok) return err(unreachable(cluster, got.error).problem);
    if (got.value.status === 410) return ok('expired');

    const answer = classifyNodeListAnswer(got.value);
    if (answer.kind === 'list') return page.read(cluster);
    if (answer.kind === 'retry' && attempt < attempts) {
      if (await slept(clock, answer.after, signal)) continue;
    }
    // A token that ran out in the middle of a long run is renewed once.
    if (answer.kind === 'problem' && answer.problem.code === 'credentials-refused' && !renewed) {
      renewed = true;
      server.forgetCredentials();
      continue;
    }
    return err(answer.problem);
  }
}

const word = z.string();
const nodeSchema = z.object({
  metadata: z.object({ name: word, labels: z.optional(z.record(z.string(), z.string())) }),
  spec: z.optional(z.object({ providerID: z.optional(word) })),
  status: z.optional(
    z.object({
      addresses: z.optional(z.array(z.object({ type: word, address: word }))),
      nodeInfo: z.optional(
        z.object({ kubeletVersion: z.optional(word), osImage: z.optional(word), operatingSystem: z.optional(word) }),
      ),
    }),
  ),
});
const frameSchema = z.object({ kind: z.literal('NodeList'), metadata: z.object({ continue: z.optional(z.string()) }) });

/** Reduces each Node object as it comes, so that none is kept and no page is held as a whole. */
class PageReader {
  readonly #nodes: ListedNode[] = [];
  readonly #items = new ListItems((text) => this.#take(text));
  /** Where the list first was something else. */
  #fault: string | undefined;

  push(chunk: Buffer): void {
    if (this.#fault !== undefined) return;
    try {
      this.#items.push(chunk);
    } catch (error) {
      this.#fault = errorText(error);
    }
  }

  read(cluster: Cluster): Result<Page, Problem> {
    const frame = frameSchema.safeParse(jsonOf(this.#items.frame));
    if (this.#fault === undefined && frame.success)
      return ok({ nodes: this.#nodes, next: frame.data.metadata.continue ?? '' });

    return err({
      code: 'api-answer-unreadable',
      message: `the API server of ${cluster.name} answered the list of nodes with something else (${this.#fault ?? 'it is no NodeList'})`,
      remedy: 'check that the address leads to a Kubernetes API server and to no login page or proxy',
    });
  }

  #take(text: string): void {
    const node = nodeSchema.safeParse(jsonOf(text));
    if (node.success) this.#nodes.push(toListedNode(node.data));
    else this.#fault ??= `item ${this.#nodes.length}, at ${node.error.issues[0]?.path.join('.') || 'its beginning'}`;
  }
}

/** The labels that tell node groups and node kinds apart; no other label is kept. */
const usedLabels = ['eks.amazonaws.com/nodegroup', 'eks.amazonaws.com/compute-type', 'karpenter.sh/nodepool'] as const;

function toListedNode({ metadata, spec, status }: z.infer<typeof nodeSchema>): ListedNode {
  const labels = metadata.labels ?? {};
  const info = status?.nodeInfo;
  const internalIp = status?.addresses?.find((each) => each.type === 'InternalIP')?.address;

  return {
    name: cut(metadata.name),
    labels: Object.fromEntries(
      usedLabels.flatMap((name) => (Object.hasOwn(labels, name) ? [[name, cut(labels[name] ?? '')]] : [])),
    ),
    ...(spec?.providerID && { providerId: cut(spec.providerID) }),
    ...(info?.kubeletVersion && { kubeletVersion: cut(info.kubeletVersion) }),
    ...(info?.osImage && { osImage: cut(info.osImage) }),
    ...(info?.operatingSystem && { operatingSystem: cut(info.operatingSystem) }),
    ...(internalIp && { internalIp: cut(internalIp) }),
  };
}

/** A node writes these words itself: no control characters, no novels. */
const cut = (text: string): string => text.slice(0, 256).replace(/[^\x20-\x7e]/g, '?');

const expiredTwice = (cluster: Cluster): Problem => ({
  code: 'nodes-not-listed',
  message: `the list of nodes of ${cluster.name} expired twice while it was read`,
  remedy: 'audit the cluster again; its API server is slow or its nodes change fast',
});
