import { err, ok, type Result } from '../../../model/result.ts';
import { printable } from '../../../model/text/printable.ts';
import type { CommandLine } from '../node-files.ts';
import { isDecisive, setsSettings } from './command-line.ts';
import { beginsLongerFlag } from './known-flags.ts';
import { type ListingRow, listingRows } from './listing-rows.ts';
import { type ListHeader, listHeader, type ProcessLine, processLine } from './process-line.ts';
import { kubeletArguments } from './split-words.ts';
import { awaitsValue, continuationOf, nameOf, startsFlag, wordsOf } from './wrapped-line.ts';

/** Real process lists of a node have 200 lines, real lines 2,000 characters. */
const longestList = 1024 * 1024;

/** Real lines have 60 words and 2,000 characters: a list that goes on for longer is not read to its end. */
const mostRows = 400;
const longestCommand = 64 * 1024;
const mostKubelets = 1000;

/** No terminal is wider: a longer line was cut by none. */
const widestTerminal = 400;
const usualWidths: readonly number[] = [80, 120, 132, 160, 200];

const whole = "tr '\\0' ' ' </proc/PID/cmdline shows all of it";

/** A process of the list, with the rows that continue its line. */
interface Process extends ProcessLine {
  readonly isKubelet: boolean;
  readonly rows: readonly ListingRow[];
  /** Why its end or a part of it is not known. */
  readonly cut?: string;
}

/**
 * The kubelet's line in a list of processes as people paste it, with colours, prompts and wrapped lines. It reads `ps` with any columns, `pgrep -a`,
 * `top`, a list of a Windows service, and /proc/PID/cmdline through `tr`. Of several kubelets (a nested cluster), the host's is the one that process
 * 1 started. A line that is cut, or may be, is an error.
 */
export function kubeletInPs(text: string): Result<CommandLine, string> {
  if (text.length > longestList) return err('the process list is longer than 1 MB');

  const other = otherThanPs(text);
  if (other !== undefined) return err(other);

  const rows = listingRows(text);
  const words = oneArgumentARow(rows);
  if (words !== undefined) return wholeLine({ from: 'proc', arguments: words }, words);

  const processes = processesOf(rows);
  const listed = processes.filter(({ isKubelet }) => isKubelet);
  const kubelets = listed.length > mostKubelets ? listed : distinct(listed);
  const ofInit = kubelets.filter(({ parent }) => parent === 1);
  const [found, another] = ofInit.length === 1 ? ofInit : kubelets;
  if (found === undefined) return err('no kubelet is in the process list');
  if (another !== undefined) {
    const named = kubelets.slice(0, 5).map(({ pid, command }) => `process ${pid ?? '?'}: ${printable(command, 60)}`);
    return err(`${kubelets.length} kubelets are in the process list (${named.join('; ')})`);
  }
  return lineOf(found, { rows, processes, hasLineEnd: /[\r\n]\s*$/.test(text) });
}

/** Texts that people save in place of a process list, by what only they hold; the kubelet's process shows what none of them does. */
function otherThanPs(text: string): string | undefined {
  const instead = 'save /proc/PID/cmdline of the kubelet, or the output of ps -ef -ww';
  if (/^\s*(?:\[(?:Unit|Service|Install)\]|Exec(?:Start|StartPre|StartPost|Reload)=)/m.test(text))
    return `this is a systemd unit, which says how a kubelet is to be started and not how it was: ${instead}`;
  if (/^\s*(?:Loaded: |Active: |Main PID: |CGroup: )/m.test(text))
    return `this is the output of systemctl status, which may cut the command line: ${instead}`;
  if (/^\s*CommandLine *[:=]|^[ \w]*\bCommandLine\b[ \w]*\r?\n[ -]*--[ -]*\r?$/m.test(text))
    return `this is a list of PowerShell, which wraps or cuts the command line: save the output of (Get-CimInstance Win32_Process -Filter "name='kubelet.exe'").CommandLine`;
  return undefined;
}

