import { Command } from 'commander';
import type { KubeletFacts, ReadFailure } from '../../core/model/model.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { proven } from '../../core/model/proven.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { fileKinds } from '../../core/next-node/read/carriers/file-kinds.ts';
import { kubeletInPs } from '../../core/read/kubelet/command-line/ps.ts';
import { readConfigz } from '../../core/read/kubelet/configz/configz.ts';
import { type SavedNode, savedAudit } from '../../core/report/saved-result/saved-audit.ts';
import { readSavedNode } from '../../flow/read-saved-node.ts';
import { readInput, savedFiles } from '../../wiring/files.ts';
import { auditCodes, choice, helpEnd } from '../options.ts';
import { formatWithArn } from '../report-targets.ts';
import { type Terminal, terminalLog } from '../terminal.ts';
import {
  exitCodeOf,
  type OfflineFlags,
  type OfflineRun,
  offlineRun,
  type ReportOfflineOptions,
  reportOffline,
  withOfflineOptions,
} from './judged-offline.ts';
import type { NextFlags } from './run-evaluate-next.ts';

interface NodeFlags extends OfflineFlags {
  readonly cmdline: string;
  readonly root?: string;
  readonly whole?: true;
}

export function evaluateCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('evaluate')
    .summary('judge saved answers and files, offline')
    .description('Judges what was saved from a node. The command doesn’t contact a cluster.');
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
    .option('--kubelet-version <version>', 'the kubelet’s version; without it 1.34 or newer is assumed, and reported')
    .option('--for <version>', 'also judge the node as it would start after an upgrade to this version');
  helpEnd(withOfflineOptions(node, terminal), auditCodes, [
    'evaluate node --cmdline cmdline --root files',
    'evaluate node --cmdline - < ps.txt',
  ]);
  node.action(async (flags: NodeFlags) => {
    const run = offlineRun(flags, { command: node, sources: ['files'], terminal });
    done(await report(await savedNodes(flags, terminal), run, { flags, terminal }));
  });
  return command.addCommand(node);
}

function evaluateNextCommand(terminal: Terminal, done: (code: number) => void): Command {
  const next = new Command('next')
    .summary('judge the nodes that a file will make, before they exist')
    .description(
      'Judges what kubelets will run with, by the files that make their nodes: Karpenter, eksctl, Terraform plan (JSON), CloudFormation, launch templates, user data, NodeConfig. The command doesn’t contact AWS or a cluster.',
    )
    .argument('<FILE...>', 'the files, or - for standard input')
    .addOption(choice('--as <kind>', 'the kind of the files, if their content does not show it', fileKinds))
    .option('--kubelet-version <version>', 'the kubelets’ version, such as 1.34; overrides that of a file')
    .addOption(
      choice('--ami <ami>', 'standard: the AMIs are EKS-optimized ones, whatever a file says; custom: they are not', [
        'standard',
        'custom',
      ]),
    )
    .option('--fix', 'print the difference that makes the files pass, for git apply, instead of a report')
    .option('--allow-empty', 'exit with 0 where the files make no node; otherwise that is 3')
    .option('--waivers <file>', 'failures and scripts that somebody has accepted until a date')
    .option('--cluster <arn>', 'the EKS cluster that the nodes are for; --format asff and ocsf need it');
  helpEnd(withOfflineOptions(next, terminal), auditCodes, [
    'evaluate next karpenter/*.yaml',
    'evaluate next plan.json --kubelet-version 1.34',
    'evaluate next nodeclass.yaml --fix | git apply',
  ]);
  return next.action(async (files: readonly string[], flags: NextFlags) => {
    // The parsers of files are loaded when they are needed.
    const { runEvaluateNext } = await import('./run-evaluate-next.ts');
    done(await runEvaluateNext(files, flags, { command: next, terminal }));
  });
}

async function savedAnswer(file: string, { stdin }: Terminal): Promise<SavedNode> {
  const { text, sha256 } = await readInput(file, stdin);
  const read = readConfigz(text);
  const facts = read.ok ? ok(proven(read.value, { readAt: new Date().toISOString(), sha256 })) : read;
  return { name: nameOf(file), via: 'configz', facts };
}

/** The node, and with `--for` the same node once more, by the same command line and files. */
async function savedNodes(
  { root, cmdline, whole, kubeletVersion, for: upgraded }: NodeFlags,
  terminal: Terminal,
): Promise<readonly SavedNode[]> {
  const files = savedFiles(root);
  if (root !== undefined && !(await files.exists()))
    terminalLog(terminal).warn(`there is no folder '${root}'; no file of the node counts as saved`);

  const { text } = await readInput(cmdline, terminal.stdin);
  const commandLine = kubeletInPs(text, { isWhole: whole === true });
  const named = async (name: string, version: string | undefined): Promise<SavedNode> => {
    const given = version !== undefined && { kubeletVersion: version };
    const facts: Result<KubeletFacts, ReadFailure> = commandLine.ok
      ? await readSavedNode({ savedFiles: files }, { commandLine: commandLine.value, ...given })
      : err({ via: 'files', kind: 'unreadable', because: commandLine.error });
    return { name, via: 'files', facts, ...given };
  };

  const now = await named(nameOf(cmdline), kubeletVersion);
  return upgraded === undefined ? [now] : [now, await named(`${nameOf(cmdline)} as ${upgraded}`, upgraded)];
}

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);

async function report(saved: readonly SavedNode[], run: OfflineRun, options: ReportOfflineOptions) {
  const format = formatWithArn(options.flags);
  if (format)
    throw new UsageError(`--format ${format} is about an EKS cluster, and saved files name none; use another format`);
  const results = [ok(savedAudit(saved, run))];
  await reportOffline(results, run, options);
  return exitCodeOf(results, options.flags);
}
