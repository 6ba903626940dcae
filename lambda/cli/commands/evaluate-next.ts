import { Command, Option } from 'commander';
import { fileKinds } from '../../core/next-node/read/carriers/file-kinds.ts';
import { gateOptions } from '../gates.ts';
import { auditCodes, helpEnd } from '../options.ts';
import { withReportFlags } from '../report-targets.ts';
import { settingOption } from '../setting-option.ts';
import type { Terminal } from '../terminal.ts';
import type { NextFlags } from './run-evaluate-next.ts';

/** Judges nodes by the files that will make them. */
export function evaluateNextCommand(terminal: Terminal, done: (code: number) => void): Command {
  const { only, severity, failOn } = gateOptions();
  return withReportFlags(new Command('next'))
    .summary('judge the nodes that a file will make, before they exist')
    .description(
      'Judges what kubelets will run with, by the files that make their nodes: Karpenter, eksctl, Terraform plan (JSON), CloudFormation, launch templates, user data, NodeConfig. Nothing is asked of AWS or any cluster.',
    )
    .argument('<FILE...>', 'the files, or - for standard input')
    .addOption(new Option('--as <kind>', 'what the files are, where their content does not show it').choices(fileKinds))
    .option('--kubelet-version <version>', 'the kubelets’ version, such as 1.34, before what a file says')
    .addOption(
      new Option(
        '--ami <ami>',
        'standard: the AMIs are EKS-optimized ones, whatever a file says; custom: they are not',
      ).choices(['standard', 'custom']),
    )
    .option('--fix', 'print the difference that makes the files pass, for git apply, instead of a report')
    .option('--allow-empty', 'exit with 0 where the files make no node; otherwise that is 3')
    .option('--cluster <arn>', 'the EKS cluster that the nodes are for; --format asff and ocsf need it')
    .addOption(
      settingOption(
        terminal.env,
        'controls',
        'controls by slug or number (default: all of the benchmark version, and our own, that a file shows)',
      ),
    )
    .addOption(settingOption(terminal.env, 'benchmark'))
    .addOption(only)
    .addOption(severity)
    .addOption(failOn)
    .addHelpText(
      'after',
      helpEnd(auditCodes, [
        'evaluate next karpenter/*.yaml',
        'evaluate next plan.json --kubelet-version 1.34',
        'evaluate next nodeclass.yaml --fix | git apply',
      ]),
    )
    .action(async (files: readonly string[], flags: Omit<NextFlags, 'named'>, command: Command) => {
      // The parsers of files are loaded when they are needed.
      const { runEvaluateNext } = await import('./run-evaluate-next.ts');
      const named = (flag: string): boolean => command.getOptionValueSource(flag) === 'cli';
      done(await runEvaluateNext(files, { ...flags, named }, terminal));
    });
}
