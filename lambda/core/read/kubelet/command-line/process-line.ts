import { isKubelet } from './split-words.ts';

/** One row of `ps`, `top`, `docker top` or `pgrep -a`: a process by its number, and its command. */
export interface ProcessRow {
  /** How many words are before the command: rows of one `ps` have the same number of them. */
  readonly columns: number;
  readonly pid: string;
  readonly command: string;
  readonly width: number;
}

/** The row's columns and command; absent where no column holds the number of a process. */
export function processRow(row: string): ProcessRow | undefined {
  const text = row.trimEnd();
  const words = [...text.matchAll(/\S+/g)];
  const columns = columnCount(words.map(([word]) => word));
  // `ps -l` begins with flags, state and user.
  const first = /^\s*\d [A-Z] /.test(text) ? 3 : 0;
  const pid = words.slice(first, columns).find(([word]) => /^\d{1,7}$/.test(word))?.[0];
  const command = text.slice(words[columns]?.index ?? text.length).replace(forest, '');
  if (pid === undefined || !/^[\w/"'([{]/.test(command)) return undefined;
  return { columns, pid, command: withoutName(command), width: text.length };
}

/** The tree that `ps f` draws. */
const forest = /^(?:\| +)*\\_ /;

/** Without the column `comm`, and without the name that busybox adds. */
const withoutName = (command: string): string =>
  command.replace(/^\{[^}]*\} +/, '').replace(/^kubelet +(?=\S*\bkubelet(?: |$))/, '');

/** Numbers, times, dates, sizes, terminals, states and SELinux contexts. */
export const columnWord =
  /^(?:\d[\d.:,%-]*[a-zA-Z%]?|\d+[dhm:][\d:hms]*|[?-]|\?\?|(?:pts\/|tty|hvc|vc\/)\w*|console|[DIRSTtWXZ][<NLsl+W]*|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\d{0,2}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)?|\w+:\w+:\w+:s\d\S*)$/;

/** A name is a column only between columns or first of all: what is directly before the kubelet's name may be a program that starts it. */
function columnCount(words: readonly string[]): number {
  const isColumn = (word: string, at: number): boolean =>
    columnWord.test(word) || (/^[\w.:@+-]*[\w$:+]$/.test(word) && columnWord.test(words[at + 1] ?? ''));
  const end = words.findIndex(
    (word, at) => !isColumn(word, at) || (isKubelet(word) && /^(?:-|$)/.test(words[at + 1] ?? '')),
  );
  return end === -1 ? words.length : end;
}
