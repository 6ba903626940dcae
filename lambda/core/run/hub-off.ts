import { hasCode } from '../../contract/problem-codes.ts';
import { howMany } from '../model/text/how-many.ts';

/** Security Hub is switched on once for an organization, not place by place: gaps of this code are one message. */
export const isHubOff = hasCode('security-hub-off');

export const switchHubOn =
  'switch it on: in an organization once, from its administrator (docs/deploy.md#security-hub-in-every-account-and-region); in one account and Region by aws securityhub enable-security-hub --no-enable-default-standards; or audit without publishing';

interface Place {
  readonly accountId?: string;
  readonly region?: string;
}

/** So many accounts are named. */
const mostNamed = 20;

/** `3 account-Regions of 2 accounts: 111122223333 (eu-west-1, us-east-1), 444455556666 (eu-west-1)` */
export function hubOffPlaces(places: readonly Place[]): string {
  const regionsOf = Map.groupBy(places, ({ accountId = '' }) => accountId);
  const accounts = [...regionsOf].map(([account, of]) => ({
    account,
    regions: [...new Set(of.map(({ region = '' }) => region))].toSorted(),
  }));
  const count = accounts.reduce((sum, { regions }) => sum + regions.length, 0);
  const named = accounts.slice(0, mostNamed).map(({ account, regions }) => `${account} (${regions.join(', ')})`);
  const more = accounts.length > named.length ? `, and ${accounts.length - named.length} more` : '';
  return `${howMany(count, 'account-Region')} of ${howMany(accounts.length, 'account')}: ${named.join(', ')}${more}`;
}
