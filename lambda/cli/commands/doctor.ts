import { Command, Option } from 'commander';
import { memberRoleName } from '../../contract/names.ts';
import { type RawSettings, settingsFrom } from '../../wiring/settings.ts';
import { defaultRegion, formatOption, helpEnd, kubeconfigOption, outputOption, several } from '../options.ts';
import { settingOption } from '../setting-option.ts';
import type { Terminal } from '../terminal.ts';
import { type DoctorFlags, runDoctor } from './run-doctor.ts';

/** Says before the first audit what will stand in its way, by asking AWS and the API servers what an audit asks. */
export function doctorCommand(terminal: Terminal, done: (code: number) => void): Command {
  const { env } = terminal;

  return new Command('doctor')
    .summary('what will stand in an audit’s way, and what to do about it; changes nothing')
    .description(
      'Asks what an audit asks, judges nothing, and sends no command to a node: who you are, which clusters can be described, which nodes listed, which rights the API server gives, which kubelets answer, and which machines SSM reaches. CLUSTER is a name or an ARN; all clusters of the Regions when none is given.',
    )
    .argument('[CLUSTER...]', 'the clusters to look at')
    .option('--organization', 'every active account of the AWS organization, each through its member role')
    .addOption(new Option('--account <id>', 'this account through its member role (repeatable)').argParser(several))
    .option(
      '--as-deployed',
      `your own account through its member role ${memberRoleName}, as the deployed audit reads it`,
    )
    .option('--member-role <name>', `the role to assume in each account (default ${memberRoleName})`)
    .addOption(
      new Option('--region <region>', 'Region to look for clusters in (repeatable; default AWS_REGION)').argParser(
        several,
      ),
    )
    .option('--profile <profile>', 'AWS profile')
    .addOption(kubeconfigOption(env))
    .option('--context <context>', 'context of the kubeconfig (default its current one)')
    .option('--api-server <url>', 'reach one cluster through a kubectl proxy on this machine')
    .addOption(settingOption(env, 'sources', 'how kubelets are to be read, in order'))
    .addOption(
      settingOption(
        env,
        'controls',
        'the controls of the audit: with 4.1.10 also what it needs to see who holds nodes/proxy',
      ),
    )
    .addOption(settingOption(env, 'nodeTimeout'))
    .option('--publish', 'count what publishing needs (Security Hub) as well')
    .addOption(formatOption(['table', 'json']))
    .addOption(outputOption())
    .addHelpText(
      'after',
      helpEnd('Exit codes: 0 ready, 2 with gaps, 3 could not run, 64 wrong usage,\n130 interrupted.', [
        'doctor payments         # with your own credentials',
        'doctor --as-deployed    # with the deployed audit’s role',
        'doctor --organization -f json',
      ]),
    )
    .action(async (clusters: string[], flags: DoctorFlags & RawSettings) => {
      const raw = { ...flags, clusters, ...(await defaultRegion(env, flags.profile)) };
      // --as-deployed finds the account first: until then no role is assumed.
      const { memberRole: _, ...own } = raw;
      done(await runDoctor(settingsFrom(flags.asDeployed ? own : raw), { ...flags, raw }, terminal));
    });
}