/** `tr '\0' '\n' </proc/PID/cmdline`: the kubelet's name, then each row an argument, an empty one too. */
function oneArgumentARow(rows: readonly ListingRow[]): readonly string[] | undefined {
  const first = rows.findIndex(({ isBreak }) => !isBreak);
  const end = rows.findIndex(({ isBreak }, at) => at > first && isBreak);
  const [program, ...others] = rows.slice(first, end === -1 ? undefined : end);
  if (program === undefined || others.length === 0 || kubeletArguments([program.text]) === undefined) return undefined;
  if (end !== -1 && processesOf(rows.slice(end)).some(({ isKubelet }) => isKubelet)) return undefined;

  const words = [program.text];
  let awaits = false;
  for (const { text, afterGap } of others) {
    if (awaits && afterGap) {
      words.push('');
      awaits = false;
    }
    // A row of several arguments is of another form.
    const isFlag = /^-[^\s=]+(?:=(?!.*\s-).*)?$/.test(text);
    if (!awaits && !isFlag) return undefined;
    words.push(text);
    awaits = !awaits && awaitsValue(text);
  }
  return words;
}

function processesOf(rows: readonly ListingRow[]): readonly Process[] {
  const processes: Process[] = [];
  const edge = edgeOf(rows);
  let header: ListHeader | undefined;
  /** Whose line the next row may continue. */
  let open: Process | undefined;

  for (const row of rows) {
    const names = row.isBreak ? undefined : listHeader(row.text);
    if (row.isBreak || names !== undefined) {
      header = names ?? header;
      open = undefined;
      continue;
    }

    const line = processLine(row.text, header);
    const before = line.pid === undefined ? open : undefined;
    if (before?.isKubelet) {
      const next = before.cut === undefined ? continued(before, row, edge) : 'ignored';
      if (next === 'ignored') continue;
      if (next !== 'apart') {
        processes[processes.length - 1] = next;
        open = next;
        continue;
      }
    } else if (before !== undefined && startsFlag(row.text)) {
      continue;
    }
    open = { ...line, isKubelet: isKubeletLine(line.command), rows: [row] };
    processes.push(open);
  }
  return processes;
}

const isKubeletLine = (command: string): boolean =>
  /kubelet/i.test(command) && kubeletArguments(wordsOf(command)) !== undefined;

/** The kubelet with its line continued by a row without columns; `apart` is another process, `ignored` no part of the list. */
function continued(kubelet: Process, row: ListingRow, edge: Edge): Process | 'apart' | 'ignored' {
  const command = kubelet.command.replace(/\s*\\$/, '');
  const text = row.text.replace(/\s*\\$/, '');
  const words = wordsOf(text);
  const [first = ''] = words;
  const joined = (between: '' | ' '): Process => ({
    ...kubelet,
    command: `${command}${between}${row.text}`,
    rows: [...kubelet.rows, row],
  });
  const cut: Process = {
    ...joined(' '),
    cut: 'a line without columns is behind it, and how they belong together is not clear',
  };

  if (kubelet.rows.length > mostRows || command.length > longestCommand)
    return { ...kubelet, cut: `it goes on for more than ${mostRows} rows or ${longestCommand / 1024} KB` };

  const isFull = endsAtEdge(kubelet.rows.at(-1) ?? row, edge);
  const flags = words.filter(startsFlag).map(nameOf);
  const beginsAs = kubeletArguments(words) !== undefined || kubelet.pid === undefined ? programOf(first) : undefined;
  const matters = isDecisive(lastFlag(command)) || flags.some(isDecisive);

  switch (continuationOf(command, text)) {
    case 'spaced':
      return joined(' ');
    case 'unclear':
      return cut;
    case 'glued':
      // The rest of a path looks like a second kubelet where the line before it is as long as the terminal is wide.
      if (isFull && beginsAs === 'program' && matters) return cut;
      if (isFull || continuesName(command)) return joined('');
      if (beginsAs === 'program') return flags.some(setsSettings) ? cut : 'apart';
      if (beginsAs !== undefined && matters) return cut;
      if (flags.length > 0) return joined('');
      if (row.afterGap) return 'ignored';
      return matters ? cut : joined('');
    case 'other':
      if (beginsAs !== undefined) return 'apart';
      return flags.length > 0 ? cut : 'ignored';
  }
}

