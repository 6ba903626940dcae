import {
  type Account,
  OrganizationsClient,
  paginateListAccounts,
  paginateListAccountsForParent,
  paginateListOrganizationalUnitsForParent,
} from '@aws-sdk/client-organizations';
import type { AccountScope } from '../../contract/settings.ts';
import type { Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { printable } from '../../core/model/text/words.ts';
import type { AccountDirectory, ListedAccount } from '../../flow/ports.ts';
import {
  type AwsAccess,
  awsErrorText,
  isBadCredentials,
  isThrottled,
  patientSettings,
  unusableCredentials,
} from '../aws-access.ts';

interface DirectoryOptions {
  readonly scope: AccountScope;
  /** The caller's partition: an organization has no account in another. */
  readonly partition: string;
  /** The caller's own account, for the scope `own`. */
  readonly ownAccountId?: string;
  /** Made only where the organization is asked. */
  readonly client: () => OrganizationsClient;
}

/** The accounts of a scope. AWS Organizations is asked only when the scope is the organization. */
export function accountDirectory({ scope, partition, ownAccountId, client }: DirectoryOptions): AccountDirectory {
  switch (scope.kind) {
    case 'own':
      return these(ownAccountId ? [ownAccountId] : undefined, partition);
    case 'accounts':
      return these(scope.accounts, partition);
    case 'organization':
      return {
        accounts: (signal) => organizationAccounts({ client: client(), partition, signal, ...scope }),
      };
  }
}

const these = (ids: readonly string[] | undefined, partition: string): AccountDirectory => ({
  async *accounts() {
    if (!ids) throw new Error('the own account is to be audited, and nobody said which that is');
    for (const id of new Set(ids)) yield { status: 'active', account: { id, partition } };
  },
});

/** Organizations is one for all Regions of a partition; the SDK finds it from any of them. */
export const organizationsClient = (access: AwsAccess): OrganizationsClient =>
  new OrganizationsClient(patientSettings(access));

interface Organization {
  readonly client: OrganizationsClient;
  readonly partition: string;
  /** Roots and organizational units, each with all below; the whole organization when empty. */
  readonly units: readonly string[];
  readonly exclude: readonly string[];
  readonly signal: AbortSignal;
}

const pageSize = 20;

/**
 * Each account once, even if it is below several of the units. What cannot be listed is a gap beside the others. IAM: organizations:ListAccounts, or
 * for units ListAccountsForParent and ListOrganizationalUnitsForParent; from the management account or a delegated administrator only.
 * @throws OperatorError `organization-unreadable` when nothing at all can be listed, `throttled` when that may pass
 */
async function* organizationAccounts(organization: Organization): AsyncGenerator<ListedAccount> {
  const seen = new Set<string>();
  const faults: Fault[] = [];
  let answered = false;

  for await (const read of organization.units.length > 0 ? ofUnits(organization) : ofAll(organization)) {
    if ('error' in read) {
      faults.push(read);
      continue;
    }
    answered = true;
    for (const account of read) {
      if (!account.Id || seen.has(account.Id)) continue;
      seen.add(account.Id);
      yield listed(account, account.Id, organization);
    }
  }

  const [first] = faults;
  if (first && !answered) throw isBadCredentials(first.error) ? unusableCredentials(first.error) : unreadable(first);
  for (const fault of faults) yield { status: 'gap', gap: { problem: organizationProblem(fault) } };
}

interface Fault {
  /** `the accounts of the organization`, `the accounts of ou-…` */
  readonly what: string;
  readonly error: unknown;
}

/** A page of accounts, or why it could not be read. */
type AccountsResult = readonly Account[] | Fault;

/** What each page holds, and at the end why there is no further one. */
async function* pageByPage<Page, Item>(
  pages: AsyncIterable<Page>,
  what: string,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): AsyncGenerator<readonly Item[] | Fault> {
  try {
    for await (const page of pages) yield itemsOf(page) ?? [];
  } catch (error) {
    yield { what, error };
  }
}

const ofAll = ({ client, signal }: Organization): AsyncGenerator<AccountsResult> => {
  const pages = paginateListAccounts({ client, pageSize }, {}, { abortSignal: signal });
  return pageByPage(pages, 'the accounts of the organization', ({ Accounts }) => Accounts);
};

/** Unit by unit: its accounts, then the units in it. A unit that cannot be read costs no other. */
async function* ofUnits({ client, units, signal }: Organization): AsyncGenerator<AccountsResult> {
  const left = [...units];
  const visited = new Set<string>();

  for (let unit = left.shift(); unit !== undefined; unit = left.shift()) {
    if (visited.has(unit)) continue;
    visited.add(unit);

    const given = [{ client, pageSize }, { ParentId: unit }, { abortSignal: signal }] as const;
    yield* pageByPage(paginateListAccountsForParent(...given), `the accounts of ${unit}`, ({ Accounts }) => Accounts);
    const below = paginateListOrganizationalUnitsForParent(...given);
    const what = `the organizational units in ${unit}`;
    for await (const read of pageByPage(below, what, ({ OrganizationalUnits }) => OrganizationalUnits))
      if ('error' in read) yield read;
      else left.push(...read.flatMap(({ Id = [] }) => Id));
  }
}

function listed(account: Account, id: string, { partition, exclude }: Organization): ListedAccount {
  // AWS announced that `Status` would be retired in September 2026; older answers have nothing else.
  const state = account.State ?? account.Status ?? 'unknown';
  const name = printable(account.Name ?? '', 50);

  if (exclude.includes(id)) return skipped(id, excluded(id, name));
  if (state !== 'ACTIVE') return skipped(id, notActive(id, name, state));
  return { status: 'active', account: { id, partition, ...(name && { name }) } };
}

const skipped = (accountId: string, problem: Problem): ListedAccount => ({
  status: 'skipped',
  gap: { accountId, problem },
});

const called = (id: string, name: string): string => (name ? `${id} (${name})` : id);

const excluded = (id: string, name: string): Problem => ({
  code: 'account-excluded',
  message: `account ${called(id, name)} is excluded by the settings`,
  remedy: 'do nothing if this is intended; otherwise remove it from the excluded accounts',
});

const notActive = (id: string, name: string, state: string): Problem => ({
  code: 'account-not-active',
  message: `account ${called(id, name)} is ${printable(state, 40)}: nobody can enter it`,
  remedy: 'nothing; it is audited again when AWS Organizations says that it is ACTIVE',
});

const organizationProblem = ({ what, error }: Fault): Problem => ({
  code: isThrottled(error) ? 'throttled' : 'accounts-unlisted',
  message: `${what} cannot be listed: ${awsErrorText(error)}`,
  remedy: 'check the id and the rights of this principal in AWS Organizations, then run the audit again',
});

const unreadable = ({ what, error }: Fault): OperatorError => {
  const throttled = isThrottled(error);
  const remedy = throttled
    ? 'the rates of AWS Organizations are shared by the whole organization: run the audit again at another time'
    : 'run from the management account, register this account as a delegated administrator of a service (aws organizations register-delegated-administrator), or name the accounts one by one';

  return new OperatorError(
    throttled ? 'throttled' : 'organization-unreadable',
    `${what} cannot be listed: ${awsErrorText(error)}; ${remedy}`,
    { cause: error },
  );
};
