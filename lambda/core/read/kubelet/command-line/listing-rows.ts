import { trimmedEnd } from '../../../model/text/words.ts';
import { isKubelet } from './known-flags.ts';

/** One row of a process list as somebody pasted it, without what terminals, chats, mails and tools for many hosts put around it. */
export interface ListingRow {
  /** With the blanks around it, which are a part of its width or of an argument. */
  readonly text: string;
  /** What a tool for many hosts writes before each row of a host. */
  readonly host: string;
  /** `break`: a prompt, a header of columns or the end of a block. A row behind it continues nothing that is before it. */
  readonly kind: 'text' | 'blank' | 'break';
}

/** Colours of `grep`, titles of terminals; also where the escape character was lost or written out. */
const terminalSequences: readonly RegExp[] = [
  /(?:\u001b|␛|\^\[|\\(?:e|033|x1b|u001b))\[[\d;?]*[a-zA-Z]/g,
  /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g,
  /\[\d{1,3}(?:;\d{1,3})*m(?:\[K)?|\[m\[K/g,
];

const openings = /^(?:<(?:pre|code)\b[^>]*>|\{(?:code|noformat)\b[^}]*\}|`)+/i;
/** Marks that close a block. The look behind keeps a row of many marks from being read once for each of them. */
const closings = /(?<!<\/(?:pre|code)>|\{(?:code|noformat)\}|`)(?:<\/(?:pre|code)>|\{(?:code|noformat)\}|`)+$/i;
/** Ends of blocks. A row of dots is not one: a person puts it in the place of what was left out. */
const fence = /^(?:`{3}|~{3})|^\[\/?(?:code|quote)\]$|^(?:exit|logout|EOF)$|^([-=*_#+~])\1\1(?:\1*|.*\1\1)$/i;

/** `[root@ip ~]# …`, `root@ip:~# …`, `sh-5.2$ …`, `/ # …`, `$ …`, `PS C:\> …`. */
const prompts: readonly RegExp[] = [
  /^\[[\w.@-]+(?: [^\]\s]*)?\]\s*[$#%>](?:\s|$)/,
  /^[\w.-]+@[\w.-]+(?::\S*| \S+)?\s*[$#%>](?:\s|$)/,
  /^(?:sh|bash|zsh|ash)-[\d.]+[$#%](?:\s|$)/,
  /^(?:[~/]\S* )?[$#%❯](?:\s|$)/,
  /^PS [A-Z]:[^>]*>/,
];

/** The command that made the list, where somebody copied it without its prompt. No long option: those of a kubelet are. */
const typed = /^(?:sudo +)?(?:ps|pgrep)(?: +-?[\w=,]+)*(?: *\| *grep(?: +-\w+)* +["']?[\w[\]-]+["']?)*$/;

/** The header of `ps`, `docker top` or busybox: capital words, the last of which names the command. */
const header = /^(?:[A-Z%][A-Z%_+]*\d? +)*(?:CMD|COMMAND|ARGS)$/;

/** `node-1: …` of pdsh, `[node1] out: …` of Fabric, `[pod/x] …` of kubectl. */
const hostBefore = /^(?:\[[\w./-]+\](?: (?:out|err))?:?|\w[\w.-]*:) (?=\s*\S)/;

export function listingRows(text: string): readonly ListingRow[] {
  const lines = plainText(text).split('\n');
  const areOfWindows = lines.slice(0, -1).every((line) => line.trim() === '' || line.endsWith('\r'));
  // A carriage return behind one row only is a part of it.
  const rows = lines.map((line) => rowOf(areOfWindows ? trimmedEnd(line, '\r') : line.replaceAll('\r', '\u240d')));
  // Further down, such a row is a process or the rest of one.
  return rows.map((row, at) => (at === 0 && typed.test(row.text.trim()) ? { ...row, kind: 'break' } : row));
}

/** The same text without colours, with plain blanks, and with the two dashes that editors make one of. */
function plainText(text: string): string {
  return terminalSequences
    .reduce((rest, sequence) => rest.replace(sequence, ''), text)
    .replace(/^\ufeff/, '')
    .replace(/[\u00a0\u2007\u202f]/g, ' ')
    .replace(/[\u200b\u2060\u00ad]/g, '')
    .replace(/[\u2010\u2011\u2212]/g, '-')
    .replace(/(^|\s)[\u2013\u2014\u2015](?=[a-z])/gim, '$1--');
}

function rowOf(line: string): ListingRow {
  const unquoted = line.replace(/^\s*(?:> ?)+/, '');
  const opened = unquoted.trimStart().replace(openings, '');
  const bare = (opened.length < unquoted.trimStart().length ? opened : unquoted).replace(closings, '');
  const host = hostBefore.exec(bare)?.[0] ?? '';
  const text = bare.slice(host.length);

  if (line.trim() === '') return { text, host, kind: 'blank' };
  const isPrompt = prompts.some((prompt) => prompt.test(bare.trim()));
  const isBreak = isPrompt || bare.trim() === '' || fence.test(unquoted.trim()) || header.test(text.trim());
  return { text, host, kind: isBreak ? 'break' : 'text' };
}

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
