import { z } from 'zod';
import { wildcard } from './sts/trust-policy.ts';

const oneOrMore = z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(z.string()));

export const resourcePolicy = z.object({
  Statement: z.array(
    z.object({
      Effect: z.enum(['Allow', 'Deny']),
      Principal: z.union([z.literal('*'), z.object({ Service: oneOrMore.default([]), AWS: oneOrMore.default([]) })]),
      Action: oneOrMore,
      Resource: oneOrMore.default(['*']),
      Condition: z.record(z.string(), z.record(z.string(), oneOrMore)).optional(),
    }),
  ),
});
export type ResourcePolicy = z.infer<typeof resourcePolicy>;

export interface ServiceCall {
  /** `events.amazonaws.com`, the account of a role that a service took on, or the ARN of a role whose session calls. */
  readonly caller: { readonly service: string } | { readonly account: string } | { readonly role: string };
  readonly action: string;
  readonly resource: string;
  /** Condition keys with their values; undefined where the service sends none, and no Allow with a condition matches. */
  readonly context: Readonly<Record<string, string>> | undefined;
}

/** Whether a resource's own policy lets a service in: an Allow that matches, and no Deny. */
export function admits(policy: ResourcePolicy | undefined, call: ServiceCall): boolean {
  const matching = (policy?.Statement ?? []).filter(
    ({ Principal, Action, Resource, Condition }) =>
      isNamed(Principal, call.caller) &&
      Action.some((each) => wildcard(each.toLowerCase(), call.action.toLowerCase())) &&
      Resource.some((each) => wildcard(each, call.resource)) &&
      (!Condition || holds(Condition, call.context)),
  );
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
}

type Statement = ResourcePolicy['Statement'][number];

function isNamed(principal: Statement['Principal'], caller: ServiceCall['caller']): boolean {
  if (principal === '*') return true;
  if ('service' in caller) return principal.Service.includes(caller.service);
  if ('role' in caller && principal.AWS.includes(caller.role)) return true;
  // The account's own policies decide then, which the lab does not ask.
  const account = 'role' in caller ? (caller.role.split(':')[4] ?? '') : caller.account;
  return principal.AWS.some((each) => each === '*' || each === account || each.endsWith(`:iam::${account}:root`));
}

/** Services call by TLS; of what else a condition may ask, the caller sends what is in the context. */
function holds(condition: NonNullable<Statement['Condition']>, context: ServiceCall['context']): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => {
      const actual = key === 'aws:SecureTransport' ? 'true' : context?.[key];
      if (actual === undefined) return false;
      if (operator === 'StringEquals' || operator === 'Bool') return expected.includes(actual);
      if (['ArnEquals', 'ArnLike', 'StringLike'].includes(operator))
        return expected.some((each) => wildcard(each, actual));
      throw new Error(`the lab knows no condition ${operator} of a resource policy; teach resource-policy.ts`);
    }),
  );
}
