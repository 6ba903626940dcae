import { parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../model/result.ts';
import { printable } from '../../model/text/words.ts';
import type { IamPrincipal } from './access-policies.ts';

/** etcd keeps no larger object; a real ConfigMap has some kilobytes. */
const longestText = 1_500_000;
const mostEntries = 10_000;

const words = z.string().check(z.minLength(1), z.maxLength(2048));
// Both keys are optional to the authenticator; a mapping without a name is one to the user name ''.
const common = z.object({
  username: z._default(z.string().check(z.maxLength(2048)), ''),
  groups: z._default(z.array(words), []),
});
const entries = z.array(z.unknown()).check(z.maxLength(mostEntries));

/**
 * The data of the ConfigMap `kube-system/aws-auth` → the principals that it lets in, or why they are unknown. Its writers can put anything there. One
 * unreadable entry makes the whole map unread, since that entry may let a principal in.
 *
 * `mapAccounts` gives the users of an account their ARN as user name and no group: a binding must name such a user, and is found by that name.
 * @see https://github.com/kubernetes-sigs/aws-iam-authenticator#full-configuration-format
 */
export function parseAwsAuth(data: Readonly<Record<string, string>>): Result<readonly IamPrincipal[], string> {
  const roles = principalsIn(data, 'mapRoles', 'rolearn');
  const users = roles.ok ? principalsIn(data, 'mapUsers', 'userarn') : roles;
  return roles.ok && users.ok ? ok([...roles.value, ...users.value]) : users;
}

function principalsIn(
  data: Readonly<Record<string, string>>,
  key: 'mapRoles' | 'mapUsers',
  field: 'rolearn' | 'userarn',
): Result<readonly IamPrincipal[], string> {
  const text = new Map(Object.entries(data)).get(key) ?? '';
  if (text.length > longestText) return err(`${key} is longer than ${longestText} characters`);

  const list = listIn(text);
  if (list === undefined) return err(`${key} is no list in YAML of at most ${mostEntries} entries`);

  const principals: IamPrincipal[] = [];
  for (const [index, each] of list.entries()) {
    const named = z.object({ [field]: words }).safeParse(each);
    const entry = common.safeParse(each);
    if (!named.success || !entry.success)
      return err(
        `entry ${index + 1} of ${key} has no ${field}, or something else as username or groups: ${printable(JSON.stringify(each), 100)}`,
      );
    principals.push({ arn: named.data[field] ?? '', ...entry.data, from: 'aws-auth', policies: [] });
  }
  return ok(principals);
}

/** Every scalar as text: an account number keeps its zeros. Aliases that multiply are refused. */
function listIn(text: string): readonly unknown[] | undefined {
  if (text.trim() === '') return [];

  try {
    const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false, logLevel: 'error' });
    if (document.errors.length + document.warnings.length > 0) return undefined;
    const list = document.toJS({ maxAliasCount: 100 });
    // `mapUsers: |` with nothing but a comment below it is no entry.
    if (list === '' || list === null) return [];
    const read = entries.safeParse(list);
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
