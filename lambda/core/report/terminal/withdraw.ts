import type { Problem } from '../../model/model.ts';
import { howMany } from '../../model/text/how-many.ts';
import { printable } from '../../model/text/printable.ts';
import type { Gap } from '../../run/discovery.ts';
import type { TableStyle } from '../report.ts';

interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly findings: number;
  readonly open: number;
}

interface Plan {
  readonly places: readonly Place[];
  readonly accounts: number;
  readonly gaps: readonly Gap[];
}

/** What `withdraw` would do, before anything is changed. */
export function withdrawPlanReport({ places, accounts, gaps }: Plan, { draw }: Pick<TableStyle, 'draw'>): string {
  const rows = places.map(({ accountId, region, findings, open }) => [
    accountId,
    region,
    String(findings),
    String(open),
  ]);
  const sum = (count: (place: Place) => number) => places.reduce((all, each) => all + count(each), 0);
  return [
    ...(rows.length > 0 ? [draw(['ACCOUNT', 'REGION', 'FINDINGS', 'OPEN FAILURES'], rows), ''] : []),
    ...gaps.map((gap) => `not looked at: ${gapText(gap)}`),
    `${howMany(accounts, 'account')} looked at: ${howMany(
      sum(({ findings }) => findings),
      'active finding',
    )} to archive, ${howMany(
      sum(({ open }) => open),
      'open failure',
    )} to announce as Finding Withdrawn. Nothing has been changed.`,
    '',
  ].join('\n');
}

interface Withdrawn {
  readonly place: Pick<Place, 'accountId' | 'region'>;
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
