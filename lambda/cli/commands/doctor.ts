import { Command } from 'commander';
import { memberRoleName } from '../../contract/names.ts';
import { type RawSettings, settingsFrom } from '../../wiring/settings.ts';
import { defaultRegion, formatOption, helpEnd, withOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { type DoctorFlags, runDoctor } from './run-doctor.ts';

/** Shows what would prevent an audit, by asking AWS and the API servers what an audit asks. */
export function doctorCommand(terminal: Terminal, done: (code: number) => void): Command {
  const { env } = terminal;
  const command = new Command('doctor')
    .summary('what would prevent an audit, and what to do about it; changes nothing')
    .description(
      'Asks what an audit asks, judges nothing, and sends no command to a node: who you are, which clusters can be described, which nodes listed, which rights the API server gives, which kubelets answer, and which machines SSM reaches. CLUSTER is a name or an ARN. Without one, the command looks at all clusters of the Regions.',
    )
    .argument('[CLUSTER...]', 'the clusters to look at')
    .option(
      '--as-deployed',
      `your own account through its member role ${memberRoleName}, as the deployed audit reads it`,
    )
    .option('--publish', 'count what publishing needs (Security Hub) as well')
    .addOption(formatOption());
  withOptions(command, env, [
    ...(['organization', 'account', 'memberRole', 'region', 'profile', 'kubeconfig', 'context', 'apiServer'] as const),
    ['sources', 'how kubelets are to be read, in order'],
    ['controls', 'the controls of the audit: with 4.1.10 also what it needs to see who holds nodes/proxy'],
    ['nextNode', 'check also what judging next nodes needs'],
    ...(['nodeTimeout', 'output'] as const),
  ]);
  return helpEnd(command, '0 ready, 2 with gaps, 3 could not run, 64 wrong usage, 130 interrupted.', [
    'doctor payments',
    'doctor --as-deployed',
    'doctor --organization -f json',
  ]).action(async (clusters: string[], flags: DoctorFlags & RawSettings) => {
    const raw = { ...flags, clusters, ...(await defaultRegion(env, flags.profile)) };
    // --as-deployed finds the account first: until then no role is assumed.
    const { memberRole: _, ...own } = raw;
    done(await runDoctor(settingsFrom(flags.asDeployed ? own : raw), { ...flags, raw }, terminal));
  });
}
