import { Command, Option } from 'commander';
import { UsageError } from '../../core/model/operator-error.ts';
import { remediateSettingsFrom } from '../../wiring/remediate-settings.ts';
import { auditCodes, defaultRegion, helpEnd } from '../options.ts';
import { settingOption } from '../setting-option.ts';
import type { Terminal } from '../terminal.ts';
import { type RemediateFlags, runRemediation } from './run-remediation.ts';

type Flags = RemediateFlags & Omit<Parameters<typeof remediateSettingsFrom>[0], 'cluster' | 'defaultRegion'>;

/** Shows how the failing controls of one cluster are fixed, and with `--apply` fixes what can be fixed on its nodes. */
export function remediateCommand(terminal: Terminal, done: (code: number) => void): Command {
  const { env } = terminal;
  // The environment may leave ssm out, which a plan needs.
  const sources = settingOption({}, 'sources', 'how to read kubelets; ssm must be one of them');

  return new Command('remediate')
    .summary('plan how failing controls of one cluster are fixed; --apply changes its nodes, under rollback')
    .description(
      'Audits CLUSTER, a name or an ARN, with every source, and prints the plan: what is changed on which node, by whom, and what keeps it right on new nodes. Nothing is changed without --apply, which needs the SSM document of the remediation stack and your own right to run it.',
    )
    .argument('<CLUSTER>', 'the cluster, by name or ARN')
    .option('--region <region>', 'Region of the cluster (default AWS_REGION, or that of the ARN)')
    .option('--profile <profile>', 'AWS profile')
    .addOption(settingOption(env, 'controls', 'controls to fix, by slug or number (default all)'))
    .addOption(settingOption(env, 'benchmark'))
    .addOption(sources)
    .option('--waivers <file>', 'failures that somebody has accepted until a date: they are left as they are')
    .option('-o, --output <folder>', 'write the snippets to paste into this folder')
    .option('--apply', 'change the nodes that the plan gives to the runbook, after asking')
    .option('--yes', 'with --apply: do not ask')
    .option('--max-unavailable <number>', 'nodes that may be restarting at a time (default 1)')
    .option(
      '--stable-seconds <seconds>',
      'for how long a restarted kubelet must be well before its change is kept, 5 to 600 (default 60)',
    )
    .addOption(
      new Option('--skip <node>', 'leave this node as it is: its instance id (repeatable)').argParser(
        (value: string, before: readonly string[] = []) => [...before, value],
      ),
    )
    .option('--publish', 'with --apply: audit the whole cluster afterwards and write its findings to Security Hub')
    .addOption(settingOption(env, 'scope'))
    .addHelpText(
      'after',
      helpEnd(auditCodes, [
        'remediate payments                # the plan only',
        'remediate payments -o snippets    # and what to paste',
        'remediate payments --controls 3.2.3 --apply',
      ]),
    )
    .action(async (cluster: string, flags: Flags) => {
      const settings = remediateSettingsFrom({ ...flags, cluster, ...(await defaultRegion(env, flags.profile)) });
      throwUnlessSensible(flags, terminal);
      done(await runRemediation(settings, flags, terminal));
    });
}

function throwUnlessSensible({ apply, yes, publish }: Flags, { stdin, stderr }: Terminal): void {
  const idle = yes ? '--yes' : publish ? '--publish' : undefined;
  if (!apply && idle) throw new UsageError(`${idle} belongs to --apply: without it nothing is changed`);
  if (apply && !yes && !(stdin.isTTY && stderr.isTTY))
    throw new UsageError('there is no terminal to ask on; give --yes with --apply to change nodes without being asked');
}
