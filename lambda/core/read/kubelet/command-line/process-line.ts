import { isKubelet } from './split-words.ts';

export interface ProcessLine {
  readonly command: string;
  /** Absent where the line has no columns before the command. */
  readonly pid?: number;
  readonly parent?: number;
}

/** Names of the columns before the command, by the first line of a list. */
export type ListHeader = readonly string[];

/** The header of `ps`, `docker top` or busybox: capital words, the last of which names the command. */
export function listHeader(line: string): ListHeader | undefined {
  const words = line.trim().split(/\s+/);
  return /^(?:CMD|COMMAND|ARGS)$/.test(words.at(-1) ?? '') && words.every((word) => /^[A-Z%][A-Z%_]*\d?$/.test(word))
    ? words.slice(0, -1)
    : undefined;
}

/**
 * The command of one line of `ps`, `top`, `pgrep -a` or `systemd-cgls`, without columns and tree before it. A line without a number of a process
 * before the command is the command itself.
 */
export function processLine(line: string, header?: ListHeader): ProcessLine {
  const words = [...line.replace(tree, '').matchAll(/\S+/g)];
  const commandAt = (count: number): string => {
    const from = words[count];
    return from === undefined ? '' : bare(from.input.slice(from.index));
  };
  const texts = words.map(([text]) => text);

  if (header !== undefined && isInteger(texts[header.indexOf('PID')] ?? '1')) {
    const command = commandAt(header.length);
    if (startsKubelet(command)) return { command, ...byHeader(texts, header) };
  }

  const columns = columnCount(texts);
  const command = commandAt(columns);
  // The rest of a wrapped line may begin with numbers, too.
  if (columns === 0 || command === '' || command.startsWith('--')) return { command: bare(line) };
  return { command, ...byPosition(texts.slice(0, columns), header) };
}

/** `systemd-cgls`, `systemctl status` and `pstree` draw a tree before the line. */
const tree = /^\s*(?:[│|]\s+)*(?:[├└]─+|[|`]-+)/;

/** Without the tree that `ps f` draws, the name that busybox adds, the column `comm`, and the number that `pstree -p` adds. */
const bare = (command: string): string =>
  command
    .replace(tree, '')
    .replace(/^[ |]*\\_ /, '')
    .replace(/^\{[^}]*\}\s+/, '')
    .replace(/^kubelet\s+(?=\S*\bkubelet\s)/, '')
    .replace(/^(\S*kubelet),\d+(?=\s|$)/, '$1')
    .trim();

const startsKubelet = (command: string): boolean => isKubelet(command.replace(/(?:"([^"]*)"|(\S*)).*/s, '$1$2'));

const isInteger = (word = ''): boolean => /^\d{1,10}$/.test(word);

/** Numbers, times, dates, sizes, terminals and states. */
const columnWord =
  /^(?:\d[\d.:,%-]*[a-zA-Z%]?|\d+[dhm:][\d:hms]*|[?-]|\?\?|(?:pts\/|tty|hvc|vc\/)\w*|console|[DIRSTtWXZ][<NLsl+W]*|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\d{0,2}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)?|\w+:\w+:\w+:s\d\S*)$/;

/** The kubelet, perhaps behind the name that busybox adds. */
const startsNext = (word: string): boolean => isKubelet(word) || /^\{.*\}$/.test(word);

/** Programs that start others: what is behind their name is not the process. */
const starters: ReadonlySet<string> = new Set(
  'sudo doas su env exec nice ionice nohup setsid stdbuf time timeout strace watch chroot nsenter systemd-run sh bash dash'.split(
    ' ',
  ),
);

/** How many words before the command are columns; 0 where none of them is the number of a process. */
function columnCount(words: readonly string[]): number {
  let at = 0;

  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (columnWord.test(word)) continue;

    // The user, `kubelet` among them, or the host that a tool for many hosts puts before it.
    const next = words[at + 1] ?? '';
    const isName =
      at <= 2 &&
      /^[\w.:@+-]*[\w$:+]$/.test(word) &&
      (columnWord.test(next) || (at > 0 && startsNext(next) && !starters.has(word)));
    const isHost = at === 0 && /^[\w.-]+:$/.test(word);
    // `ps -l` shows where in the kernel a process waits, behind address and size.
    const isWait = words[at - 2] === '-' && isInteger(words[at - 1]);
    if (!isName && !isHost && !isWait) break;
  }
  return words.slice(0, at).some(isInteger) ? at : 0;
}

function byHeader(words: readonly string[], header: ListHeader): Omit<ProcessLine, 'command'> {
  const number = (name: string): number | undefined => {
    const word = words[header.indexOf(name)];
    return isInteger(word) ? Number(word) : undefined;
  };
  return numbers(number('PID'), number('PPID'));
}

/** `ps -ef`, `ps -eLf` and `ps -l` show the parent; of other lists the first number is the process. */
function byPosition(columns: readonly string[], header: ListHeader | undefined): Omit<ProcessLine, 'command'> {
  if (header !== undefined && header.length === columns.length) return byHeader(columns, header);

  const areNumbers = (...places: readonly number[]) => places.every((place) => isInteger(columns[place]));
  const at = (place: number) => Number(columns[place]);
  if (columns.length === 7 && areNumbers(1, 2, 3)) return numbers(at(1), at(2));
  if (columns.length === 9 && areNumbers(1, 2, 3, 4, 5)) return numbers(at(1), at(2));
  if (columns.length >= 13 && areNumbers(0, 3, 4)) return numbers(at(3), at(4));

  return numbers(Number(columns.find(isInteger)), undefined);
}

const numbers = (pid: number | undefined, parent: number | undefined): Omit<ProcessLine, 'command'> => ({
  ...(pid !== undefined && { pid }),
  ...(parent !== undefined && { parent }),
});
