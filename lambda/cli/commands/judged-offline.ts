import type { Command } from 'commander';
import { variableOf } from '../../contract/environment.ts';
import { isOfCluster } from '../../core/judge/control.ts';
import { chosenControls } from '../../core/judge/controls/catalogue/find-control.ts';
import { type ManifestSetting, manifestOf } from '../../core/model/manifest.ts';
import type { ClusterAudit, Problem, Via } from '../../core/model/model.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import type { Result } from '../../core/model/result.ts';
import { minorVersion } from '../../core/read/kubelet/known-versions.ts';
import { emptyTally, outcome, type Tally, tallied } from '../../core/run/outcome.ts';
import { benchmarkNamed, controlWordsNamed } from '../../wiring/settings.ts';
import { type Gates, ofSeverity, withOptions } from '../options.ts';
import { openReports, type ReportFlags, targetsOf, withReportFlags } from '../report-targets.ts';
import { type Terminal, terminalLog } from '../terminal.ts';

export interface OfflineFlags extends ReportFlags, Gates {
  readonly controls?: string;
  readonly benchmark?: string;
  readonly kubeletVersion?: string;
  readonly for?: string;
}

export function withOfflineOptions(command: Command, { env }: Terminal): Command {
  const controls = 'controls by slug or number (default: all of the benchmark version, and our own, that a file shows)';
  withOptions(command, env, [['controls', controls], 'benchmark', 'only', 'severity', 'failOn']);
  return withReportFlags(command);
}

export type OfflineRun = ReturnType<typeof offlineRun>;

/** The controls and settings of an offline audit. @throws UsageError where the options don't fit together, before any file is read */
export function offlineRun(
  flags: OfflineFlags,
  { command, sources, terminal }: { readonly command: Command; readonly sources: readonly Via[]; terminal: Terminal },
) {
  const { controls: words, severity, kubeletVersion } = flags;
  targetsOf(flags);
  for (const [flag, version] of [['--kubelet-version', kubeletVersion] as const, ['--for', flags.for] as const])
    if (version !== undefined && minorVersion(version) === undefined)
      throw new UsageError(`${flag} '${version}' is not a version of Kubernetes; give one such as 1.34`);

  const benchmark = benchmarkNamed(flags.benchmark);
  const isNamed = (flag: string) => command.getOptionValueSource(flag) === 'cli';
  const stored = !isNamed('controls');
  const { warnings = [], ...chosen } = chosenControls(controlWordsNamed(words), { benchmark, stored, sources });
  for (const each of warnings) terminalLog(terminal).warn(each);
  const ofNodes = chosen.controls.filter((each) => !isOfCluster(each));
  if (ofNodes.length === 0 && chosen.controls[0])
    throw new UsageError(
      `${chosen.controls[0].slug} is about the cluster itself, which files of nodes don't show; use the command audit for it`,
    );

  const controls = ofSeverity(ofNodes, severity);
  const slugs = controls.map(({ slug }) => slug).join();
  const values = { controls: slugs, benchmark, kubeletVersion, severity: severity?.join() };
  return {
    now: new Date(),
    benchmark,
    sources,
    controls,
    leftOut: chosen.leftOut,
    settings: Object.entries(values).flatMap(([name, value]): ManifestSetting[] => {
      if (value === undefined) return [];
      const unnamed = terminal.env[variableOf(name) ?? ''] ? 'environment' : 'default';
      return [{ name, value, from: isNamed(name) ? 'option' : unnamed }];
    }),
  };
}

export interface ReportOfflineOptions {
  readonly flags: OfflineFlags;
  readonly terminal: Terminal;
}

export async function reportOffline(
  results: readonly Result<ClusterAudit, Problem>[],
  { sources, settings, ...run }: OfflineRun,
  { flags, terminal }: ReportOfflineOptions,
): Promise<void> {
  const { benchmark, controls, leftOut, now } = run;
  const reports = await openReports(flags, { ...run, scope: 'node-group' }, terminal);
  const start = { startedAt: now.toISOString(), benchmark };
  const times = { ...start, finishedAt: start.startedAt };
  await reports.begin(start);
  for (const result of results) if (result.ok) await reports.cluster(result.value);
  const manifest = manifestOf({
    caller: { unknown: 'files are judged, and AWS is not asked' },
    settings,
    sources,
    controls: { lookedAt: controls.map(({ slug }) => slug), leftOut: leftOut.map(({ slug }) => slug) },
    startedAt: times.startedAt,
    finishedAt: times.finishedAt,
  });
  await reports.end({ ...times, tally: tallyOf(results), manifests: [manifest] });
}

export const tallyOf = (results: readonly Result<ClusterAudit, Problem>[]): Tally =>
  results.reduce(tallied, emptyTally);

export const exitCodeOf = (results: readonly Result<ClusterAudit, Problem>[], { failOn }: Gates): number =>
  outcome(tallyOf(results), undefined, failOn);
