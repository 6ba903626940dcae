import { Command } from 'commander';
import { settingsTable, terminalSettings } from '../../contract/settings-table.ts';
import type { ManifestSetting, SettingOrigin } from '../../core/model/manifest.ts';
import { wrap } from '../../core/model/text/wrap.ts';
import { configFrom } from '../../wiring/config-file.ts';
import { readInput } from '../../wiring/files.ts';
import { type RawSettings, settingsFrom } from '../../wiring/settings.ts';
import { settingsInForce } from '../../wiring/settings-in-force.ts';
import { originsOf } from '../audit-manifest.ts';
import { auditCodes, defaultRegion, type Gates, helpEnd, helpWidth, ofSeverity, withOptions } from '../options.ts';
import { withReportFlags } from '../report-targets.ts';
import type { Terminal } from '../terminal.ts';
import { type AuditFlags, runAudit } from './run-audit.ts';

export function auditCommand(terminal: Terminal, done: (code: number) => void): Command {
  const { env } = terminal;
  const command = new Command('audit')
    .summary('audit clusters: configz through the API server, then SSM for what is left')
    .description(
      'Audits EKS clusters with AWS credentials: of your own account, of named accounts, or of the whole organization; or one cluster through a kubeconfig or a kubectl proxy. CLUSTER is a name or an ARN. Without one, the command audits all clusters of the Regions.',
    )
    .argument('[CLUSTER...]', 'the clusters to audit')
    .option(
      '--waivers <file>',
      'YAML or JSON of failures that somebody has accepted until a date: they are shown as waived, and do not lead to exit code 1',
    )
    .option(
      '--keep-evidence <folder>',
      'keep the answer of each node, reduced to the settings of the controls, with its SHA-256',
    )
    .option(
      '--sign <key>',
      'sign what --keep-evidence keeps: a private key in PEM (ECDSA, P-256), or the ARN of such a KMS key',
    )
    .option('--publish', 'write the findings to Security Hub of the cluster’s account and Region')
    .option('--config <file>', 'settings of this file, with the fields of deployment.yaml; flags replace them');
  withOptions(command, env, [
    [
      'organization',
      'audit every active account of the AWS organization, each through its member role (needs credentials of the management account or of a delegated administrator)',
    ],
    ['account', 'audit this account through its member role (repeatable); AWS Organizations is not asked'],
    'memberRole',
    [
      'region',
      'Region to look for clusters in (repeatable; default AWS_REGION, with --organization or --account every Region that the account has enabled)',
    ],
    ...(['profile', 'kubeconfig', 'context', 'apiServer', ...terminalSettings] as const),
    ...(['only', 'severity', 'failOn'] as const),
  ]);
  withReportFlags(command).addHelpText('after', () => `\n${wrap(environmentHelp, helpWidth(terminal))}`);
  return helpEnd(command, auditCodes, [
    'audit',
    'audit payments --only fail,warn',
    'audit --organization --config org.yaml -f json -o all.json',
    'audit --kubeconfig',
  ]).action(async (clusters: string[], flags: Flags, command: Command) => {
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
    const named = { ...flags, waivers: flags.waivers ?? config.waivers };
    const own = flagsInForce(named, flags.waivers !== undefined ? 'option' : 'config file');
    done(await runAudit(settings, { ...named, inForce: [...inForce, ...own] }, terminal));
  });
}

/** Flags that are not settings of a deployment, but decide what the result says. */
const flagsInForce = (
  { waivers, severity }: Pick<AuditFlags, 'waivers'> & Pick<Flags, 'severity'>,
  waiversFrom: SettingOrigin,
): readonly ManifestSetting[] => [
  ...(waivers === undefined ? [] : [{ name: 'waivers', value: waivers, from: waiversFrom }]),
  ...(severity === undefined ? [] : [{ name: 'severity', value: severity.join(), from: 'option' as const }]),
];

type Flags = Omit<AuditFlags, 'inForce' | 'waivers'> &
  RawSettings &
  Pick<Gates, 'severity'> & { readonly config?: string; readonly waivers?: string };

const textOf = async (file: string, { stdin }: Terminal): Promise<string> => (await readInput(file, stdin)).text;

const variables = terminalSettings.flatMap((name) => {
  const { environment, default: usual }: { readonly environment?: string; readonly default: unknown } =
    settingsTable[name];
  return environment === undefined ? [] : [`${environment}${usual === false ? '=true' : ''}`];
});
const environmentHelp = `Environment variables for settings without a flag: ${variables.join(', ')}.`;
