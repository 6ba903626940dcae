import { createInterface } from 'node:readline';
import { styleText } from 'node:util';
import type { AccessStatus } from '../core/model/model.ts';
import { plainJson } from '../core/model/text/words.ts';
import { columns, hanging, wrap } from '../core/model/text/wrap.ts';
import type { TableStyle } from '../core/report/report.ts';
import type { Log } from '../flow/ports.ts';

/** The streams and the environment of the command line; a test gives its own. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Set by -q or -v of the command; without them the environment decides. */
  verbosity?: Verbosity;
  /** Set by --width of the command. */
  width?: number;
}

const colours = {
  pass: 'green',
  fail: 'red',
  warn: 'yellow',
  waived: 'yellow',
  unknown: 'magenta',
  'not-applicable': 'gray',
} as const satisfies Record<AccessStatus, string>;

/** Columns where there is no terminal: a pull request, a mail and a log show as much. */
const usualWidth = 120;

/**
 * Tables and colours for people: colours only for a terminal that wants them (NO_COLOR, FORCE_COLOR). As wide as
 * `--width`, the terminal, COLUMNS, or 120 columns.
 */
export function tableStyle(
  terminal: Pick<Terminal, 'stdout' | 'env' | 'width' | 'verbosity'>,
  output?: string,
): TableStyle {
  const { stdout, env, width: wanted } = terminal;
  const onScreen = stdout.isTTY === true && output === undefined;
  const width = wanted ?? (output === undefined ? screenWidth({ stdout, env }) : undefined) ?? usualWidth;
  const coloured = wantsColour(onScreen, env);
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    coloured ? styleText(format, text, { validateStream: false }) : text;

  return {
    bold: (text) => paint('bold', text),
    colour: (text, status) => paint(colours[status], text),
    width,
    verbose: verbosityOf(terminal) === 'verbose',
    draw(head, rows) {
      const widths = widthsOf(head, rows);
      if (sum(widths) <= width) return asTable(head, rows, widths);

      const left = width - sum(widths.slice(0, -1)) - gap;
      if (left < Math.max(Math.min(leastSentence, widths.at(-1) ?? 0), longestWord(rows)))
        return asLines([head, ...rows], { width, widths, left });
      const wrapped = rows.map((row) => [...row.slice(0, -1), wrap(row.at(-1) ?? '', left)]);
      return asTable(head, wrapped, [...widths.slice(0, -1), undefined]);
    },
  };
}

/** The last column holds the sentences: narrower than this they are no longer readable. */
const leastSentence = 40;

/** Columns side by side; a cell may have several lines. A table library keeps an object for every cell, and a cluster may have ten thousand rows. */
function asTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly (number | undefined)[],
): string {
  const lines: string[] = [];
  for (const row of [head, ...rows]) {
    const cells = row.map((cell) => cell.split('\n'));
    const height = Math.max(...cells.map(({ length }) => length));
    for (let line = 0; line < height; line += 1)
      lines.push(
        ` ${cells.map((cell, column) => padded(cell[line] ?? '', widths[column] ?? 0)).join(' '.repeat(gap))}`.trimEnd(),
      );
  }
  return lines.join('\n');
}

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - columns(text)));

/** Rows that are wider than the terminal: cells side by side, in columns if all of them fit, and a sentence that is too wide below them. */
function asLines(
  rows: readonly (readonly string[])[],
  { width, widths, left }: { readonly width: number; readonly widths: readonly number[]; readonly left: number },
): string {
  const [leadWidth = 0] = widths;
  const indent = ' '.repeat(1 + leadWidth + gap);
  const room = Math.max(30, width - indent.length);

  return rows
    .map((row) => {
      const [first = '', ...others] = row;
      const last = others.pop() ?? '';
      const beside = left > 0 ? others.map((cell, column) => padded(cell, widths[column + 1] ?? 0)) : others;
      const isShort = columns(last) <= Math.max(left, shortSentence);
      const lines = filled([...beside, ...(isShort ? [last] : [])].filter(Boolean), room);
      const sentence = isShort ? [] : wrap(last, room).split('\n');
      return ` ${padded(first, leadWidth + gap)}${[...lines, ...sentence].map((line) => line.trimEnd()).join(`\n${indent}`)}`.trimEnd();
    })
    .join('\n');
}

