import * as z from 'zod/mini';
import { type AccessRight, configzRight, type HeldRule, rightText } from '../../core/fix/grant/broad-rights.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { jsonOf } from '../../core/model/text/json-of.ts';
import type { AccessReviews } from '../../flow/audit/ports.ts';
import type { ApiServer } from './api-server.ts';
import type { KubernetesConnections } from './connections.ts';

const timeoutMs = 10_000;
const maxBytes = 64 * 1024;
/** A rules review has every rule of the caller: some hundred of them where charts bind many roles. */
const maxRulesBytes = 4 * 1024 * 1024;

const review = z.object({
  kind: z.literal('SelfSubjectAccessReview'),
  status: z.object({ allowed: z.boolean(), evaluationError: z.optional(z.string()) }),
});
const list = z._default(z.nullable(z.array(z.string())), []);
const rulesReview = z.object({
  kind: z.literal('SelfSubjectRulesReview'),
  status: z.object({
    resourceRules: z.nullish(z.array(z.object({ verbs: list, apiGroups: list, resources: list }))),
  }),
});

/** Asks the API server itself, right by right (SelfSubjectAccessReview): lists of rules do not decide. */
export const accessReviews = (connections: KubernetesConnections): AccessReviews => ({
  async allowed(cluster, right, signal) {
    const server = connections.to(cluster);
    return server.ok ? await allowed(server.value, right, signal) : server.error.message;
  },
});

/** Whether the caller has the right, or why that is not known. */
export async function allowed(api: ApiServer, right: AccessRight, signal: AbortSignal): Promise<boolean | string> {
  const answer = await ask(api, { kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: right }, signal });
  if (!answer.ok) return answer.error;

  const read = review.safeParse(answer.value);
  if (!read.success) return 'the API server answered something else than a SelfSubjectAccessReview';
  const { allowed: yes, evaluationError } = read.data.status;
  return evaluationError && !yes
    ? `the API server could not decide about ${rightText(right)}: ${evaluationError}`
    : yes;
}

/**
 * The rules that the API server can list for the caller in a namespace, those of the whole cluster among them, or why that is not known. EKS says always
 * that the list is incomplete: its own authorizer lists nothing. So a rule counts, and its absence does not.
 */
export async function heldRules(
  api: ApiServer,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly HeldRule[] | string> {
  const answer = await ask(api, { kind: 'SelfSubjectRulesReview', spec: { namespace }, signal });
  if (!answer.ok) return answer.error;

  const read = rulesReview.safeParse(answer.value);
  if (!read.success) return 'the API server answered something else than a SelfSubjectRulesReview';
  return (read.data.status.resourceRules ?? []).map(({ verbs, apiGroups, resources }) => ({
    verbs: verbs ?? [],
    apiGroups: apiGroups ?? [],
    resources: resources ?? [],
  }));
}

/** Whether the API server knows these credentials at all, or why that is not known. 401: they are nobody's there. */
export async function knowsCaller(api: ApiServer, signal: AbortSignal): Promise<boolean | string> {
  const answer = await api.write(
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      method: 'POST',
      body: JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: configzRight },
      }),
      changesNothing: true,
    },
    { signal, timeoutMs, maxBytes },
  );
  if (!answer.ok) return answer.error.message;
  return answer.value.status !== 401;
}

interface Question {
  readonly kind: 'SelfSubjectAccessReview' | 'SelfSubjectRulesReview';
  readonly spec: object;
  readonly signal: AbortSignal;
}

async function ask(api: ApiServer, { kind, spec, signal }: Question): Promise<Result<unknown, string>> {
  const body = JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind, spec });
  const answer = await api.write(
    `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`,
    { method: 'POST', body, changesNothing: true },
    { signal, timeoutMs, maxBytes: kind === 'SelfSubjectRulesReview' ? maxRulesBytes : maxBytes },
  );
  if (!answer.ok) return err(answer.error.message);
  return answer.value.status === 200 || answer.value.status === 201
    ? ok(jsonOf(answer.value.body))
    : err(`the API server answered ${answer.value.status} to a ${kind}`);
}
