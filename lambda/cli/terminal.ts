import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { VerdictStatus } from '../core/model.ts';
import type { TableStyle } from '../core/reports/table.ts';

/** What the command line writes to and knows of its surroundings; a test gives its own. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

const colours = {
  pass: 'green',
  fail: 'red',
  warn: 'yellow',
  unknown: 'magenta',
  'not-applicable': 'gray',
} as const satisfies Record<VerdictStatus, string>;

const noFrame = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: ' ',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Tables and colours for people: colours only for a terminal that wants them (NO_COLOR, FORCE_COLOR). */
export function tableStyle({ stdout, env }: Pick<Terminal, 'stdout' | 'env'>): TableStyle {
  const coloured = wantsColour({ stdout, env });
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    coloured ? styleText(format, text, { validateStream: false }) : text;

  return {
    bold: (text) => paint('bold', text),
    colour: (text, status) => paint(colours[status], text),
    draw(head, rows) {
      const colWidths = widthsOf(head, rows, stdout);
      const blocks = Array.from({ length: Math.max(1, Math.ceil(rows.length / rowsAtOnce)) }, (_, block) => {
        const table = new Table({
          ...(block === 0 && { head: [...head] }),
          colWidths: [...colWidths],
          wordWrap: stdout.isTTY === true,
          chars: noFrame,
          style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
        });
        table.push(...rows.slice(block * rowsAtOnce, (block + 1) * rowsAtOnce).map((row) => [...row]));
        return table.toString();
      });
      return blocks
        .join('\n')
        .split('\n')
        .map((line) => line.trimEnd())
        .join('\n');
    },
  };
}

/** The table library keeps an object for every cell: thousands of nodes are drawn in blocks. */
const rowsAtOnce = 500;

/** As wide as the widest cell. In a terminal the last column, which holds the sentences, is wrapped to what is left of the width. */
function widthsOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { isTTY, columns }: Terminal['stdout'],
): readonly number[] {
  const widths = head.map((title, column) =>
    rows.reduce((widest, row) => Math.max(widest, visible(row[column] ?? '')), title.length),
  );
  if (!isTTY || !columns) return widths;

  const taken = widths.slice(0, -1).reduce((sum, width) => sum + width + gap, 1);
  return [...widths.slice(0, -1), Math.max(30, Math.min(columns - taken - 1, widths.at(-1) ?? 0))];
}

const gap = 2;
const visible = (text: string): number => text.replace(/\u001b\[[0-9;]*m/g, '').length;

function wantsColour({ stdout, env }: Pick<Terminal, 'stdout' | 'env'>): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true;
  return stdout.isTTY === true;
}
