import { err, ok, type Result } from '../../../model/result.ts';
import { nameList, printable } from '../../../model/text/words.ts';
import type { CommandLine } from '../node-files.ts';
import { isDecisive } from './command-line.ts';
import { kubeletArguments, mayTakeNext, nameOf, splitWords } from './known-flags.ts';
import { columnWord, type ListingRow, listingRows, type ProcessRow, processRow } from './listing-rows.ts';

/** Real process lists of a node have 200 lines. */
const longestList = 1024 * 1024;

const paste = "paste the output of tr '\\0' '\\n' < /proc/PID/cmdline";

/** A row in columns. */
interface ListedProcess extends ProcessRow {
  readonly row: ListingRow;
  readonly at: number;
}

/** A row that shows a kubelet, and the rows around it that the same `ps` on the same host printed; none where the row has no columns. */
interface ListedKubelet extends Partial<ProcessRow> {
  readonly at: number;
  readonly command: string;
  readonly width: number;
  readonly block: readonly ListedProcess[];
}

/**
 * The kubelet's command line in what somebody saved or pasted: /proc/PID/cmdline, the same through `tr`, or a list of processes. A list proves a pass
 * only where it shows that the kubelet's row is whole. Otherwise only flags that are there count, and only against the kubelet. See docs/decisions/kubelet-facts.md.
 * @param isWhole the caller's word that the row is whole
 */
export function kubeletInPs(text: string, { isWhole = false } = {}): Result<CommandLine, string> {
  if (text.length > longestList) return err('the process list is longer than 1 MB');
  if (text.includes('\0')) return ok(savedArguments(text));
  const other = otherThanPs(text);
  if (other !== undefined) return err(other);

  const rows = listingRows(text);
  const inRows = oneArgumentARow(rows);
  if (inRows !== undefined) return inRows;
  const kubelets = kubeletsIn(rows);
  const [found] = kubelets;
  const hidden = rows.findIndex((row) => namesKubelet(row) && !(found && isReadable(row)));
  if (hidden !== -1)
    return err(`row ${hidden + 1} names a kubelet, with something before or around the name; ${paste}`);
  if (found === undefined) return err('no kubelet is in the process list');
  const distinct = new Set(
    kubelets.map(({ at, block, pid, command }) => JSON.stringify([block[0]?.at ?? at, pid, command])),
  );
  if (distinct.size > 1) return err(several(kubelets));

  const rest = kubelets.map((kubelet) => restBehind(kubelet, rows)).find((at) => at !== undefined);
  if (rest !== undefined) return err(`row ${rest + 1} may be the rest of the kubelet's line; ${paste}`);
  const words = wordsOf(found.command);
  if (!words.ok) return words;
  const proof = proofOf(found, isWhole);
  return ok({ from: 'ps', arguments: proof.mayGoOn === undefined ? words.value : withoutLast(words.value), ...proof });
}

/** The process's arguments, each ended by a NUL: without the last NUL, the text is not all of the file. */
function savedArguments(text: string): CommandLine {
  const whole = /^(.*)\0(?:\r?\n)?$/s.exec(text)?.[1];
  if (whole !== undefined) return { from: 'proc', arguments: whole.split('\0') };
  const mayGoOn = 'the saved /proc/PID/cmdline does not end in NUL, so a part of it may be missing';
  return { from: 'proc', arguments: withoutLast(text.split('\0')), mayGoOn };
}

/** Values that mean the same whatever is cut off behind them. */
const settled = /^--(?:[\w-]+=(?:true|false)|authorization[-_]mode=AlwaysAllow|read[-_]only[-_]port=[1-9]\d*)$/;

/** Without the word that may be cut, and without the flag whose value it is. A word that is neither stays, and is refused. */
function withoutLast(words: readonly string[]): readonly string[] {
  const last = words.at(-1) ?? '';
  const isValue = mayTakeNext(words.at(-2) ?? '');
  if (settled.test(last) || words.length === 1 || !(isValue || last.startsWith('-'))) return words;
  return words.slice(0, Math.max(1, words.length - (isValue ? 2 : 1)));
}

/** Texts that people save in place of a process list, by what only they hold; the kubelet's process shows what none of them does. */
function otherThanPs(text: string): string | undefined {
  if (/^[ \t]*(?:\[(?:Unit|Service|Install)\]|Exec(?:Start|StartPre|StartPost|Reload)=)/m.test(text))
    return `this is a systemd unit, which says how a kubelet is to be started and not how it was; ${paste}`;
  if (/^[ \t]*(?:Loaded: |Active: |Main PID: |CGroup: )/m.test(text))
    return `this is the output of systemctl status, which may cut the command line; ${paste}`;
  if (powerShellList.test(text))
    return `this is a list of PowerShell, which wraps or cuts the command line; save the output of (Get-CimInstance Win32_Process -Filter "name='kubelet.exe'").CommandLine and add --whole`;
  return undefined;
}

