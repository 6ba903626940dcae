import { execProblem } from './exec-plugin.ts';

/** One cluster or user of a kubeconfig, as it is written. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * What becomes of each field that kubectl knows; docs/access.md has the same table. `taken`: as kubectl takes it. `silent`: means nothing for reading nodes.
 * Any other field, `disable-compression` too, is ignored with a warning. Source: client-go `tools/clientcmd/api/v1/types.go`.
 */
const fieldsOf = {
  cluster: {
    taken: 'server tls-server-name insecure-skip-tls-verify certificate-authority certificate-authority-data proxy-url',
    silent: 'extensions',
  },
  user: {
    taken:
      'client-certificate client-certificate-data client-key client-key-data token tokenFile as as-uid as-groups as-user-extra username password auth-provider exec',
    silent: 'extensions',
  },
} as const;

/** One sentence for each field that is there and changes nothing. */
export function ignoredFields(kind: keyof typeof fieldsOf, fields: Fields): readonly string[] {
  const { taken, silent } = fieldsOf[kind];
  const known = new Set(`${taken} ${silent}`.split(' '));
  return Object.keys(fields)
    .filter((each) => !known.has(each) && fields[each] !== false)
    .slice(0, 20)
    .map((each) => `the ${kind} of the kubeconfig has '${each}', which is ignored`);
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** Why kubectl takes no such user, as the end of a sentence about it. Source: client-go `tools/clientcmd/validation.go`, `plugin/pkg/client/auth`. */
export function userProblem(user: Fields): string | undefined {
  const has = (...names: readonly string[]) => names.some((each) => isSet(user[each]));
  const provider = Object(user['auth-provider'] ?? {}).name;
  if (has('auth-provider') && has('exec')) return 'has an auth-provider and an exec plugin; leave one of them out';
  if (has('auth-provider') && provider !== 'oidc')
    return 'has an auth-provider that kubectl no longer has; use the exec plugin of your cloud (for EKS: aws eks update-kubeconfig)';
  if (has('token') && has('username', 'password')) return 'has a token and a password; leave one of them out';
  if (has('client-certificate', 'client-certificate-data') && !has('client-key', 'client-key-data'))
    return 'has a client certificate without its key; add client-key or client-key-data';
  return has('exec') ? execProblem(user['exec']) : undefined;
}
