import { Command } from 'commander';
import { variableOf } from '../../contract/environment.ts';
import { settingsTable, terminalSettings } from '../../contract/settings-table.ts';
import { matchedWaivers, waiverUse } from '../../core/judge/waivers/waiver-use.ts';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import {
  type Manifest,
  type ManifestSetting,
  manifestCaller,
  manifestOf,
  type SettingOrigin,
} from '../../core/model/manifest.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { err } from '../../core/model/result.ts';
import { wrap } from '../../core/model/text/wrap.ts';
import { evidenceFiles } from '../../core/report/evidence.ts';
import { executionName } from '../../core/run/item.ts';
import { emptyTally, outcome, tallied } from '../../core/run/outcome.ts';
import type { SigningKey } from '../../core/run/signed/signed-bundle.ts';
import type { FindingStore } from '../../flow/ports.ts';
import { configFrom } from '../../wiring/config-file.ts';
import { keepEvidence, readInput, sealFolder } from '../../wiring/files.ts';
import { type RawSettings, type Settings, settingsFrom } from '../../wiring/settings.ts';
import { type SettingName, settingsInForce } from '../../wiring/settings-in-force.ts';
import { auditSource, noClusterText, openAuditPorts } from '../audit-source.ts';
import { exitCode, untilInterrupted } from '../interrupt.ts';
import { auditCodes, defaultRegion, type Gates, helpEnd, helpWidth, ofSeverity, withOptions } from '../options.ts';
import { terminalProgress } from '../progress.ts';
import { formatWithArn, openReports, type ReportFlags, targetsOf, withReportFlags } from '../report-targets.ts';
import { type Terminal, terminalLog } from '../terminal.ts';
import { waiversOf } from '../waivers-file.ts';

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
      'sign the folder of --keep-evidence: a private key in PEM (ECDSA, P-256), or the ARN of such a KMS key',
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
    const config =
      flags.config === undefined ? {} : configFrom((await readInput(flags.config, terminal.stdin)).text, flags.config);
    const all = settingsFrom({
      ...config,
      ...flags,
      controlsTyped: command.getOptionValueSource('controls') === 'cli',
      clusters,
      ...(await defaultRegion(env, flags.profile)),
    });
    const settings = { ...all, controls: ofSeverity(all.controls, flags.severity) };
    const { accessPath } = settings;
    const inForce = settingsInForce(settings, (name) => originOf(name, { command, config, clusters, accessPath }));
    const waivers = flags.waivers ?? config.waivers;
    // Flags that are not settings of a deployment, but change the result.
    const own: ManifestSetting[] = [];
    if (waivers !== undefined)
      own.push({ name: 'waivers', value: waivers, from: flags.waivers === undefined ? 'config file' : 'option' });
    if (flags.severity) own.push({ name: 'severity', value: flags.severity.join(), from: 'option' });
    done(await runAudit(settings, { ...flags, waivers, inForce: [...inForce, ...own] }, terminal));
  });
}

interface Flags extends ReportFlags, Gates, RawSettings {
  readonly config?: string;
  readonly waivers?: string | undefined;
  readonly keepEvidence?: string;
  readonly sign?: string;
}

const variables = terminalSettings.flatMap((name) => {
  const variable = variableOf(name);
  if (variable === undefined) return [];
  return [settingsTable[name].default === false ? `${variable}=true` : variable];
});
const environmentHelp = `Environment variables for settings without a flag: ${variables.join(', ')}.`;

