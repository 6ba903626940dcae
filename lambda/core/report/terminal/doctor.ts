import type { Check } from '../../fix/doctor/readiness.ts';
import { howMany } from '../../model/text/words.ts';
import { hanging } from '../../model/text/wrap.ts';
import { plain } from '../not-looked-at.ts';
import type { TableStyle } from '../report.ts';
import { causeLines, placeCount } from './cause-lines.ts';

const statuses = { ready: 'pass', gap: 'fail', note: 'unknown' } as const;

/** Clusters that are still shown one by one. */
const mostPlaces = 3;

/**
 * The checks place by place, each on a line, with the remedy of a gap below it. Of many places, what is ready is counted, and gaps are listed by cause;
 * with `verbose` every place has its lines.
 */
export function doctorReport(
  checks: readonly Check[],
  style: Pick<TableStyle, 'bold' | 'colour' | 'width' | 'verbose'>,
): string {
  const byPlace = Map.groupBy(checks, ({ where }) => where);
  const isShort = style.verbose || byPlace.size <= mostPlaces + 1;
  const blocks = isShort ? [...byPlace].map(([where, own]) => placeBlock(where, own, style)) : together(checks, style);
  const gaps = checks.filter(({ status }) => status === 'gap').length;
  const found = `${howMany(gaps, 'gap')}; an audit would report ${gaps === 1 ? 'it' : 'them'} too`;
  const end = gaps === 0 ? 'ready: nothing prevents an audit' : found;
  const more = isShort ? [] : ['--verbose shows the checks of each place.'];
  return `${[...blocks, [end, ...more].join('\n')].join('\n\n')}\n`;
}

type Style = Parameters<typeof doctorReport>[1];

const placeBlock = (where: string, own: readonly Check[], style: Style): string =>
  [
    style.bold(plain(where)),
    ...own.flatMap(({ what, status, says, remedy }) => [
      checkLine(status, `${what}: ${says}`, style),
      ...(remedy ? [hanging('         → ', plain(remedy), style.width)] : []),
    ]),
  ].join('\n');

const headOf = (status: Check['status'], { colour }: Style): string =>
  `  ${colour(status.padEnd(5), statuses[status])}  `;

const checkLine = (status: Check['status'], text: string, style: Style): string =>
  hanging(headOf(status, style), plain(text), style.width);

/** What is ready, counted by check; then notes and gaps, by cause. */
function together(checks: readonly Check[], style: Style): readonly string[] {
  const ready = [...Map.groupBy(ofStatus(checks, 'ready'), ({ what }) => what)].map(([what, own]) => {
    const [first] = own;
    const places = new Set(own.map(({ where }) => where));
    return checkLine('ready', `${what}: ${places.size === 1 ? first?.says : placeCount(places)}`, style);
  });
  const byCause = (['note', 'gap'] as const).map((status) => {
    const all = ofStatus(checks, status).map(({ where, what, says, remedy = '', code = what }) => ({
      where,
      code,
      message: status === 'note' ? `${what}: ${says}` : says,
      remedy,
    }));
    return causeLines(all, { width: style.width, head: headOf(status, style) });
  });
  return [ready, ...byCause].filter(({ length }) => length > 0).map((lines) => lines.join('\n'));
}

const ofStatus = (checks: readonly Check[], status: Check['status']): readonly Check[] =>
  checks.filter((each) => each.status === status);

/** The same for programs. */
export const doctorJson = (checks: readonly Check[]): string =>
  `${JSON.stringify({ schemaVersion: 1, ready: checks.every(({ status }) => status !== 'gap'), checks }, undefined, 2)}\n`;
