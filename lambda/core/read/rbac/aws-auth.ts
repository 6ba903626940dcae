import { parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../model/result.ts';
import { printable } from '../../model/text/printable.ts';
import type { IamPrincipal } from './access-policies.ts';

/** etcd keeps no larger object; a real ConfigMap has some kilobytes. */
const longestText = 1_500_000;
const mostEntries = 10_000;

const words = z.string().check(z.minLength(1), z.maxLength(2048));
// Both keys are optional to the authenticator; a mapping without a name is one to the user name ''.
const common = {
  username: z._default(z.string().check(z.maxLength(2048)), ''),
  groups: z._default(z.array(words), []),
};
const roleEntry = z.object({ rolearn: words, ...common });
const userEntry = z.object({ userarn: words, ...common });
const entries = z.array(z.unknown()).check(z.maxLength(mostEntries));

/**
 * The data of the ConfigMap `kube-system/aws-auth` → the principals that it lets in, or why they are unknown. Its writers can put anything there. One
 * unreadable entry makes the whole map unread, since that entry may let a principal in.
 *
 * `mapAccounts` gives the users of an account their ARN as user name and no group: a binding must name such a user, and is found by that name.
 * @see https://github.com/kubernetes-sigs/aws-iam-authenticator#full-configuration-format
 */
export function parseAwsAuth(data: Readonly<Record<string, string>>): Result<readonly IamPrincipal[], string> {
  const roles = entriesOf(data, 'mapRoles', (entry) => {
    const read = roleEntry.safeParse(entry);
    return read.success ? principal(read.data.rolearn, read.data) : undefined;
  });
  if (!roles.ok) return roles;
  const users = entriesOf(data, 'mapUsers', (entry) => {
    const read = userEntry.safeParse(entry);
    return read.success ? principal(read.data.userarn, read.data) : undefined;
  });
  return users.ok ? ok([...roles.value, ...users.value]) : users;
}

const principal = (
  arn: string,
  { username, groups }: { readonly username: string; readonly groups: readonly string[] },
): IamPrincipal => ({ arn, username, groups, from: 'aws-auth', policies: [] });

function entriesOf(
  data: Readonly<Record<string, string>>,
  key: 'mapRoles' | 'mapUsers',
  principalOf: (entry: unknown) => IamPrincipal | undefined,
): Result<readonly IamPrincipal[], string> {
  const text = new Map(Object.entries(data)).get(key) ?? '';
  if (text.length > longestText) return err(`${key} is longer than ${longestText} characters`);
  const list = listIn(text);
  if (list === undefined) return err(`${key} is no list in YAML of at most ${mostEntries} entries`);

  const read = list.map(principalOf);
  const broken = read.indexOf(undefined);
  if (broken >= 0) {
    const arn = key === 'mapRoles' ? 'rolearn' : 'userarn';
    return err(
      `entry ${broken + 1} of ${key} has no ${arn}, or something else as username or groups: ${printable(JSON.stringify(list[broken]), 100)}`,
    );
  }
  return ok(read.filter((each) => each !== undefined));
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
