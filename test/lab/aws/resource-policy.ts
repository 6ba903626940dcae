import { z } from 'zod';

/** IAM takes one text where it takes a list. */
const oneOrMore = z
  .union([z.string(), z.array(z.string()).readonly()])
  .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value));

const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([
    z.literal('*'),
    z.strictObject({ Service: oneOrMore.default([]), AWS: oneOrMore.default([]) }).readonly(),
  ]),
  Action: oneOrMore,
  Resource: oneOrMore.default(['*']),
  Condition: z.record(z.string(), z.record(z.string(), oneOrMore).readonly()).readonly().default({}),
});

/** A policy of a resource, in the words of IAM: a role's trust policy, that of a key, a topic, a queue. */
export const resourcePolicy = z.object({ Statement: z.array(statementSchema.readonly()).readonly() });
export type ResourcePolicy = z.output<typeof resourcePolicy>;
/** The same as people write it: one text for a list of one. */
export type WrittenPolicy = Readonly<z.input<typeof resourcePolicy>> & { readonly Version?: string };
/** A role's own policy names no principal: it speaks of the role that it belongs to. */
export const identityPolicy = z
  .object({ Statement: z.array(z.looseObject({ Principal: z.undefined().optional() })) })
  .transform(({ Statement }) =>
    resourcePolicy.parse({ Statement: Statement.map((each) => ({ ...each, Principal: '*' })) }),
  );

type Statement = z.output<typeof statementSchema>;

export interface ServiceCall {
  /** `events.amazonaws.com`, or the account that calls, with the ARNs by which a policy may name the principal. */
  readonly caller: { readonly service: string } | { readonly account: string; readonly arns?: readonly string[] };
  readonly action: string;
  readonly resource: string;
  /** Condition keys with their values; undefined where the service sends none, and no Allow with a condition matches. */
  readonly context: Readonly<Record<string, string>> | undefined;
}

/** Whether a resource's own policy lets the caller in: an Allow that matches, and no Deny. */
export function admits(policy: ResourcePolicy | undefined, call: ServiceCall): boolean {
  const context = Object.fromEntries(
    Object.entries({ 'aws:SecureTransport': 'true', ...call.context }).map(([key, value]) => [
      key.toLowerCase(),
      value,
    ]),
  );
  const matching = (policy?.Statement ?? []).filter(
    ({ Principal, Action, Resource, Condition }) =>
      isNamed(Principal, call.caller) &&
      Action.some((each) => wildcard(each.toLowerCase(), call.action.toLowerCase())) &&
      Resource.some((each) => wildcard(each, call.resource)) &&
      Object.entries(Condition).every(([operator, keys]) =>
        Object.entries(keys).every(([key, expected]) => holds(operator, context[key.toLowerCase()], expected)),
      ),
  );
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
}

function isNamed(principal: Statement['Principal'], caller: ServiceCall['caller']): boolean {
  if (principal === '*') return true;
  if ('service' in caller) return principal.Service.includes(caller.service);
  const { account, arns = [] } = caller;
  // Named by its root, the account's own policies decide too.
  return principal.AWS.some(
    (each) => each === '*' || each === account || each.endsWith(`:iam::${account}:root`) || arns.includes(each),
  );
}

function holds(operator: string, actual: string | undefined, expected: readonly string[]): boolean {
  // A negation also holds where there is no value.
  if (operator.includes('Not')) return !holds(operator.replace('Not', ''), actual, expected);
  switch (operator) {
    case 'StringEquals':
    case 'Bool':
      return actual !== undefined && expected.includes(actual);
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return actual !== undefined && expected.some((pattern) => wildcard(pattern, actual));
    default:
      throw new Error(`the lab cannot evaluate the condition operator '${operator}'; teach resource-policy.ts`);
  }
}

/** A text of IAM, with * and ?. */
function wildcard(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