/** `CommandLine : …`, or a column of that name with a line of dashes below it. */
const powerShellList = /^[ \t]*CommandLine *[:=]|^(?=[ \w]+\r?\n[ -]+\r?$)(?=.*\bCommandLine\b)[^\n]*\n.*--/m;

/** `tr '\0' '\n'`, which knows of no terminal: the kubelet's name, then each row an argument, an empty one too. */
function oneArgumentARow(rows: readonly ListingRow[]): Result<CommandLine, string> | undefined {
  const first = rows.findIndex(({ kind }) => kind === 'text');
  const end = rows.findIndex(({ kind }, at) => at > first && kind === 'break');
  const [own, behind] = end === -1 ? [rows.slice(Math.max(first, 0)), []] : [rows.slice(first, end), rows.slice(end)];
  const words = own.slice(0, own.findLastIndex(({ kind }) => kind === 'text') + 1).map(({ text }) => text);
  const isArgument = (word: string, at: number) => at === 0 || word.startsWith('-') || mayTakeNext(words[at - 1] ?? '');
  if (words.length < 2 || !kubeletArguments([words[0] ?? '']) || !words.every(isArgument)) return undefined;

  const isOther = (row: ListingRow) => /^\s*--?\w/.test(row.text) || namesKubelet(row);
  if (behind.some(isOther) || own.some(({ host }) => host !== own[0]?.host))
    return err(`rows of another text are beside the command line; ${paste} alone`);
  const longest = Math.max(...words.map(({ length }) => length));
  const cut = words.find(
    (word, at) =>
      word.length === longest &&
      longest >= narrowest &&
      [word, words[at - 1] ?? ''].some((each) => isDecisive(nameOf(each))),
  );
  const odd =
    cut === undefined
      ? words
          .map((word) => (/ /.test(word) ? 'it has a blank in an argument' : oddIn(word)))
          .find((each) => each !== undefined)
      : 'its longest row may be cut';
  if (odd !== undefined) return err(`the command line is not as its process has it: ${odd}; save the file itself`);
  return ok({ from: 'ps', arguments: words, notes: ["assumes that tr '\\0' '\\n' printed these rows, and no others"] });
}

/** Every row with a kubelet. Rows of one block follow each other, with the same columns and the same host. */
function kubeletsIn(rows: readonly ListingRow[]): readonly ListedKubelet[] {
  const kubelets: ListedKubelet[] = [];
  let block: ListedProcess[] = [];
  rows.forEach((row, at) => {
    if (row.kind !== 'text') return;
    const listed = processRow(row.text);
    const before = block.at(-1);
    const isNext = before?.at === at - 1 && before.columns === listed?.columns && before.row.host === row.host;
    if (!isNext) block = [];
    if (listed) block.push({ ...listed, row, at });
    const command = listed?.command ?? row.text.trim();
    if (startsKubelet(command)) kubelets.push({ ...listed, at, command, width: row.text.trimEnd().length, block });
  });
  return kubelets;
}

const startsKubelet = (command: string): boolean =>
  /kubelet/i.test(command) && kubeletArguments(splitWords(command).words) !== undefined;

