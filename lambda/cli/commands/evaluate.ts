import { Command } from 'commander';
import type { KubeletFacts, ReadFailure } from '../../core/model/model.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { proven } from '../../core/model/proven.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { kubeletInPs } from '../../core/read/kubelet/command-line/ps.ts';
import { readConfigz } from '../../core/read/kubelet/configz/configz.ts';
import { type SavedNode, savedAudit } from '../../core/report/saved-result/saved-audit.ts';
import { readSavedNode } from '../../flow/read-saved-node.ts';
import { readInput, savedFiles } from '../../wiring/files.ts';
import { terminalLog } from '../log.ts';
import { auditCodes, helpEnd } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { evaluateNextCommand } from './evaluate-next.ts';
import {
  exitCodeOf,
  formatWithArn,
  type OfflineFlags,
  type OfflineRun,
  offlineRun,
  reportOffline,
  withOfflineOptions,
} from './judged-offline.ts';

interface NodeFlags extends OfflineFlags {
  readonly cmdline: string;
  readonly root?: string;
  readonly whole?: true;
}

/** Judges what was saved from a node, without touching any cluster. */
export function evaluateCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('evaluate')
    .summary('judge saved answers and files, offline')
    .description('Judges what was saved from a node. Nothing is asked of any cluster.');
  helpEnd(command, auditCodes, [
    'evaluate configz answer.json',
    'evaluate node --cmdline - < ps.txt',
    'evaluate next nodeclass.yaml',
  ]);
  command.addCommand(evaluateNextCommand(terminal, done));

  const configz = new Command('configz')
    .summary('judge a saved configz answer')
    .description('Judges the JSON that kubectl get --raw /api/v1/nodes/NODE/proxy/configz printed.')
    .argument('<FILE...>', 'the saved answers, one per node, or - for standard input');
  helpEnd(withOfflineOptions(configz, terminal), auditCodes, [
    'evaluate configz answer.json',
    'evaluate configz answers/*.json --only fail --severity HIGH',
  ]);
  configz.action(async (files: readonly string[], flags: OfflineFlags) => {
    const run = offlineRun(flags, { command: configz, sources: ['configz'], terminal });
    const saved: SavedNode[] = [];
    for (const file of new Set(files)) saved.push(await savedAnswer(file, terminal));
    done(await report(saved, run, { flags, terminal }));
  });
  command.addCommand(configz);

  const node = new Command('node')
    .summary('judge a saved command line and the files that it names')
    .description(
      'Judges a kubelet by its command line (/proc/PID/cmdline, or a pasted list of processes) and the configuration files that it names. File modes and owners are unknown here.',
    )
    .requiredOption(
      '--cmdline <file>',
      "the saved /proc/PID/cmdline, or the output of tr '\\0' '\\n', ps or pgrep -a, or - for standard input",
    )
    .option('--whole', 'treat the kubelet’s row as complete, although the list doesn’t show it')
    .option('--root <folder>', 'where the node’s files were saved, with their paths below /')
    .option('--kubelet-version <version>', 'the kubelet’s version; without it 1.34 or newer is assumed, and reported');
  helpEnd(withOfflineOptions(node, terminal), auditCodes, [
    'evaluate node --cmdline cmdline --root files',
    'evaluate node --cmdline - < ps.txt',
  ]);
  node.action(async (flags: NodeFlags) => {
    const run = offlineRun(flags, { command: node, sources: ['files'], terminal });
    done(await report([await savedNode(flags, terminal)], run, { flags, terminal }));
  });
  return command.addCommand(node);
}

async function savedAnswer(file: string, { stdin }: Terminal): Promise<SavedNode> {
  const { text, sha256 } = await readInput(file, stdin);
  const read = readConfigz(text);
  const facts = read.ok ? ok(proven(read.value, { readAt: new Date().toISOString(), sha256 })) : read;
  return { name: nameOf(file), via: 'configz', facts };
}

async function savedNode({ root, cmdline, whole, kubeletVersion }: NodeFlags, terminal: Terminal): Promise<SavedNode> {
  const files = savedFiles(root);
  if (root !== undefined && !(await files.exists()))
    terminalLog(terminal).warn(`there is no folder '${root}'; no file of the node counts as saved`);

  const { text } = await readInput(cmdline, terminal.stdin);
  const commandLine = kubeletInPs(text, { isWhole: whole === true });
  const version = kubeletVersion !== undefined && { kubeletVersion };
  const facts: Result<KubeletFacts, ReadFailure> = commandLine.ok
    ? await readSavedNode({ savedFiles: files }, { commandLine: commandLine.value, ...version })
    : err({ via: 'files', kind: 'unreadable', because: commandLine.error });
  return { name: nameOf(cmdline), via: 'files', facts, ...version };
}

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);

async function report(
  saved: readonly SavedNode[],
  run: OfflineRun,
  options: { readonly flags: OfflineFlags; readonly terminal: Terminal },
): Promise<number> {
  const format = formatWithArn(run);
  if (format)
    throw new UsageError(`--format ${format} is about an EKS cluster, and saved files name none; use another format`);
  const results = [ok(savedAudit(saved, run))];
  await reportOffline(results, run, options);
  return exitCodeOf(results, options.flags);
}
