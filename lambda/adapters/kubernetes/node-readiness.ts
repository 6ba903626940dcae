import * as z from 'zod/mini';
import type { NodeReadiness } from '../../core/fix/remediation/run/readiness.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { printable } from '../../core/model/text/printable.ts';
import { instanceIdOf } from '../../core/read/inventory/node-kind.ts';
import type { Clock } from '../../flow/ports.ts';
import type { Readiness } from '../../flow/remediate/ports.ts';
import type { KubernetesConnections } from './connections.ts';
import { getObject, listPages } from './list-pages.ts';

interface NodeReadinessOptions {
  readonly connections: KubernetesConnections;
  readonly clock: Clock;
}

/** Whether nodes are Ready, as their Node objects say now: by the rights that an audit has (get and list nodes). */
export function kubernetesReadiness({ connections, clock }: NodeReadinessOptions): Readiness {
  return {
    async all(cluster, signal) {
      const server = connections.to(cluster);
      return server.ok ? await listPages({ server: server.value, clock, cluster, signal }, nodeKind) : server;
    },

    async one(cluster, name, signal) {
      const server = connections.to(cluster);
      return server.ok ? await getObject({ server: server.value, cluster, signal }, nodeKind, name) : server;
    },
  };
}

const word = z.string();
const nodeSchema = z.object({
  metadata: z.object({ name: word }),
  spec: z.optional(z.object({ providerID: z.optional(word) })),
  status: z.optional(
    z.object({
      conditions: z.optional(
        z.array(z.object({ type: word, status: word, reason: z.optional(word), lastHeartbeatTime: z.nullish(word) })),
      ),
    }),
  ),
});

const nodeKind = {
  path: '/api/v1/nodes',
  kind: 'NodeList',
  plural: 'nodes',
  take(object: unknown): Result<NodeReadiness, string> {
    const node = nodeSchema.safeParse(object);
    return node.success ? ok(toReadiness(node.data)) : err(node.error.issues[0]?.path.join('.') ?? '');
  },
};

/** A time of the API server, in UTC and to the second: two of them compare as texts. */
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function toReadiness({ metadata, spec, status }: z.infer<typeof nodeSchema>): NodeReadiness {
  const name = printable(metadata.name, 256);
  const instanceId = instanceIdOf({
    name,
    labels: {},
    ...(spec?.providerID && { providerId: spec.providerID.slice(0, 256) }),
  });
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  const heartbeatAt = condition?.lastHeartbeatTime ?? '';

  return {
    name,
    ...(instanceId !== undefined && { instanceId }),
    ready: condition?.status === 'True',
    ...(timePattern.test(heartbeatAt) && { heartbeatAt }),
    ...(condition?.reason && { because: printable(condition.reason, 100) }),
  };
}
