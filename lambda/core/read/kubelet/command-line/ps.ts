import { err, ok, type Result } from '../../../model/result.ts';
import { printable } from '../../../model/text/printable.ts';
import type { CommandLine } from '../node-files.ts';
import { kubeletArguments, splitWords } from './split-words.ts';

/** Real process lists of a node have 200 lines, real lines 2,000 characters. */
const longestList = 1024 * 1024;

export interface ProcessLine {
  readonly command: string;
  readonly pid?: number;
  readonly parent?: number;
}

/**
 * The kubelet's line in the output of `ps -ef`, `ps aux`, `ps ax`, `ps -fC kubelet` or of a Windows service, among the lines that only mention it. Several
 * kubelets (a nested cluster) are told apart by their parent: the host's own is started by process 1.
 */
export function kubeletInPs(text: string): Result<Extract<CommandLine, { readonly from: 'ps' }>, string> {
  if (text.length > longestList) return err('the process list is longer than 1 MB');

  const other = otherThanPs(text);
  if (other !== undefined) return err(other);

  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const kubelets = lines
    .map((line) => ({ line, process: processLine(line) }))
    .filter(({ process }) => kubeletArguments(splitWords(process.command).words) !== undefined);

  const ofInit = kubelets.filter(({ process }) => process.parent === 1);
  const [found, another] = kubelets.length > 1 && ofInit.length === 1 ? ofInit : kubelets;
  if (found === undefined) return err('no kubelet is in the process list');
  if (another !== undefined) {
    const named = kubelets
      .slice(0, 5)
      .map(({ process }) => `process ${process.pid ?? '?'}: ${printable(process.command, 60)}`);
    return err(`${kubelets.length} kubelets are in the process list (${named.join('; ')})`);
  }

  const truncated = isTruncated(found.line, lines) || (lines.length === 1 && endsOpen(text));
  return ok({ from: 'ps', line: found.process.command, truncated });
}

/** One line alone, without an end and without `--config`, which may stand behind a cut: nothing beside it shows how wide the terminal was. */
const endsOpen = (text: string): boolean => !/[\r\n]$/.test(text) && !/\s--config[=\s]/.test(text);

/** Texts that people save in place of a process list, by what only they hold; the kubelet's process shows what neither of them does. */
function otherThanPs(text: string): string | undefined {
  const instead = 'save /proc/PID/cmdline of the kubelet, or the output of ps -ef -ww';
  if (/^\s*(?:\[(?:Unit|Service|Install)\]|Exec(?:Start|StartPre|StartPost|Reload)=)/m.test(text))
    return `this is a systemd unit, which says how a kubelet is to be started and not how it was: ${instead}`;
  if (/^\s*(?:Loaded: |Active: |Main PID: |CGroup: )/m.test(text))
    return `this is the output of systemctl status, which may cut the command line: ${instead}`;
  return undefined;
}

/** The command of one line of `ps`, without the columns before it; a line without such columns is the command itself. */
export function processLine(line: string): ProcessLine {
  const aux = /^\S+ +(\d+) +[\d.]+ +[\d.]+ +\d+ +\d+ +\S+ +\S+ +\S+ +[\d:.-]+ +(.*)$/.exec(line);
  if (aux !== null) return { command: unindented(aux[2]), pid: Number(aux[1]) };

  const ef = /^\s*\S+ +(\d+) +(\d+) +\d+ +\S+ +\S+ +[\d:-]+ +(.*)$/.exec(line);
  if (ef !== null) return { command: unindented(ef[3]), pid: Number(ef[1]), parent: Number(ef[2]) };

  // `ps ax`: PID TTY STAT TIME COMMAND.
  const ax = /^\s*(\d+) +(?:\?|tty\S*|pts\/\d+|console) +[DIRSTtWXZ][<NLsl+]* +\d+:\d\d +(.*)$/.exec(line);
  if (ax !== null) return { command: unindented(ax[2]), pid: Number(ax[1]) };

  return { command: unindented(line) };
}

/** `ps f` draws a tree in front of the command. */
const unindented = (command = ''): string => command.replace(/^[ |]*\\_ +/, '').trim();

/**
 * `systemctl status` ends a cut line with `>` or `…`. `ps` on a terminal cuts without a sign, but then all long lines end in one column, or at the
 * usual width of a terminal.
 */
function isTruncated(line: string, lines: readonly string[]): boolean {
  if (/[>…]\s*$/.test(line) || line.length === 80) return true;

  const longest = lines.reduce((most, each) => Math.max(most, each.length), 0);
  return line.length === longest && lines.some((each) => each !== line && each.length === longest);
}
