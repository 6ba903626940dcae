import type { NewGaps } from '../../contract/events.ts';
import { hasCode } from '../../contract/problem-codes.ts';
import { quotedName } from '../model/text/without-addresses.ts';
import { howMany } from '../model/text/words.ts';
import type { Gap } from './discovery.ts';
import type { GapChange } from './standing-gaps.ts';

/** A mail is read by a person: what is more is in the run's report. */
const mostNamed = 20;
const mostAccounts = 200;

/** Of two gaps in places of the same size, the first of these is worse: somebody may have caused it on purpose. */
const worstCodes = [
  'nodes-distrusted',
  'machines-contested',
  'nodes-in-other-vpc',
  'nodes-without-machine',
  'instances-not-listed',
];

/**
 * What a run could not look at and the run before could, as one message; `undefined` when there is nothing new.
 * @param reminders gaps that were announced a week or more ago and are still there
 */
export function newGapsOf(
  changes: readonly GapChange[],
  { runId, ...where }: Pick<NewGaps, 'runId' | 'failedItems' | 'summary' | 'report'>,
  reminders: readonly GapChange[] = [],
): NewGaps | undefined {
  const news = changes.filter(({ kind }) => kind === 'opened');
  const opened = fairly([...news, ...reminders].toSorted((one, other) => rank(one) - rank(other)));
  if (opened.length === 0) return undefined;

  const off = opened.filter(isHubOff);
  const inOne = off.length > 1 ? [`Security Hub CSPM is off in ${hubOffPlaces(off)}`] : [];
  const others = inOne.length > 0 ? opened.filter((each) => !isHubOff(each)) : opened;
  const words = [
    ...inOne,
    ...others.slice(0, mostNamed - inOne.length).map((each) => `${wordsOf(each)}${stateOf(each, reminders)}`),
  ];
  const named = words.map((each, index) => `(${index + 1}) ${each}`);
  const left = others.length + inOne.length - named.length;
  const more = left > 0 ? `; and ${left} more${unnamed(others, mostNamed - inOne.length)}, which the report names` : '';
  return {
    version: 1,
    runId,
    newGaps: news.length,
    title: [
      ...(news.length > 0 ? [howMany(news.length, 'new gap')] : []),
      ...(reminders.length > 0 ? [`${howMany(reminders.length, 'gap')} still there after a week or more`] : []),
    ].join(', '),
    gaps: `${named.join('; ')}${more}`,
    ...where,
  };
}

function stateOf(gap: GapChange, reminders: readonly GapChange[]): string {
  if (gap.grownFrom !== undefined) return ` (grew from ${gap.grownFrom} to ${gap.size} machines)`;
  return reminders.includes(gap) ? ` (still, since ${gap.since.slice(0, 10)})` : '';
}

/** The worst of each account before the second of any: nobody can push another account's gap out of the mail. */
function fairly(sorted: readonly GapChange[]): readonly GapChange[] {
  const seen = new Map<string, number>();
  const turns = sorted.map((each) => {
    const turn = seen.get(each.accountId) ?? 0;
    seen.set(each.accountId, turn + 1);
    return { each, turn };
  });
  return turns.toSorted((one, other) => one.turn - other.turn).map(({ each }) => each);
}

/** The accounts of which not even the worst gap is named. */
function unnamed(gaps: readonly GapChange[], named: number): string {
  const shown = new Set(gaps.slice(0, named).map(({ accountId }) => accountId));
  const left = [...new Set(gaps.slice(named).map(({ accountId }) => accountId))].filter((each) => !shown.has(each));
  if (left.length === 0) return '';
  const more = left.length > mostAccounts ? ` and ${left.length - mostAccounts} more` : '';
  return ` (also in accounts ${left.slice(0, mostAccounts).join(', ')}${more})`;
}

/**
 * The larger the place, the worse: an account, a Region, a cluster, a node group. Of node groups, those with a machine that AWS confirms come first: anybody
 * can make up Node objects.
 */
function rank({ region, cluster, nodeGroup, code, confirmed }: GapChange): number {
  const place = [region, cluster, nodeGroup].filter((each) => each !== '').length;
  const at = worstCodes.indexOf(code);
  const isClaim = nodeGroup !== '' && !confirmed;
  return place * 20 + (isClaim ? 10 : 0) + (at < 0 ? worstCodes.length : at);
}

/** Names come from the audited account: they are quoted, short and look like no address. */
function wordsOf({ accountId, region, cluster, nodeGroup, code }: GapChange): string {
  const place = [
    accountId && `account ${accountId}`,
    region,
    cluster && `cluster ${quotedName(cluster, 100)}`,
    nodeGroup && quotedName(nodeGroup, 100),
  ].filter(Boolean);
  return `${place.join(', ') || 'the organization'}: ${code}`;
}

/** Security Hub is switched on once for an organization, not place by place: gaps of this code are one message. */
export const isHubOff = hasCode('security-hub-off');

export const switchHubOn =
  'switch it on: in an organization once, from its administrator (docs/deploy.md#security-hub-in-every-account-and-region); in one account and Region by aws securityhub enable-security-hub --no-enable-default-standards; or audit without publishing';

/** `3 account-Regions of 2 accounts: 111122223333 (eu-west-1, us-east-1), 444455556666 (eu-west-1)` */
function hubOffPlaces(places: readonly Pick<Gap, 'accountId' | 'region'>[]): string {
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
