import * as z from 'zod';
import { compactJsonAnswer, type HttpAnswer, statusAnswer } from '../wire/http-answer.ts';
import { allows, type KubernetesUser, type Rbac, rulesOf } from './rbac.ts';

const attributes = z.object({
  verb: z.string(),
  group: z.string().default(''),
  resource: z.string(),
  subresource: z.string().optional(),
  name: z.string().optional(),
  namespace: z.string().optional(),
});
const specs = {
  tokenreviews: z.object({ token: z.string().min(1) }),
  subjectaccessreviews: z.object({
    resourceAttributes: attributes,
    user: z.string(),
    groups: z.array(z.string()).default([]),
  }),
  selfsubjectaccessreviews: z.object({ resourceAttributes: attributes }),
  selfsubjectrulesreviews: z.object({ namespace: z.string().min(1, 'no namespace on request') }),
  selfsubjectreviews: z.object({}).optional(),
};
type Review = keyof typeof specs;

const groups = {
  tokenreviews: 'authentication.k8s.io',
  subjectaccessreviews: 'authorization.k8s.io',
  selfsubjectaccessreviews: 'authorization.k8s.io',
  selfsubjectrulesreviews: 'authorization.k8s.io',
  selfsubjectreviews: 'authentication.k8s.io',
} as const;
const kinds = {
  tokenreviews: 'TokenReview',
  subjectaccessreviews: 'SubjectAccessReview',
  selfsubjectaccessreviews: 'SelfSubjectAccessReview',
  selfsubjectrulesreviews: 'SelfSubjectRulesReview',
  selfsubjectreviews: 'SelfSubjectReview',
} as const;

/** What every cluster grants by default: `system:node` to nodes, `system:basic-user` to authenticated users. */
export const builtInRights: Rbac = {
  groups: {
    'system:nodes': [
      { apiGroups: [groups.tokenreviews], verbs: ['create'], resources: ['tokenreviews'] },
      { apiGroups: [groups.subjectaccessreviews], verbs: ['create'], resources: ['subjectaccessreviews'] },
    ],
    'system:authenticated': [
      {
        apiGroups: [groups.selfsubjectaccessreviews],
        verbs: ['create'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      },
      { apiGroups: [groups.selfsubjectreviews], verbs: ['create'], resources: ['selfsubjectreviews'] },
    ],
  },
};

export interface ReviewTarget {
  readonly resource: Review;
  readonly apiGroup: string;
}

/** What a path of the API asks for: `undefined` when it is no review. */
export function reviewPath(path: string): ReviewTarget | undefined {
  const [, apiGroup = '', resource = ''] = /^\/apis\/([\w.]+)\/v1\/(\w+)$/.exec(path) ?? [];
  const review = (Object.keys(specs) as Review[]).find((each) => each === resource);
  return review && groups[review] === apiGroup ? { resource: review, apiGroup } : undefined;
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
  const kind = kinds[resource];
  const read = z.object({ kind: z.literal(kind), spec: specs[resource] }).safeParse(jsonOf(body));
  if (!read.success)
    return statusAnswer({
      code: 400,
      message: `${kind} in version "v1" cannot be handled: ${read.error.issues[0]?.message}`,
      reason: 'BadRequest',
    });

  const { spec } = read.data;
  if (spec === undefined || resource === 'selfsubjectreviews')
    return {
      ...compactJsonAnswer({
        kind,
        apiVersion: `${apiGroup}/v1`,
        metadata: {},
        status: { userInfo: { username: caller.name, groups: caller.groups } },
      }),
      status: 201,
    };

  const decided = (status: object): HttpAnswer => ({
    ...compactJsonAnswer({ kind, apiVersion: `${apiGroup}/v1`, metadata: {}, spec, status }),
    status: 201,
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
      nonResourceRules: [],
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

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
