import { Command } from 'commander';
import { UsageError } from '../../core/model/operator-error.ts';
import { remediateSettingsFrom } from '../../wiring/remediate-settings.ts';
import { defaultRegion, helpEnd, repeatable, withOptions } from '../options.ts';
import { listRuns } from '../run-scope.ts';
import type { Terminal } from '../terminal.ts';
import { type RemediateFlags, runRemediation } from './run-remediation.ts';

export function remediateCommand(terminal: Terminal, done: (code: number) => void): Command {
  const { env } = terminal;
  const command = new Command('remediate')
    .summary('plan how failing controls of one cluster are fixed; --apply changes its nodes, under rollback')
    .description(
      'Audits CLUSTER, a name or an ARN, with every source, and prints the plan: what is changed on which node, by whom, and what keeps it right on new nodes. Nothing is changed without --apply, which needs the SSM document of the remediation stack and your own right to run it.',
    )
    .argument('[CLUSTER]', 'the cluster, by name or ARN')
    .option('--list', 'list the runs that are recorded on this machine, with their state')
    .option('--waivers <file>', 'failures that somebody has accepted until a date: they are left as they are')
    .option(
      '-o, --output <folder>',
      'write the snippets to paste into this folder; json: print plan and outcome as JSON, one object a line',
    )
    .option('--apply', 'change the nodes that the plan gives to the runbook, after asking')
    .option('--dry-run', 'ask each of these nodes what its document would change there; changes nothing')
    .option('--resume <run>', 'go on with a run that was broken off, by its id')
    .option('--undo <run>', 'put back the files that a run replaced, by its id, within 30 days, after asking')
    .option('--yes', 'with --apply, --resume or --undo: do not ask')
    .addOption(repeatable('--node <node>', 'only this node: its instance id (repeatable)'))
    .addOption(repeatable('--group <group>', 'only this node group, by its name (repeatable)'))
    .addOption(repeatable('--skip <node>', 'leave this node as it is: its instance id (repeatable)'))
    .option('--limit <number>', 'at most so many nodes, in the order of the plan')
    .option(
      '--canary <number>',
      'nodes of each group that are changed, and seen to be well, before the others (default 1 where there are more than 10 nodes, otherwise 0)',
    )
    .option(
      '--max-unavailable <number>',
      'nodes of a group that may be unavailable at a time, as a number or a percentage (10%): those under way, and those that are not Ready for any reason (default 1)',
    )
    .option(
      '--max-failures <number>',
      'stop once this many nodes were put back or lost, as a number or a percentage of the chosen nodes (default 1)',
    )
    .option('--until <time>', 'begin no node after this time, such as 2026-12-03T22:00Z')
    .option('--reason <text>', 'a ticket or reason, kept in the record of the run')
    .option(
      '--max-unready <percent>',
      'leave out a group of which more than this part, and more than one node, is not Ready at the start (default 10)',
    )
    .option('--without-ready', 'change nodes even if the API server can’t say whether they are Ready')
    .option(
      '--stable-seconds <seconds>',
      'for how long a restarted kubelet must be well before its change is kept, 5 to 600 (default 60)',
    )
    .option(
      '--publish',
      'with --apply, --resume or --undo: audit the whole cluster afterwards and write its findings to Security Hub',
    );
  withOptions(command, env, [
    ['bucketRegion', 'Region of the cluster (default AWS_REGION, or that of the ARN)'],
    'profile',
    ['controls', 'controls to fix, by slug or number (default all)'],
    'benchmark',
    ['nextNode', 'plan what to change in launch templates, too, so that the next node is right'],
    'scope',
  ]);
  // The environment may leave ssm out, which a plan needs.
  withOptions(command, {}, [['sources', 'how to read kubelets; ssm must be one of them']]);
  return helpEnd(command, runCodes, [
    'remediate payments',
    'remediate payments -o snippets',
    'remediate payments --dry-run',
    'remediate payments --controls 3.2.3 --apply',
    'remediate --list',
    'remediate payments --undo RUN',
  ]).action(
    async (
      cluster: string | undefined,
      { list, ...flags }: RemediateFlags & { readonly list?: boolean },
      command: Command,
    ) => {
      if (list) return await listRuns(terminal);
      if (cluster === undefined) throw new UsageError('no cluster is named; give its name or ARN, or --list');
      const settings = remediateSettingsFrom({
        ...flags,
        controlsTyped: command.getOptionValueSource('controls') === 'cli',
        cluster,
        ...(await defaultRegion(env, flags.profile)),
      });
      throwUnlessSensible(flags, terminal);
      done(await runRemediation(settings, flags, terminal));
    },
  );
}

const runCodes =
  '0 all chosen nodes are fixed, 1 one failed or the run stopped, 2 some were left out, 3 could not run, 64 wrong usage, 130 interrupted. A plan ends as audit does.';

/** As the document takes it. */
const runPattern = /^[0-9A-Za-z][0-9A-Za-z-]{0,63}$/;

function throwUnlessSensible(
  { apply, dryRun, resume, undo, yes, publish }: RemediateFlags,
  { stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>,
): void {
  const [first, second] = Object.entries({
    '--dry-run': dryRun,
    '--undo': undo !== undefined,
    '--apply': apply || resume !== undefined,
  }).flatMap(([flag, given]) => (given ? [flag] : []));
  if (second) throw new UsageError(`${first} and ${second} exclude each other`);

  const changes = first !== undefined && first !== '--dry-run';
  const idle = yes ? '--yes' : publish ? '--publish' : undefined;
  if (!changes && idle) throw new UsageError(`${idle} belongs to --apply: without it nothing is changed`);
  const run = resume ?? undo;
  if (run !== undefined && !runPattern.test(run))
    throw new UsageError(`'${run}' is not the id of a run: letters, digits and hyphens, as --apply printed it`);
  if (changes && !yes && !(stdin.isTTY && stderr.isTTY))
    throw new UsageError(
      `there is no terminal to ask on; give --yes with ${first} to change nodes without being asked`,
    );
}
