import * as z from 'zod';
import { compactJsonAnswer, type HttpAnswer, statusAnswer } from '../wire/http-answer.ts';
import { jsonOf } from '../wire/json-of.ts';
import { allows, type KubernetesUser, type Rbac, rulesOf } from './rbac.ts';

const attributes = z.object({
  verb: z.string(),
  group: z.string().default(''),
  resource: z.string(),
  subresource: z.string().optional(),
  name: z.string().optional(),
  namespace: z.string().optional(),
});
const authentication = 'authentication.k8s.io';
const authorization = 'authorization.k8s.io';
const reviews = {
  tokenreviews: { apiGroup: authentication, kind: 'TokenReview', spec: z.object({ token: z.string().min(1) }) },
  subjectaccessreviews: {
    apiGroup: authorization,
    kind: 'SubjectAccessReview',
    spec: z.object({
      resourceAttributes: attributes,
      user: z.string(),
      groups: z.array(z.string()).default([]),
    }),
  },
  selfsubjectaccessreviews: {
    apiGroup: authorization,
    kind: 'SelfSubjectAccessReview',
    spec: z.object({ resourceAttributes: attributes }),
  },
  selfsubjectrulesreviews: {
    apiGroup: authorization,
    kind: 'SelfSubjectRulesReview',
    spec: z.object({ namespace: z.string().min(1, 'no namespace on request') }),
  },
  selfsubjectreviews: { apiGroup: authentication, kind: 'SelfSubjectReview', spec: z.object({}).optional() },
} as const;

/** What every cluster grants by default: `system:node` to nodes, `system:basic-user` to authenticated users. */
export const builtInRights: Rbac = {
  groups: {
    'system:nodes': [
      { apiGroups: [authentication], verbs: ['create'], resources: ['tokenreviews'] },
      { apiGroups: [authorization], verbs: ['create'], resources: ['subjectaccessreviews'] },
    ],
    'system:authenticated': [
      {
        apiGroups: [authorization],
        verbs: ['create'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      },
      { apiGroups: [authentication], verbs: ['create'], resources: ['selfsubjectreviews'] },
    ],
  },
};

export type ReviewTarget = { readonly resource: keyof typeof reviews; readonly apiGroup: string };

/** What a path of the API asks for: `undefined` when it is no review. */
export function reviewPath(path: string): ReviewTarget | undefined {
  const resource = (Object.keys(reviews) as (keyof typeof reviews)[]).find(
    (each) => path === `/apis/${reviews[each].apiGroup}/v1/${each}`,
  );
  return resource && { resource, apiGroup: reviews[resource].apiGroup };
}

interface Reviewer {
  readonly caller: KubernetesUser;
  readonly rights: Rbac;
  readonly authenticate: (token: string) => KubernetesUser | undefined;
}

/** The API server's answer to a TokenReview, a SubjectAccessReview or a SelfSubjectAccessReview. */
export function reviewAnswer(
  { resource, apiGroup }: ReviewTarget,
  body: string,
  { caller, rights, authenticate }: Reviewer,
): HttpAnswer {
  const { kind, spec: schema } = reviews[resource];
  const read = z.object({ kind: z.literal(kind), spec: schema }).safeParse(jsonOf(body));
  if (!read.success)
    return statusAnswer({
      code: 400,
      message: `${kind} in version "v1" cannot be handled: ${read.error.issues[0]?.message}`,
      reason: 'BadRequest',
    });

  const { spec } = read.data;
  const decided = (status: object): HttpAnswer => ({
    ...compactJsonAnswer({ kind, apiVersion: `${apiGroup}/v1`, metadata: {}, spec, status }),
    status: 201,
  });
  if (spec === undefined || resource === 'selfsubjectreviews')
    return decided({
      userInfo: {
        username: caller.name,
        groups: caller.groups,
        ...(caller.canonicalArn !== undefined && { extra: { canonicalArn: [caller.canonicalArn] } }),
      },
    });

  if ('token' in spec) {
    const user = authenticate(spec.token);
    return decided(
      user ? { authenticated: true, user: { username: user.name, groups: user.groups } } : { authenticated: false },
    );
  }

  if ('namespace' in spec)
    return decided({
      resourceRules: rulesOf(rights, caller)
        .filter((each) => each.namespace === undefined || each.namespace === spec.namespace)
        .map(({ namespace: _, ...rule }) => ({ ...rule, apiGroups: rule.apiGroups ?? [''] })),
      nonResourceRules: [
        { verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] },
      ],
      // As on EKS, whose own authorizer does not list what it allows.
      incomplete: true,
      evaluationError: 'webhook authorizer does not support user rule resolution',
    });

  const { verb, group, resource: of, subresource, name, namespace } = spec.resourceAttributes;
  const subject = 'user' in spec ? { name: spec.user, groups: spec.groups } : caller;
  const request = {
    verb,
    apiGroup: group,
    resource: subresource ? `${of}/${subresource}` : of,
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
  return decided(
    allows(rights, subject, request)
      ? { allowed: true, reason: 'RBAC: allowed by ClusterRoleBinding' }
      : { allowed: false },
  );
}
