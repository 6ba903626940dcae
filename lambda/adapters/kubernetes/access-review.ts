import * as z from 'zod/mini';
import { type AccessRight, configzRight, rightText } from '../../core/fix/grant/broad-rights.ts';
import type { RbacRule } from '../../core/fix/grant/rbac-objects.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { jsonOf } from '../../core/model/text/words.ts';
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
/** A list that Kubernetes leaves out, or writes as null, where it is empty. */
export const words = z.pipe(
  z.nullish(z.array(z.string())),
  z.transform((each) => each ?? []),
);
const rulesReview = z.object({
  kind: z.literal('SelfSubjectRulesReview'),
  status: z.object({
    resourceRules: z.nullish(
      z.array(z.object({ verbs: words, apiGroups: words, resources: words, resourceNames: words })),
    ),
    nonResourceRules: z.nullish(z.array(z.object({ verbs: words, nonResourceURLs: words }))),
  }),
});
const selfReview = z.object({
  kind: z.literal('SelfSubjectReview'),
  status: z.object({
    userInfo: z.object({
      username: z.string(),
      groups: z.nullish(z.array(z.string())),
      extra: z.nullish(z.record(z.string(), z.array(z.string()))),
    }),
  }),
});

/** Where a review is sent: an API server, or one set of its credentials. */
type Reviewer = Pick<ApiServer, 'write'>;

/** Asks the API server itself, right by right (SelfSubjectAccessReview): lists of rules do not decide. */
export const accessReviews = (connections: KubernetesConnections): AccessReviews => ({
  async allowed(cluster, right, signal) {
    const server = connections.to(cluster);
    return server.ok ? await allowed(server.value, right, signal) : server.error.message;
  },
});

/** Whether the caller has the right, or why that is not known. */
export async function allowed(api: Reviewer, right: AccessRight, signal: AbortSignal): Promise<boolean | string> {
  const question = { kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: right }, signal } as const;
  const answer = await ask(api, question, review);
  if (!answer.ok) return answer.error;

  const { allowed: yes, evaluationError } = answer.value.status;
  return evaluationError && !yes
    ? `the API server could not decide about ${rightText(right)}: ${evaluationError}`
    : yes;
}

/**
 * The rules that the API server lists for the caller in a namespace, those of the whole cluster among them, or why that is not known. EKS always says
 * that the list is incomplete: its own authorizer lists nothing. So a rule counts, and its absence does not.
 */
export async function heldRules(
  api: Reviewer,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly RbacRule[] | string> {
  const answer = await ask(api, { kind: 'SelfSubjectRulesReview', spec: { namespace }, signal }, rulesReview);
  if (!answer.ok) return answer.error;

  const { resourceRules, nonResourceRules } = answer.value.status;
  return [
    ...(resourceRules ?? []),
    ...(nonResourceRules ?? []).map(({ verbs, nonResourceURLs }) => ({
      verbs,
      apiGroups: [''],
      resources: nonResourceURLs.map((each) => (each.startsWith('/') ? each : `/${each}`)),
    })),
  ];
}

export interface Caller {
  readonly username: string;
  readonly groups: readonly string[];
  /** Of an IAM principal, as EKS's authenticator names it: the role of a session, without its path. */
  readonly principalArn?: string;
}

/** Whom the API server takes the caller for (SelfSubjectReview, Kubernetes 1.28 and later), or why that is not known. */
export async function callerOf(api: Reviewer, signal: AbortSignal): Promise<Result<Caller, string>> {
  const answer = await ask(api, { kind: 'SelfSubjectReview', group: 'authentication.k8s.io', signal }, selfReview);
  if (!answer.ok) return answer;

  const { username, groups, extra } = answer.value.status.userInfo;
  const canonical = extra?.['canonicalArn']?.[0];
  const principalArn = principalOf(canonical ?? username) ?? canonical;
  return ok({ username, groups: groups ?? [], ...(principalArn !== undefined && { principalArn }) });
}

/** The principal of an IAM ARN, for a session its role; `undefined` for any other name. */
function principalOf(name: string): string | undefined {
  const session = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(name);
  if (session) return `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`;
  return /^arn:[\w-]+:iam::\d{12}:/.test(name) ? name : undefined;
}

/** Whether the API server knows these credentials at all, or why that is not known. 401: they are nobody's there. */
export async function knowsCaller(api: Reviewer, signal: AbortSignal): Promise<boolean | string> {
  const answer = await post(api, {
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: configzRight },
    signal,
  });
  if (!answer.ok) return answer.error.message;
  return answer.value.status !== 401;
}

interface Question {
  readonly kind: 'SelfSubjectAccessReview' | 'SelfSubjectRulesReview' | 'SelfSubjectReview';
  readonly group?: string;
  readonly spec?: object;
  readonly signal: AbortSignal;
}

async function ask<Schema extends z.ZodMiniType>(
  api: Reviewer,
  question: Question,
  schema: Schema,
): Promise<Result<z.output<Schema>, string>> {
  const answer = await post(api, question);
  if (!answer.ok) return err(answer.error.message);

  const { status, body } = answer.value;
  if (status !== 200 && status !== 201) return err(`the API server answered ${status} to a ${question.kind}`);
  const read = schema.safeParse(jsonOf(body));
  return read.success ? ok(read.data) : err(`the API server answered something else than a ${question.kind}`);
}

const post = (api: Reviewer, { kind, group = 'authorization.k8s.io', spec, signal }: Question) =>
  api.write(
    `/apis/${group}/v1/${kind.toLowerCase()}s`,
    { method: 'POST', body: JSON.stringify({ apiVersion: `${group}/v1`, kind, spec }), changesNothing: true },
    { signal, timeoutMs, maxBytes: kind === 'SelfSubjectRulesReview' ? maxRulesBytes : maxBytes },
  );
