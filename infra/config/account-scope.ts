import type { AccountScope } from '../../lambda/contract/settings.ts';
import type { Settings } from './deployment-fields.ts';

/** Which accounts the settings mean: the organization's, those listed, or the hub's own. */
export function accountScope({ accounts, organization }: Pick<Settings, 'accounts' | 'organization'>): AccountScope {
  if (organization) return { kind: 'organization', units: organization.units, exclude: organization.exclude };
  if (accounts.length > 0) return { kind: 'accounts', accounts };
  return { kind: 'own' };
}
