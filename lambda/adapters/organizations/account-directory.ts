import { OrganizationsClient } from '@aws-sdk/client-organizations';
import type { AccountScope } from '../../contract/settings.ts';
import type { AccountDirectory } from '../../flow/ports.ts';
import { type AwsAccess, patientSettings } from '../aws-access.ts';
import { organizationAccounts } from './organization-accounts.ts';

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
