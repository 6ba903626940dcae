import * as z from 'zod/mini';
import { type AccessRight, rightText } from '../../core/fix/grant/broad-rights.ts';
import { jsonOf } from '../../core/model/text/json-of.ts';
import type { AccessReviews } from '../../flow/audit/ports.ts';
import type { ApiServer } from './api-server.ts';
import type { KubernetesConnections } from './connections.ts';

const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const timeoutMs = 10_000;
const maxBytes = 64 * 1024;

const review = z.object({
  kind: z.literal('SelfSubjectAccessReview'),
  status: z.object({ allowed: z.boolean(), evaluationError: z.optional(z.string()) }),
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
  const body = JSON.stringify({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: right },
  });
  const answer = await api.write(path, { method: 'POST', body, changesNothing: true }, { signal, timeoutMs, maxBytes });
  if (!answer.ok) return answer.error.message;
  if (answer.value.status !== 200 && answer.value.status !== 201)
    return `the API server answered ${answer.value.status} to a SelfSubjectAccessReview`;

  const read = review.safeParse(jsonOf(answer.value.body));
  if (!read.success) return 'the API server answered something else than a SelfSubjectAccessReview';
  const { allowed: yes, evaluationError } = read.data.status;
  return evaluationError && !yes
    ? `the API server could not decide about ${rightText(right)}: ${evaluationError}`
    : yes;
}
