import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { hasCode } from '../../contract/problem-codes.ts';
import type { ClusterRoleBinding, Subject } from '../../core/judge/proxy-holders.ts';
import type { Cluster, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { jsonOf, printable } from '../../core/model/text/words.ts';
import { apiStatus } from '../../core/read/kubelet/configz/api-status.ts';
import { type ClusterRole, isRelevant, reachingRoles, verbsToNodesProxy } from '../../core/read/rbac/reaching-roles.ts';
import type { RbacGrants, ReadGrants } from '../../flow/audit/ports.ts';
import { callerOf, words } from './access-review.ts';
import type { ApiServer } from './api-server.ts';
import { unreachable } from './connections.ts';
import { type ListOptions, type ListTarget, listPages, takenBy } from './list-pages.ts';

const api = '/apis/rbac.authorization.k8s.io/v1';
const timeoutMs = 15_000;
const maxBytes = 2 * 1024 * 1024;

/** ClusterRoles and ClusterRoleBindings as they decide about `nodes/proxy`: each is reduced as it comes, and those that decide nothing are not kept. */
export const kubernetesRbacGrants = (options: ListOptions): RbacGrants => ({
  grants: (cluster, signal) => readGrants({ ...options, cluster, signal }),
  async awsAuth(cluster, signal) {
    const server = options.connections.to(cluster);
    return server.ok ? await readAwsAuth(server.value, cluster, signal) : server;
  },
  async self(cluster, signal) {
    const server = options.connections.to(cluster);
    const caller = server.ok ? await callerOf(server.value, signal) : undefined;
    return caller?.ok ? caller.value : undefined;
  },
});

async function readGrants(target: ListTarget): Promise<Result<ReadGrants, Problem>> {
  const readAt = target.clock.now().toISOString();
  const roles = await listed(target, { kind: 'ClusterRole', plural: 'clusterroles' }, roleOf);
  if (!roles.ok) return roles;
  const reaching = reachingRoles(roles.value.kept);
  // Only a handful of ten thousand bindings binds such a role.
  const bindings = await listed(target, { kind: 'ClusterRoleBinding', plural: 'clusterrolebindings' }, (object) => {
    const binding = bindingOf(object);
    return binding.ok && !reaching.has(binding.value.role) ? ok(undefined) : binding;
  });
  if (!bindings.ok) return bindings;

  const hash = createHash('sha256');
  for (const each of [...roles.value.digests, ...bindings.value.digests]) hash.update(each);
  return ok({
    roles: roles.value.kept,
    bindings: bindings.value.kept,
    proof: { readAt, sha256: hash.digest('hex') },
  });
}

/**
 * What is kept of a list, and the SHA-256 of each object as it came, in its order.
 * @param reduce what is kept of an object, `undefined` when it decides nothing, or why it is not of that kind
 */
async function listed<Kept>(
  target: ListTarget,
  { kind, plural }: { readonly kind: string; readonly plural: string },
  reduce: (object: unknown) => Result<Kept | undefined, string>,
) {
  const pages = await listPages(target, {
    path: `${api}/${plural}`,
    kind: `${kind}List`,
    plural,
    take(object) {
      const kept = reduce(object);
      const digest = createHash('sha256').update(JSON.stringify(object)).digest();
      return kept.ok ? ok({ digest, kept: kept.value }) : kept;
    },
  });
  if (!pages.ok) return err(explained(pages.error, plural));
  return ok({
    kept: pages.value.flatMap(({ kept }) => (kept === undefined ? [] : [kept])),
    digests: pages.value.map(({ digest }) => digest),
  });
}

/** Which right is missing, and for what. */
const explained = (problem: Problem, plural: string): Problem =>
  hasCode('kubernetes-forbidden')(problem)
    ? {
        code: 'rbac-list-forbidden',
        message: `the audit may not list ${plural}: ${problem.message}`,
        remedy:
          'grant it (eks-kubelet-audit grant CLUSTER --controls 4.1.10 --apply), which control 4.1.10 needs, or leave that control out',
      }
    : problem;

const labels = z.pipe(
  z.nullish(z.record(z.string(), z.string())),
  z.transform((each) => each ?? {}),
);
const selector = z.object({
  matchLabels: labels,
  matchExpressions: z.nullish(
    z.array(z.object({ key: z.string(), operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']), values: words })),
  ),
});
const roleSchema = z.object({
  metadata: z.object({ name: z.string(), labels }),
  rules: z.nullish(
    z.array(
      z.object({
        verbs: words,
        apiGroups: words,
        resources: words,
        resourceNames: words,
        nonResourceURLs: z.nullish(z.array(z.string())),
      }),
    ),
  ),
  aggregationRule: z.nullish(z.object({ clusterRoleSelectors: z.nullish(z.array(selector)) })),
});
const bindingSchema = z.object({
  metadata: z.object({ name: z.string() }),
  roleRef: z.object({ kind: z.literal('ClusterRole'), name: z.string() }),
  subjects: z.nullish(z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.nullish(z.string()) }))),
});

/** A role that reaches `nodes/proxy`, with all of its rules, since a narrower one must keep the others. */
const roleOf = takenBy(roleSchema, ({ metadata, rules, aggregationRule }) => {
  const all = (rules ?? []).map(({ nonResourceURLs, ...rule }) => ({
    ...rule,
    ...(nonResourceURLs && { nonResourceURLs }),
  }));
  const isReaching = all.some((rule) => verbsToNodesProxy(rule).length > 0);

  const role: ClusterRole = {
    name: metadata.name,
    labels: isReaching || aggregationRule ? metadata.labels : {},
    rules: isReaching ? all : [],
    ...(aggregationRule && {
      aggregates: (aggregationRule.clusterRoleSelectors ?? []).map(({ matchLabels, matchExpressions }) => ({
        matchLabels,
        matchExpressions: matchExpressions ?? [],
      })),
    }),
  };
  return isRelevant(role) ? role : undefined;
});

const bindingOf = takenBy(
  bindingSchema,
  ({ metadata, roleRef, subjects }): ClusterRoleBinding => ({
    name: metadata.name,
    role: roleRef.name,
    // Kubernetes knows three kinds, and takes no service account without its namespace.
    subjects: (subjects ?? []).flatMap(({ kind, name, namespace }): readonly Subject[] => {
      if (kind === 'User' || kind === 'Group') return [{ kind, name }];
      return kind === 'ServiceAccount' && namespace ? [{ kind, name: `${namespace}/${name}` }] : [];
    }),
  }),
);

const configMap = z.object({ data: z.nullish(z.record(z.string(), z.string())) });

async function readAwsAuth(
  server: ApiServer,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Result<Readonly<Record<string, string>> | undefined, Problem>> {
  const path = '/api/v1/namespaces/kube-system/configmaps/aws-auth';
  const got = await server.get(path, { signal, timeoutMs, maxBytes });
  if (!got.ok) return err(unreachable(cluster, got.error).problem);

  const { status, body } = got.value;
  const said = apiStatus(got.value)?.message;
  if (status === 404 && said !== undefined) return ok(undefined);
  const parsed = status === 200 ? configMap.safeParse(jsonOf(body)) : undefined;
  if (parsed?.success) return ok(parsed.data.data ?? {});

  const words = said === undefined ? '' : `: ${printable(said, 160)}`;
  const because = status === 200 ? 'the answer is no ConfigMap' : `the API server answered ${status}${words}`;
  return err({
    code: status === 403 ? 'aws-auth-forbidden' : 'aws-auth-unreadable',
    message: `whom the ConfigMap kube-system/aws-auth lets in is not known: ${because}`,
    remedy:
      status === 403
        ? 'grant get on it (eks-kubelet-audit grant CLUSTER --controls 4.1.10 --apply), or leave control 4.1.10 out'
        : 'check that the API server is healthy, then audit again',
  });
}