const kubeletName = /(?:^|[^\w.-]|[|`]-)kubelet(?:\.exe)?(?:,\d+)?["'`,;|\s]*(?:--|$)/i;
const namesKubelet = ({ kind, text }: ListingRow): boolean => kind === 'text' && kubeletName.test(text);

/** A kubelet or a process, and no kubelet with flags in quotes, a table, CSV or a tree. */
function isReadable({ text }: ListingRow): boolean {
  const listed = processRow(text);
  return startsKubelet(listed?.command ?? text.trim()) || /^[^"'`|]/.test(listed?.command ?? '');
}

const several = (kubelets: readonly ListedKubelet[]): string =>
  `${kubelets.length} kubelets are in the process list (processes ${nameList(kubelets.map(({ pid = '?' }) => pid))}); save each list alone`;

/** Which row is behind the kubelet's, unless it is another process of the list. */
function restBehind({ at, columns }: ListedKubelet, rows: readonly ListingRow[]): number | undefined {
  const next = rows.findIndex(({ kind }, place) => place > at && kind !== 'blank');
  const row = rows[next];
  if (row === undefined || row.kind === 'break') return undefined;
  return columns !== undefined && processRow(row.text)?.columns === columns ? undefined : next;
}

/** The words of a row. Two blanks in a row are an empty value, as `ps` prints it. */
function wordsOf(command: string): Result<readonly string[], string> {
  const split = splitWords(command);
  const words = split.exact ? split.words : command.split(' ');
  const odd = oddIn(split.exact ? command.replace(/["\\()]/g, '') : command);
  return odd === undefined ? ok(words) : err(`the kubelet's line is not as its process has it: ${odd}; ${paste}`);
}

/** What no argument of a real kubelet has, but what terminals, editors and people put in the place of what they leave out. */
function oddIn(text: string): string | undefined {
  const odd =
    /\.{3,}|[^\w ./:=,@%<-]|<(?!\d)/.exec(text) ??
    /(?:^|[ =])(?:\.\.|(?:etc|snip|cut|omitted|truncated|redacted)\b\.?)(?= |$)/i.exec(text);
  return odd ? `it has '${printable(odd[0].trim(), 40)}' in it` : undefined;
}

/** No terminal that people use is narrower. */
const narrowest = 80;
/** Widths of terminals and limits of tools; a row that ends there may be cut even in a pipe. */
const usualWidths = new Set([
  80, 100, 120, 128, 132, 140, 150, 160, 180, 200, 220, 240, 250, 256, 300, 320, 400, 500, 512, 1000, 1024, 2048, 4096,
]);
/** More than indentations, numbers of processes and overflowing columns can move a row. */
const margin = 12;

/** What a reason to take a row for whole assumes; or why nothing shows that it is. */
type Proof = Pick<CommandLine, 'notes' | 'mayGoOn'>;

/** `ps` cuts all rows at one column. So a row is whole beside a longer one; and in a pipe, where `ps` cuts only if COLUMNS is exported. */
function proofOf({ width, command, pid, block }: ListedKubelet, isWhole: boolean): Proof {
  const unproven = (because: string): Proof => ({ mayGoOn: `${because}; ${paste}` });
  const others = block.filter((each) => each.pid !== pid || each.command !== command);
  const greps = others.flatMap((each) => grep.exec(each.command)?.groups?.['pattern'] ?? []);
  const isFiltered = greps.some((pattern) => block.every((each) => matches(pattern, each.command)));
  const isShared = others.some((each) => Math.abs(each.width - width) <= 1);
  const isUsual = [width, width + 1, command.length, command.length + 1].some((each) => usualWidths.has(each));

  if (/[^\w/="%]$/.test(command)) return unproven('the row of the kubelet ends in the middle of a word');
  if (others.some((each) => each.command.startsWith('watch ')))
    return unproven('the list is of watch, which makes ps cut each row');
  const isOfTwo = greps.length > 0 && !isFiltered;
  if (!isOfTwo && others.some((each) => isLonger(each, { width, command }))) return {};
  if (isFiltered && !isShared && !isUsual) return { notes: [assumed] };
  if (isWhole && !isShared) return { notes: ['by --whole, the word of the caller, the row is whole'] };
  if (isShared) return unproven('the row of the kubelet ends in the same column as another');
  if (isFiltered) return unproven('the row of the kubelet ends at a usual width of terminals');
  return unproven('nothing in the list shows that the row of the kubelet is whole');
}

const assumed = 'assumes that ps wrote into the pipe without a width: with COLUMNS exported, the row may be cut';

/** The process of `grep` itself, and what it looks for. */
const grep = /^(?:\S*\/)?[ef]?grep(?: -[iEFw]+| --color(?:=\w+)?)* (?<pattern>(?=\S*kubelet)[\w./|\\-]+)$/;
const matches = (pattern: string, text: string): boolean =>
  pattern.split(/\\?\|/).some((part) => text.toLowerCase().includes(part.toLowerCase()));

/** Another process with a longer row: no rows or words that somebody joined, and nothing that takes other room than it did in the terminal. */
function isLonger(other: ListedProcess, { width, command }: Pick<ListedKubelet, 'width' | 'command'>): boolean {
  const words = other.command.split(' ');
  const isArgument = (word: string, at: number) =>
    at === 0 || ((/^[-/]/.test(word) || words[at - 1]?.startsWith('-')) && !columnWord.test(word));
  return (
    other.width >= width + margin &&
    other.command.length >= command.length + margin &&
    /^[\w ./:=,@%+~-]*$/.test(other.command) &&
    words.every(isArgument)
  );
}
