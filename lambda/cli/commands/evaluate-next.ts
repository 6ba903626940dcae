import { Command } from 'commander';
import { fileKinds } from '../../core/next-node/read/carriers/file-kinds.ts';
import { auditCodes, choice, helpEnd } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { withOfflineOptions } from './judged-offline.ts';
import type { NextFlags } from './run-evaluate-next.ts';

/** Judges nodes by the files that will make them. */
export function evaluateNextCommand(terminal: Terminal, done: (code: number) => void): Command {
  const next = new Command('next')
    .summary('judge the nodes that a file will make, before they exist')
    .description(
      'Judges what kubelets will run with, by the files that make their nodes: Karpenter, eksctl, Terraform plan (JSON), CloudFormation, launch templates, user data, NodeConfig. Nothing is asked of AWS or any cluster.',
    )
    .argument('<FILE...>', 'the files, or - for standard input')
    .addOption(choice('--as <kind>', 'what the files are, where their content does not show it', fileKinds))
    .option('--kubelet-version <version>', 'the kubelets’ version, such as 1.34, before what a file says')
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