/** Whether the line ends inside the name of a flag. */
const continuesName = (command: string): boolean => /(?:^|\s)-[^\s=]*$/.test(command);

/** In a list without columns, the first word of a line is a program, or the rest of a word before it that looks like one. */
function programOf(word: string): 'program' | 'perhaps' | undefined {
  if (kubeletArguments([word]) !== undefined || /^\/(?:\S*\/)?(?:s?bin|libexec|systemd)\/[\w.+-]+$/.test(word))
    return 'program';
  if (
    /^(?:kube-[\w-]+|containerd[\w-]*|dockerd|crio|runc|aws-[\w-]+|e?grep|pgrep|ps|sudo|s?sh|bash|sshd|systemd[\w-]*|\([\w-]+\)|\[.*)$/.test(
      word,
    )
  )
    return 'program';
  return /^(?:\/[\w./+-]+|[a-z][\w-]*|"?[A-Z]:\\.*)$/.test(word) ? 'perhaps' : undefined;
}

const lastFlag = (command: string): string => nameOf(wordsOf(command).findLast((word) => word.startsWith('--')) ?? '');

/** The widest rows of a list. */
interface Edge {
  readonly column: number;
  readonly rows: number;
}

function edgeOf(rows: readonly ListingRow[]): Edge {
  const widths = rows.flatMap((row) => (row.isBreak ? [] : [widthOf(row)]));
  const column = widths.reduce((most, width) => Math.max(most, width), 0);
  return { column, rows: widths.filter((width) => width === column).length };
}

/**
 * Whether a row ends where a terminal may. That is the last column that any row has, if another row ends there too. It is also the column of a usual
 * terminal, unless a longer row shows that this one is wider.
 */
function endsAtEdge(row: ListingRow, edge: Edge): boolean {
  if (row.widths.includes(80)) return true;
  if (widthOf(row) < edge.column) return false;
  return edge.rows > 1 || row.widths.some((width) => usualWidths.includes(width));
}

const widthOf = ({ widths: [width = 0] }: ListingRow): number => width;

/** Each process once: threads are lines of their own, and the same kubelet may be listed twice, the second time without columns. */
function distinct(kubelets: readonly Process[]): readonly Process[] {
  const isSame = (one: Process, other: Process) =>
    one.pid === other.pid ? one.pid !== undefined : one.pid === undefined || other.pid === undefined;
  return kubelets.filter(
    (each, at) =>
      !kubelets.some(
        (other, place) =>
          isSame(each, other) &&
          other.command.startsWith(each.command) &&
          (other.command.length > each.command.length || place < at),
      ),
  );
}

interface Listing {
  readonly rows: readonly ListingRow[];
  readonly processes: readonly Process[];
  readonly hasLineEnd: boolean;
}

/** A kubelet's line, or by what sign it is cut. */
function lineOf(kubelet: Process, listing: Listing): Result<CommandLine, string> {
  const { command } = kubelet;
  const words = wordsOf(command);
  const row = kubelet.rows.at(-1);
  const isAlone = listing.processes.length === 1 && kubelet.pid === undefined;
  // The last NUL of /proc/PID/cmdline is a blank there.
  const isWhole = isAlone && kubelet.rows.length === 1 && row?.endsInBlank === true;

  const sign = kubelet.cut ?? signOfCut(command) ?? columnOfCut(kubelet, listing);
  if (sign !== undefined) return cutLine(sign);
  if (isWhole) return wholeLine({ from: 'ps', line: command, isWhole: true }, words);

  const last = words.at(-1) ?? '';
  const isOnlyBegun = /^-/.test(last) && !last.includes('=') && (awaitsValue(last) || beginsLongerFlag(last.slice(2)));
  if (isOnlyBegun)
    return cutLine(`it ends in ${printable(last, 60)}, which has no value or is the beginning of a flag`);

  const isNamed = words.some((word) => nameOf(word) === 'config');
  if (!isNamed && isAlone && listing.rows.length === 1 && !listing.hasLineEnd)
    return cutLine('it has no end of line and no --config');
  if (/^--[^=]+=$/.test(last))
    return ok({
      from: 'ps',
      line: command.slice(0, -last.length).trimEnd(),
      mayGoOn: `the line of the kubelet ends in ${printable(last, 60)}, and the value may be cut off, with flags behind it`,
    });

  return isNamed || (endsBeforeEdge(kubelet, listing) && !needsConfig(words))
    ? ok({ from: 'ps', line: command })
    : ok({ from: 'ps', line: command, mayGoOn: noConfig });
}

const noConfig = 'the line of the kubelet in the process list has no --config, which may be behind a cut';

/** As /proc/PID/cmdline has it, through `tr`. */
function wholeLine(line: CommandLine, words: readonly string[]): Result<CommandLine, string> {
  const last = words.at(-1) ?? '';
  if (awaitsValue(last) && !awaitsValue(words.at(-2) ?? ''))
    return cutLine(`it ends in ${printable(last, 60)}, which has no value`);
  return ok(needsConfig(words) ? { ...line, mayGoOn: noConfig } : line);
}

/** No kubelet has drop-ins and no file: the line that says so is not all of it. */
const needsConfig = (words: readonly string[]): boolean => {
  const has = (name: string) => words.some((word) => nameOf(word) === name);
  return (
    !has('config') && (words.length === 1 || has('config-dir') || words.some((word) => word.includes('/etc/eks/')))
  );
};

const cutLine = (sign: string): Result<never, string> =>
  err(
    `the command line of the kubelet is cut in the process list, and a flag may be behind the cut: ${sign}; ${whole}`,
  );

/** What `systemctl`, `less`, `top`, editors and people put in the place of what they leave out. */
function signOfCut(command: string): string | undefined {
  if (/(?:[>…$+\\]|\.\.\.)$/.test(command)) return `it ends in ${printable(command.slice(-3), 10)}`;
  const left = wordsOf(command).find((word) =>
    /^(?:\.{3,}|…|[[<(](?:\.{3}|…|snip|truncated|omitted|cut)\S*)$/i.test(word),
  );
  return left === undefined ? undefined : `it has ${printable(left, 20)} in it`;
}

function columnOfCut(kubelet: Process, { rows, processes }: Listing): string | undefined {
  const row = kubelet.rows.at(-1);
  // Threads of the same process have the same line.
  const own = new Set(
    processes.filter(({ pid }) => pid !== undefined && pid === kubelet.pid).flatMap((each) => each.rows),
  );
  const others = rows.filter((each) => each === row || !own.has(each));
  if (row === undefined || !endsAtEdge(row, edgeOf(others))) return undefined;
  return `it ends in column ${widthOf(row)}, where a terminal may`;
}

/** Whether the list shows that no terminal has cut the line: another one is longer, or no terminal is as wide. */
function endsBeforeEdge(kubelet: Process, { rows, processes, hasLineEnd }: Listing): boolean {
  const row = kubelet.rows.at(-1);
  if (row === undefined || (row === rows.at(-1) && !hasLineEnd)) return false;
  return (
    widthOf(row) > widestTerminal ||
    kubelet.rows.length > 1 ||
    processes.some((each) => each.rows.some((other) => widthOf(other) > widthOf(row)))
  );
}
