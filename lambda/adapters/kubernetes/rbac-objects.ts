import * as z from 'zod/mini';
import { type RbacObject, replacing } from '../../core/fix/grant/rbac-objects.ts';
import type { Cluster, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { jsonOf, printable } from '../../core/model/text/words.ts';
import { apiStatus } from '../../core/read/kubelet/configz/api-status.ts';
import type { RbacObjects } from '../../flow/grant/ports.ts';
import type { ApiServer } from './api-server.ts';
import { type KubernetesConnections, unreachable } from './connections.ts';

type ServerAnswer = Awaited<ReturnType<ApiServer['get']>>;
type Answer = Extract<ServerAnswer, { ok: true }>['value'];

const plurals = { ClusterRole: 'clusterroles', ClusterRoleBinding: 'clusterrolebindings' } as const;
/** etcd keeps no larger object. */
const maxBytes = 2 * 1024 * 1024;
const timeoutMs = 15_000;

/** ClusterRoles and ClusterRoleBindings, with the caller's own rights in the cluster. */
export function kubernetesRbacObjects(connections: KubernetesConnections): RbacObjects {
  return {
    async find(cluster, wanted, signal) {
      const request = { cluster, wanted, verb: 'get' } as const;
      const server = connections.to(cluster);
      if (!server.ok) return server;
      const answer = answered(await server.value.get(pathOf(wanted, 'one'), { signal, timeoutMs, maxBytes }), request);
      if (!answer.ok) return answer;

      if (answer.value.status === 404 && apiStatus(answer.value)) return ok(undefined);
      return answer.value.status === 200 ? read(answer.value, request) : err(refused(answer.value, request));
    },
    create: (cluster, wanted, signal) =>
      written(connections, { cluster, wanted, verb: 'create', body: wanted, signal }),
    replace: (cluster, { wanted, stored }, signal) =>
      written(connections, { cluster, wanted, verb: 'update', body: replacing(wanted, stored), signal }),
    remove: (cluster, wanted, signal) =>
      written(connections, { cluster, wanted, verb: 'delete', body: deleteOptions, signal }),
  };
}

const deleteOptions = { apiVersion: 'v1', kind: 'DeleteOptions' };
const methods = { create: 'POST', update: 'PUT', delete: 'DELETE' } as const;

interface RbacRequest {
  readonly cluster: Cluster;
  readonly wanted: RbacObject;
  readonly verb: 'get' | keyof typeof methods;
}

interface WriteRequest extends RbacRequest {
  readonly verb: keyof typeof methods;
  readonly body: object;
  readonly signal: AbortSignal;
}

async function written(
  connections: KubernetesConnections,
  { body, signal, ...request }: WriteRequest,
): Promise<Result<undefined, Problem>> {
  const path = pathOf(request.wanted, request.verb === 'create' ? 'all' : 'one');
  const writing = { method: methods[request.verb], body: JSON.stringify(body) };
  const server = connections.to(request.cluster);
  if (!server.ok) return server;

  const answer = answered(await server.value.write(path, writing, { signal, timeoutMs, maxBytes }), request);
  if (!answer.ok) return answer;
  const { status } = answer.value;
  return status === 200 || status === 201 ? ok(undefined) : err(refused(answer.value, request));
}

const pathOf = ({ apiVersion, kind, metadata }: RbacObject, which: 'one' | 'all'): string =>
  `/apis/${apiVersion}/${plurals[kind]}${which === 'one' ? `/${metadata.name}` : ''}`;

function answered(got: ServerAnswer, { cluster }: RbacRequest): Result<Answer, Problem> {
  if (got.ok) return got;

  const { code, message } = unreachable(cluster, got.error).problem;
  return err({
    code,
    message,
    remedy: 'grant again from a network that reaches the API server, or apply the manifest there with kubectl',
  });
}

const objectSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), resourceVersion: z.string() }),
});

function read({ body }: Answer, { wanted }: RbacRequest) {
  const object = objectSchema.safeParse(jsonOf(body));
  if (object.success) return ok(object.data);
  return err({
    code: 'api-answer-unreadable',
    message: `the API server’s answer is not ${wanted.kind} ${wanted.metadata.name}`,
    remedy: 'check that the endpoint is the API server of this cluster and no proxy',
  });
}

function refused(answer: Answer, { wanted, verb }: RbacRequest): Problem {
  const words = printable(apiStatus(answer)?.message ?? 'no words', 300);

  switch (answer.status) {
    case 401:
      return {
        code: 'credentials-refused',
        message: 'the API server does not know the principal of these credentials (401)',
        remedy:
          'grant as an administrator of the cluster (who made it, or has an access entry with AmazonEKSClusterAdminPolicy), or have one apply the manifest with kubectl',
      };
    case 403: {
      const lacks = rightLacking({ wanted, verb, words });
      return {
        code: 'kubernetes-forbidden',
        message: `these credentials lack ${lacks}: ${words}`,
        remedy: `grant as somebody who has ${lacks} (an administrator of the cluster has), or have one apply the manifest with kubectl`,
      };
    }
    case 409:
      return {
        code: 'changed-meanwhile',
        message: `${wanted.kind} ${wanted.metadata.name} was changed by somebody else at the same moment: ${words}`,
        remedy: 'grant again',
      };
    default:
      return {
        code: 'rbac-object-refused',
        message: `the API server answered ${answer.status} to ${verb} ${wanted.kind} ${wanted.metadata.name}: ${words}`,
        remedy: 'fix the problem that it names, then grant again',
      };
  }
}

/** Kubernetes' own rule, in addition to the right to write: rights can only be granted by a holder, or with `escalate` or `bind`. */
function rightLacking({ wanted, verb, words }: Omit<RbacRequest, 'cluster'> & { readonly words: string }): string {
  if (!words.includes('not currently held')) return `${verb} on ${plurals[wanted.kind]}.rbac.authorization.k8s.io`;
  const missing = wanted.kind === 'ClusterRole' ? 'escalate' : 'bind';
  return `${missing} on ${plurals.ClusterRole}.rbac.authorization.k8s.io`;
}
