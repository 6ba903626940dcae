import type { Problem } from '../../model/model.ts';
import { howMany, printable } from '../../model/text/words.ts';
import type { Gap } from '../../run/discovery.ts';
import type { TableStyle } from '../report.ts';

interface Withdrawal {
  readonly places: readonly Readonly<Record<'accountId' | 'region', string> & Record<'findings' | 'open', number>>[];
  readonly accounts: number;
  readonly gaps: readonly Gap[];
}

/** The plan of `withdraw`, before anything is changed. */
export function withdrawPlanReport({ places, accounts, gaps }: Withdrawal, { draw }: Pick<TableStyle, 'draw'>): string {
  const rows = places.map(({ accountId, region, findings, open }) => [accountId, region, `${findings}`, `${open}`]);
  const sum = (of: 'findings' | 'open') => places.reduce((all, place) => all + place[of], 0);
  return [
    ...(rows.length > 0 ? [draw(['ACCOUNT', 'REGION', 'FINDINGS', 'OPEN FAILURES'], rows), ''] : []),
    ...gaps.map((gap) => `not looked at: ${gapText(gap)}`),
    `${howMany(accounts, 'account')} looked at: ${howMany(sum('findings'), 'active finding')} to archive, ${howMany(sum('open'), 'open failure')} to announce as Finding Withdrawn. Nothing has been changed.`,
    '',
  ].join('\n');
}

interface Withdrawn {
  readonly place: Readonly<Record<'accountId' | 'region', string>>;
  readonly published?: { readonly imported: number };
  readonly announced: number;
  readonly problems: readonly Problem[];
}

/** One place, once it is done. */
export const withdrawnLine = ({ place, published, announced, problems }: Withdrawn): string =>
  [
    `${place.accountId} ${place.region}: ${howMany(published?.imported ?? 0, 'finding')} archived, ${howMany(announced, 'open failure')} announced`,
    ...problems.map(({ message, remedy }) => `  ${printable(`${message}; ${remedy}`, 1_000)}`),
  ]
    .map((line) => `${line}\n`)
    .join('');

const gapText = ({ accountId, region, problem: { message, remedy } }: Gap): string =>
  printable(`${[[accountId, region].filter(Boolean).join(' '), message].filter(Boolean).join(': ')}; ${remedy}`, 1_000);
