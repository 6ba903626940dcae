import { Command, Option } from 'commander';
import { memberRoleName } from '../../contract/names.ts';
import { settingsTable, terminalSettings } from '../../contract/settings-table.ts';
import type { ManifestSetting } from '../../core/model/manifest.ts';
import { wrap } from '../../core/model/text/wrap.ts';
import { configFrom } from '../../wiring/config-file.ts';
import { readInput } from '../../wiring/files.ts';
import { type RawSettings, settingsFrom } from '../../wiring/settings.ts';
import { settingsInForce } from '../../wiring/settings-in-force.ts';
import { originsOf } from '../audit-manifest.ts';
import { type Gates, gateOptions, ofSeverity } from '../gates.ts';
import { auditCodes, defaultRegion, helpEnd, kubeconfigOption, several } from '../options.ts';
import { withReportFlags } from '../report-targets.ts';
import { settingOption } from '../setting-option.ts';
import type { Terminal } from '../terminal.ts';
import { type AuditFlags, runAudit } from './run-audit.ts';

export function auditCommand(terminal: Terminal, done: (code: number) => void): Command {
  const { env } = terminal;
  const { only, severity, failOn } = gateOptions();
  const command = withReportFlags(new Command('audit'))
    .summary('audit clusters: configz through the API server, then SSM for what is left')
    .description(
      'Audits EKS clusters with AWS credentials: of your own account, of named accounts, or of the whole organization; or one cluster through a kubeconfig or a kubectl proxy. CLUSTER is a name or an ARN; all clusters of the Regions when none is given.',
    )
    .argument('[CLUSTER...]', 'the clusters to audit')
    .option(
      '--organization',
      'audit every active account of the AWS organization, each through its member role (needs credentials of the management account or of a delegated administrator)',
    )
    .addOption(
      new Option(
        '--account <id>',
        'audit this account through its member role (repeatable); AWS Organizations is not asked',
      ).argParser(several),
    )
    .option('--member-role <name>', `the role to assume in each account (default ${memberRoleName})`)
    .addOption(
      new Option(
        '--region <region>',
        'Region to look for clusters in (repeatable; default AWS_REGION, with --organization or --account every Region that the account has enabled)',
      ).argParser(several),
    )
    .option('--profile <profile>', 'AWS profile')
    .addOption(kubeconfigOption(env))
    .option('--context <context>', 'context of the kubeconfig (default its current one)')
    .option('--api-server <url>', 'reach one cluster through a kubectl proxy on this machine; no credentials are sent');
  for (const name of terminalSettings) command.addOption(settingOption(env, name));

  return command
    .option(
      '--waivers <file>',
      'YAML or JSON of failures that somebody has accepted until a date: they are shown as waived, and do not end with 1',
    )
    .option(
      '--keep-evidence <folder>',
      'keep for each node what was answered, reduced to the settings of the controls, with its SHA-256',
    )
    .option(
      '--sign <key>',
      'sign what --keep-evidence keeps: a private key in PEM (ECDSA, P-256), or the ARN of such a KMS key',
    )
    .option('--publish', 'write the findings to Security Hub of the cluster’s account and Region')
    .option('--config <file>', 'take what no flag says from this file, with the fields of deployment.yaml')
    .addOption(only)
    .addOption(severity)
    .addOption(failOn)
    .addHelpText('after', environmentHelp)
    .addHelpText(
      'after',
      helpEnd(auditCodes, [
        'audit                             # all of the Region',
        'audit payments --only fail,warn   # what is wrong with it',
        'audit --organization --config org.yaml -f json -o all.json',
        'audit --kubeconfig                # the cluster of kubectl',
      ]),
    )
    .action(async (clusters: string[], flags: Flags, command: Command) => {
      const config = flags.config === undefined ? {} : configFrom(await textOf(flags.config, terminal), flags.config);
      const all = settingsFrom({
        ...config,
        ...flags,
        controlsTyped: command.getOptionValueSource('controls') === 'cli',
        clusters,
        ...(await defaultRegion(env, flags.profile)),
      });
      const settings = { ...all, controls: ofSeverity(all.controls, flags.severity) };
      const inForce = settingsInForce(
        settings,
        originsOf({ command, config, clusters, accessPath: settings.accessPath }),
      );
      done(await runAudit(settings, { ...flags, inForce: [...inForce, ...flagsInForce(flags)] }, terminal));
    });
}

/** What is no setting of a deployment, and yet decides what the result says. */
const flagsInForce = ({ waivers, severity }: Flags): readonly ManifestSetting[] =>
  Object.entries({ waivers, severity: severity?.join() }).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value, from: 'option' as const }],
  );

type Flags = Omit<AuditFlags, 'inForce'> & RawSettings & Pick<Gates, 'severity'> & { readonly config?: string };

const textOf = async (file: string, { stdin }: Terminal): Promise<string> => (await readInput(file, stdin)).text;

const variables = terminalSettings.flatMap((name) => {
  const { environment, default: usual }: { readonly environment?: string; readonly default: unknown } =
    settingsTable[name];
  return environment === undefined ? [] : [`${environment}${usual === false ? '=true' : ''}`];
});
const environmentHelp = `\n${wrap(`The environment may say what no flag says: ${variables.join(', ')}.`, 80)}`;