/** A sentence of at most this length stays beside the other cells. */
const shortSentence = 24;

/** Cells side by side, as many as fit on a line. */
function filled(cells: readonly string[], room: number): readonly string[] {
  const lines: string[] = [];
  for (const cell of cells) {
    const before = lines.at(-1);
    if (before !== undefined && columns(before) + gap + columns(cell) <= room)
      lines.splice(-1, 1, `${before}  ${cell}`);
    else lines.push(...(columns(cell) <= room ? [cell] : wrap(cell, room).split('\n')));
  }
  return lines;
}

const widthsOf = (head: readonly string[], rows: readonly (readonly string[])[]): readonly number[] =>
  head.map((title, column) => rows.reduce((widest, row) => Math.max(widest, columns(row[column] ?? '')), title.length));

/** The longest word of the last column: the terminal would break a longer path at the wrong place. */
const longestWord = (rows: readonly (readonly string[])[]): number =>
  rows.reduce((most, row) => (row.at(-1) ?? '').split(' ').reduce((max, { length }) => Math.max(max, length), most), 0);

const gap = 2;
/** With the gaps between the columns, and the margin. */
const sum = (widths: readonly number[]): number => widths.reduce((all, each) => all + each + gap, 1 - gap);

/** Columns that a person sees or asked for; none where a script may read the output. */
export const screenWidth = ({ stdout, env, width }: Pick<Terminal, 'stdout' | 'env' | 'width'>): number | undefined =>
  width ?? ((stdout.isTTY === true ? stdout.columns : columnsOf(env)) || undefined);

/** The width that users set who pipe a report to a screen (`| less`). */
function columnsOf({ COLUMNS: text = '' }: Terminal['env']): number | undefined {
  return /^\d{2,4}$/.test(text) ? Number(text) : undefined;
}

export function wantsColour(onScreen: boolean, env: Terminal['env']): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true;
  return onScreen && env['TERM'] !== 'dumb';
}

/** How much stderr shows: errors only, warnings too, or each step. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

export const debugVariable = 'EKS_KUBELET_AUDIT_DEBUG';

export function verbosityOf({ verbosity, env }: Pick<Terminal, 'verbosity' | 'env'>): Verbosity {
  if (verbosity) return verbosity;
  if (env[debugVariable]) return 'verbose';
  return env['EKS_KUBELET_AUDIT_QUIET'] ? 'quiet' : 'normal';
}

/** Warnings and errors for a person, on stderr; the rest only when it is verbose. */
export function terminalLog({ stderr, env, ...terminal }: Pick<Terminal, 'stderr' | 'env' | 'verbosity'>): Log {
  const verbosity = verbosityOf({ env, ...terminal });
  const isVerbose = verbosity === 'verbose';
  const width = (stderr.isTTY ? stderr.columns : columnsOf(env)) || Number.POSITIVE_INFINITY;
  const line =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const { error, ...rest } = fields;
      const stack = isVerbose && error instanceof Error ? `\n${error.stack ?? ''}` : '';
      const details = Object.entries(rest).map(([name, value]) => ` ${name}=${plainJson(value)}`);
      stderr.write(`${hanging(`${level}: `, `${message}${details.join('')}`, width)}${stack}\n`);
    };
  const quiet = () => undefined;

  return {
    debug: isVerbose ? line('debug') : quiet,
    info: isVerbose ? line('info') : quiet,
    warn: verbosity === 'quiet' ? quiet : line('warning'),
    error: line('error'),
  };
}

/**
 * Asks a person on the terminal to type a word. Any other input, also its end, is a no.
 * @returns `interrupted` for Ctrl-C
 */
export function typedWord(
  question: string,
  word: string,
  { stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>,
): Promise<'yes' | 'no' | 'interrupted'> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: stdin, output: stderr });
    const answer = (given: 'yes' | 'no' | 'interrupted') => {
      resolve(given);
      lines.close();
    };
    lines.once('SIGINT', () => answer('interrupted'));
    lines.once('close', () => resolve('no'));
    lines.question(question, (text) => answer(text.trim() === word ? 'yes' : 'no'));
  });
}
