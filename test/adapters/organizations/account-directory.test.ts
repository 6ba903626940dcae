import { beforeEach, describe, expect, it } from 'vitest';
import { accountDirectory, organizationsClient } from '../../../lambda/adapters/organizations/account-directory.ts';
import type { AccountScope } from '../../../lambda/contract/settings.ts';
import type { ListedAccount } from '../../../lambda/flow/ports.ts';
import { labRootId } from '../../lab/aws/organizations/organizations.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const management = '100000000001';
const delegate = '100000000002';
const workloads = 'ou-lab0-workloads';
const production = 'ou-lab0-production';
const sandbox = 'ou-lab0-sandboxes';
const lab = await labOfFile();

beforeEach(() => {
  lab.faults.clear();
  organise();
});

function organise(standing?: 'State' | 'Status'): void {
  const delegatedAdministrators = [delegate];
  lab.organizations.create({ managementAccountId: management, delegatedAdministrators, ...(standing && { standing }) });
  lab.organizations.putUnit({ id: workloads });
  lab.organizations.putUnit({ id: production, parentId: workloads });
  lab.organizations.putUnit({ id: sandbox });
  lab.organizations.putAccount({ id: delegate, name: 'audit' });
  lab.organizations.putAccount({ id: '100000000003', name: 'payments', parentId: production });
  lab.organizations.putAccount({ id: '100000000004', name: 'shop', parentId: workloads });
  lab.organizations.putAccount({ id: '100000000005', name: 'toys', parentId: sandbox });
}

function addMany(): void {
  for (let index = 0; index < 45; index += 1) lab.organizations.putAccount({ id: `2000000000${10 + index}` });
}

const organization = (scope: Partial<Extract<AccountScope, { kind: 'organization' }>> = {}): AccountScope => ({
  kind: 'organization',
  units: [],
  exclude: [],
  ...scope,
});

const clientOf = (as = delegate) =>
  organizationsClient({ region: 'eu-west-1', credentials: async () => lab.credentials(as) });

async function list(scope: AccountScope, client = clientOf()): Promise<readonly ListedAccount[]> {
  const directory = accountDirectory({ scope, partition: 'aws', ownAccountId: delegate, client: () => client });
  return await Array.fromAsync(directory.accounts(new AbortController().signal));
}
const active = (listed: readonly ListedAccount[]) =>
  listed.flatMap((each) => (each.status === 'active' ? [each.account.id] : []));

describe('the whole organization', () => {
  it('is every account of every page, also behind an empty one', async () => {
    addMany();
    lab.faults.inject('organizations:ListAccounts', { kind: 'empty-page' }, { times: 1 });

    const listed = await list(organization());
    expect(active(listed)).toHaveLength(50);
    const account = { id: '100000000003', partition: 'aws', name: 'payments' };
    expect(listed[2]).toEqual({ status: 'active', account });
  });

  it.each(['State', 'Status'] as const)('leaves out accounts that are not active, by %s alone', async (standing) => {
    organise(standing);
    lab.organizations.putAccount({ id: '100000000005', state: 'SUSPENDED' });

    const message = 'account 100000000005 (toys) is SUSPENDED: nobody can enter it';
    const problem = expect.objectContaining({ code: 'account-not-active', message });
    const gap = { accountId: '100000000005', problem };
    expect(await list(organization())).toContainEqual({ status: 'skipped', gap });
  });

  it('leaves out accounts that the settings exclude, and says so', async () => {
    const listed = await list(organization({ exclude: [management] }));

    expect(active(listed)).not.toContain(management);
    expect(listed[0]).toMatchObject({
      status: 'skipped',
      gap: { accountId: management, problem: { code: 'account-excluded' } },
    });
  });

  it('keeps the accounts that were listed before a page was missing, which is a gap', async () => {
    addMany();
    let pages = 0;
    const client = clientOf();
    client.middlewareStack.add((next) => async (args) => {
      pages += 1;
      if (pages === 2) throw Object.assign(new Error('gone'), { name: 'ServiceException', $metadata: {} });
      return await next(args);
    });
    const listed = await list(organization(), client);

    expect(active(listed)).toHaveLength(20);
    expect(listed.at(-1)).toMatchObject({
      status: 'gap',
      gap: { problem: { code: 'accounts-unlisted', message: expect.stringContaining('ServiceException: gone') } },
    });
  });

  it('that throttles every call says so, so that the caller may ask again', async () => {
    const client = clientOf();
    client.middlewareStack.add(() => async () => {
      throw Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException', $metadata: {} });
    });
    const message = expect.stringMatching(/TooManyRequestsException: Rate exceeded; .* at another time$/);
    await expect(list(organization(), client)).rejects.toMatchObject({ code: 'throttled', message });
  });

  it.each([
    // The SDK's word for credentials that are nowhere, and for a session of SSO that is over.
    ['CredentialsProviderError', /^there are no AWS credentials to use \(.*\); sign in again/],
    ['ExpiredTokenException', /^AWS does not accept these credentials \(.*\); sign in again/],
  ])('with credentials of no use it is said to sign in again: %s', async (name, message) => {
    const client = organizationsClient({ region: 'us-east-1' });
    client.middlewareStack.add(() => () => {
      throw Object.assign(new Error('The session is expired'), { name });
    });
    await expect(list(organization(), client)).rejects.toMatchObject({
      code: 'credentials-unusable',
      message: expect.stringMatching(message),
    });
  });

  it('cannot be listed from just any account, and it is said from which', async () => {
    const message = expect.stringMatching(/AccessDeniedException.*delegated administrator/);
    const refused = { code: 'organization-unreadable', message };
    await expect(list(organization(), clientOf('100000000004'))).rejects.toMatchObject(refused);
  });
});

describe('organizational units', () => {
  it('are read with all below them, and each account once', async () => {
    const both = await list(organization({ units: [workloads, production] }));
    expect(active(both)).toEqual(['100000000004', '100000000003']);
    expect(active(await list(organization({ units: [labRootId] })))).toHaveLength(5);
  });

  it('that cannot be read are gaps beside the others', async () => {
    const listed = await list(organization({ units: ['ou-lab0-00000000', sandbox] }));

    expect(active(listed)).toEqual(['100000000005']);
    expect(listed.flatMap((each) => (each.status === 'gap' ? [each.gap.problem.message] : []))).toEqual([
      expect.stringMatching(/^the accounts of ou-lab0-00000000 cannot be listed: ParentNotFoundException/),
      expect.stringMatching(/^the organizational units in ou-lab0-00000000 cannot be listed/),
    ]);
  });

  it('of which none can be read are no run', async () => {
    const unreadable = { code: 'organization-unreadable' };
    await expect(list(organization({ units: ['ou-lab0-00000000'] }))).rejects.toMatchObject(unreadable);
  });
});

it('makes no call for accounts that are named, or the own one', async () => {
  const before = lab.calls.length;
  const accounts = ['111111111111', '222222222222'];
  expect(active(await list({ kind: 'accounts', accounts: [...accounts, ...accounts] }))).toEqual(accounts);
  expect(active(await list({ kind: 'own' }))).toEqual([delegate]);
  expect(lab.calls.slice(before)).toEqual([]);
});
