/** A role's trust policy, in the words of IAM. */
export interface TrustPolicy {
  readonly Version?: string;
  readonly Statement: readonly TrustStatement[];
}

interface TrustStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal:
    | '*'
    | { readonly AWS?: string | readonly string[]; readonly Service?: string | readonly string[] };
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Who asks, and what the request carries. */
export interface TrustRequest {
  readonly accountId: string;
  readonly principalArn: string;
  /** The role behind a session, or the principal itself: `aws:PrincipalArn`. */
  readonly identityArn: string;
  /** Condition keys in lower case with their values. */
  readonly context: Readonly<Record<string, string>>;
}

/** Whether the policy lets this principal assume the role: an Allow that applies, and no Deny. Of the conditions it knows the String and Arn ones. */
export function trusts(policy: TrustPolicy, request: TrustRequest): boolean {
  const applying = policy.Statement.filter(
    (statement) =>
      list(statement.Action).some((action) => wildcard(action.toLowerCase(), 'sts:assumerole')) &&
      matchesPrincipal(statement, request) &&
      matchesConditions(statement, request),
  );
  return applying.some(({ Effect }) => Effect === 'Allow') && !applying.some(({ Effect }) => Effect === 'Deny');
}

function matchesPrincipal({ Principal }: TrustStatement, request: TrustRequest): boolean {
  if (Principal === '*') return true;
  return list(Principal.AWS ?? []).some(
    (principal) =>
      principal === '*' ||
      principal === request.accountId ||
      new RegExp(`^arn:[\\w-]+:iam::${request.accountId}:root$`).test(principal) ||
      principal === request.principalArn ||
      principal === request.identityArn,
  );
}

function matchesConditions({ Condition = {} }: TrustStatement, request: TrustRequest): boolean {
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) =>
      matchesCondition(operator, request.context[key.toLowerCase()], list(expected)),
    ),
  );
}

function matchesCondition(operator: string, actual: string | undefined, expected: readonly string[]): boolean {
  switch (operator) {
    case 'StringEquals':
      return actual !== undefined && expected.includes(actual);
    case 'StringNotEquals':
      return actual === undefined || !expected.includes(actual);
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return actual !== undefined && expected.some((pattern) => wildcard(pattern, actual));
    case 'StringNotLike':
    case 'ArnNotLike':
    case 'ArnNotEquals':
      return actual === undefined || !expected.some((pattern) => wildcard(pattern, actual));
    default:
      throw new Error(`the lab cannot evaluate the condition operator '${operator}'; teach trust-policy.ts`);
  }
}

/** A text of IAM, with * and ?. */
export function wildcard(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
