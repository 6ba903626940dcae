import type { Check } from '../../fix/doctor/readiness.ts';
import { howMany } from '../../model/text/words.ts';
import { hanging } from '../../model/text/wrap.ts';
import { plain } from '../not-looked-at.ts';
import type { TableStyle } from '../report.ts';

const statuses = { ready: 'pass', gap: 'fail', note: 'unknown' } as const;

/** The checks place by place, each on a line, with the remedy of a gap below it. */
export function doctorReport(checks: readonly Check[], style: Pick<TableStyle, 'bold' | 'colour' | 'width'>): string {
  const { width } = style;
  const gaps = checks.filter(({ status }) => status === 'gap').length;

  const blocks = [...Map.groupBy(checks, ({ where }) => where)].map(([where, own]) =>
    [
      style.bold(plain(where)),
      ...own.flatMap(({ what, status, says, remedy }) => [
        hanging('         ', plain(`${what}: ${says}`), width).replace(
          '         ',
          `  ${style.colour(status.padEnd(5), statuses[status])}  `,
        ),
        ...(remedy ? [hanging('         → ', plain(remedy), width)] : []),
      ]),
    ].join('\n'),
  );
  const found = `${howMany(gaps, 'gap')}; an audit would report ${gaps === 1 ? 'it' : 'them'} too`;
  const end = gaps === 0 ? 'ready: nothing prevents an audit' : found;
  return `${[...blocks, end].join('\n\n')}\n`;
}

/** The same for programs. */
export const doctorJson = (checks: readonly Check[]): string =>
  `${JSON.stringify({ schemaVersion: 1, ready: checks.every(({ status }) => status !== 'gap'), checks }, undefined, 2)}\n`;