/** Audits, prints each cluster as it is done, and returns the exit code. */
async function runAudit(
  settings: Settings,
  flags: Flags & { readonly inForce: readonly ManifestSetting[] },
  terminal: Terminal,
): Promise<number> {
  const { sign, keepEvidence: folder, failOn } = flags;
  if (sign !== undefined && folder === undefined)
    throw new UsageError('--sign signs the folder of --keep-evidence; give both, or neither');
  // Before the audit: a key that cannot be used must not cost an hour.
  const key = { stdin: terminal.stdin, profile: settings.accessPath.profile };
  const signingKey =
    sign === undefined ? undefined : await (await import('../../wiring/open/signing-key.ts')).openSigningKey(sign, key);
  for (const each of settings.warnings) terminalLog(terminal).warn(each);
  const formats = targetsOf(flags).map(({ format }) => format);
  const waivers = await waiversOf(flags.waivers, settings, terminal);
  const progress = terminalProgress(terminal, settings.controls);
  const ports = await openAuditPorts(settings, { log: terminalLog(terminal), progress });

  return await untilInterrupted(async (signal) => {
    if ('arnKnown' in ports && !ports.arnKnown) throwIfArnNeeded(settings, flags);
    const runStartedAt = ports.clock.now();
    const options = { ...settings, now: runStartedAt };
    const reports = await openReports(flags, options, terminal);
    const runId = `terminal-${executionName(runStartedAt)}`;
    const own = { ...ports, findings: unlessInterrupted(ports.findings, signal) };
    const source = await auditSource(own, settings, { ...settings, waivers, runId, runStartedAt, signal });
    const hasManifest = folder !== undefined || formats.some((each) => each === 'json' || each === 'html');
    const caller = hasManifest ? callerOf(settings) : undefined;
    const start = { startedAt: runStartedAt.toISOString(), benchmark: settings.benchmark };
    await reports.begin(start);
    let tally = emptyTally;
    const matched = new Set<string>();
    for await (const result of source.results) {
      tally = tallied(tally, result);
      if (!result.ok) continue;
      for (const id of matchedWaivers(result.value, waivers)) matched.add(id);
      if (folder !== undefined) await keepEvidence(folder, evidenceFiles(result.value, settings.benchmark));
      await reports.cluster(result.value);
    }
    progress.stop();

    const coverage = source.coverage();
    const times = { startedAt: start.startedAt, finishedAt: ports.clock.now().toISOString() };
    const slugsOf = (all: Settings['controls']) => all.map(({ slug }) => slug);
    const controls = { lookedAt: slugsOf(settings.controls), leftOut: slugsOf(settings.leftOut) };
    const asked = { settings: flags.inForce, sources: settings.sources, controls };
    const manifest = caller && manifestOf({ caller: await caller, ...asked, ...times });
    if (folder !== undefined && manifest) {
      const about = { runId, tally, manifest, interrupted: signal.aborted, ...(coverage && { coverage }) };
      const signed = async (sumsSha256: string, key: SigningKey) =>
        (await import('../signed-evidence.ts')).signedEvidence({ ...about, sumsSha256 }, key);
      await sealFolder(folder, manifest, signingKey && ((sumsSha256) => signed(sumsSha256, signingKey)));
    }
    const used = waiverUse(waivers, matched);
    await reports.end({
      ...start,
      finishedAt: times.finishedAt,
      tally,
      ...(coverage && { coverage }),
      ...(used && { waivers: used }),
      ...(manifest && { manifests: [manifest] }),
      ...(signal.aborted && { interrupted: true }),
    });
    if (signal.aborted)
      terminal.stderr.write(
        'interrupted: the report shows what was read until then; run the command again for a complete audit\n',
      );
    const code = outcome(tally, coverage, failOn);
    if (signal.aborted || tally.clusters > 0 || code !== 0) return code;
    // Often the Region is the wrong one, and a pipeline must not take that for a pass.
    terminalLog(terminal).error(await noClusterText(settings));
    return exitCode.couldNotRun;
  }).finally(() => {
    progress.stop();
    ports.close();
  });
}

function throwIfArnNeeded({ publish, sources }: Settings, flags: ReportFlags): void {
  const format = formatWithArn(flags);
  const asksAws = sources.find((each) => each === 'ssm' || each === 'direct');
  const toRead = format ? `--format ${format}` : asksAws && `--sources ${asksAws}`;
  const needs = publish ? '--publish' : toRead;
  const other = needs?.startsWith('--sources') ? ', or --sources configz' : '';
  if (needs) throw new UsageError(`${needs} needs to know the EKS cluster: give its ARN as CLUSTER${other}`);
}

/** An interrupted audit must not replace findings in Security Hub about nodes that it did not read. */
const unlessInterrupted = (findings: FindingStore, signal: AbortSignal): FindingStore => ({
  stored: (place, clusterArn) => findings.stored(place, clusterArn),
  async write(place, list) {
    if (!signal.aborted) return await findings.write(place, list);
    const message = `${list.length} ${list.length === 1 ? 'finding was' : 'findings were'} not sent: the audit was interrupted`;
    return err({ code: 'interrupted', message, remedy: 'audit it again' });
  },
});

interface OriginOptions extends Pick<Settings, 'accessPath'> {
  readonly command: Command;
  /** The settings of the file of `--config`. */
  readonly config: RawSettings;
  readonly clusters: readonly string[];
}

const flagsOf: Readonly<Partial<Record<SettingName, readonly string[]>>> = {
  accounts: ['organization', 'account'],
  regions: ['region'],
};

/** Where a setting comes from. The environment gives flags their defaults; without a flag, the Region comes from it, or from the profile. */
function originOf(name: SettingName, { command, config, clusters, accessPath }: OriginOptions): SettingOrigin {
  if (name === 'clusters') return clusters.length > 0 ? 'option' : 'default';

  const flags = flagsOf[name] ?? [name];
  const given = flags.map((each) => command.getOptionValueSource(each));
  if (given.includes('cli')) return 'option';
  if (given.includes('default')) return 'environment';
  if (flags.some((each) => each in config)) return 'config file';
  if (name !== 'regions' || accessPath.by !== 'aws' || accessPath.regions.length === 0) return 'default';
  return clusters.some(parseClusterArn) ? 'option' : 'environment';
}

/** Who runs the audit, asked of STS in the Region where the audit begins. */
async function callerOf({ accessPath }: Settings): Promise<Manifest['caller']> {
  const region = accessPath.by === 'aws' ? accessPath.homeRegion : parseClusterArn(accessPath.arn ?? '')?.region;
  if (!region) return { unknown: 'no credentials of AWS were used' };

  const { caller } = await import('../../wiring/open/caller.ts');
  return manifestCaller(await caller(region, accessPath.profile));
}
