import type { Control } from '../../core/judge/control.ts';
import { matchedWaivers, waiverUse } from '../../core/judge/waivers/waiver-use.ts';
import { type ManifestSetting, manifestOf } from '../../core/model/manifest.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { err } from '../../core/model/result.ts';
import { evidenceFiles } from '../../core/report/evidence.ts';
import { executionName } from '../../core/run/item.ts';
import { emptyTally, outcome, tallied } from '../../core/run/outcome.ts';
import type { SigningKey } from '../../core/run/signed/signed-bundle.ts';
import type { Ports } from '../../flow/audit/ports.ts';
import type { FindingStore } from '../../flow/ports.ts';
import { keepEvidence, sealFolder } from '../../wiring/files.ts';
import type { Settings } from '../../wiring/settings.ts';
import { callerOf } from '../audit-manifest.ts';
import { auditSource, noClusterText, openAuditPorts } from '../audit-source.ts';
import { exitCode } from '../exit-code.ts';
import { untilInterrupted } from '../interrupt.ts';
import { terminalLog } from '../log.ts';
import type { Gates } from '../options.ts';
import { terminalProgress } from '../progress.ts';
import type { Format } from '../report-formats.ts';
import { openReports, type ReportFlags, targetsOf } from '../report-targets.ts';
import type { Terminal } from '../terminal.ts';
import { waiversOf } from '../waivers-file.ts';

export interface AuditFlags extends ReportFlags, Pick<Gates, 'only' | 'failOn'> {
  readonly waivers: string | undefined;
  readonly keepEvidence?: string;
  /** File of a private key, or the ARN of a KMS key. */
  readonly sign?: string;
  /** Settings for the manifest. */
  readonly inForce: readonly ManifestSetting[];
}

/** Audits, prints each cluster as it is done, and returns the exit code. */
export async function runAudit(settings: Settings, flags: AuditFlags, terminal: Terminal): Promise<number> {
  const { sign, keepEvidence: folder, report, only, bom, failOn } = flags;
  if (sign !== undefined && folder === undefined)
    throw new UsageError('--sign signs what --keep-evidence keeps; give both, or neither');
  // Before the audit: a key that cannot be used must not cost an hour.
  const signingKey = sign === undefined ? undefined : await signingKeyFor(sign, settings, terminal);
  for (const each of settings.warnings) terminalLog(terminal).warn(each);
  const targets = targetsOf(flags);
  const formats = targets.map(({ format }) => format);
  const waivers = await waiversOf(flags.waivers, settings, terminal);
  const progress = terminalProgress(terminal, settings.controls);
  const ports = await openPorts(settings, formats, { log: terminalLog(terminal), progress });

  return await untilInterrupted(async (signal) => {
    const runStartedAt = ports.clock.now();
    const shown = { ...(only && { only }), ...(bom && { bom }), failOn, brief: 'accounts' in ports, now: runStartedAt };
    const reports = await openReports(
      { targets, ...(report !== undefined && { folder: report }) },
      { ...settings, ...shown },
      terminal,
    );
    const runId = `terminal-${executionName(runStartedAt)}`;
    const own = { ...ports, findings: unlessInterrupted(ports.findings, signal) };
    const source = await auditSource(own, settings, { ...settings, waivers, runId, runStartedAt, signal });
    const hasManifest = folder !== undefined || formats.some((each) => each === 'json' || each === 'html');
    const caller = hasManifest ? callerOf(settings.accessPath) : undefined;
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
    const controls = { lookedAt: settings.controls.map(slugOf), leftOut: settings.leftOut.map(slugOf) };
    const manifest =
      caller &&
      manifestOf({ caller: await caller, settings: flags.inForce, sources: settings.sources, controls, ...times });
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
        'interrupted: the report says what was read until then; give the command again for the rest\n',
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

async function signingKeyFor(key: string, { accessPath }: Settings, { stdin }: Terminal) {
  const { openSigningKey } = await import('../../wiring/open/signing-key.ts');
  return await openSigningKey(key, { stdin, profile: accessPath.profile });
}

const slugOf = ({ slug }: Control): string => slug;

async function openPorts(settings: Settings, formats: readonly Format[], options: Pick<Ports, 'log' | 'progress'>) {
  const ports = await openAuditPorts(settings, options);
  try {
    throwUnlessKnown(settings, formats, !('arnKnown' in ports) || ports.arnKnown);
    return ports;
  } catch (error) {
    ports.close();
    throw error;
  }
}

/** What a cluster must be known by its ARN for. */
function throwUnlessKnown({ publish, sources }: Settings, formats: readonly Format[], arnKnown: boolean): void {
  if (arnKnown) return;

  const format = formats.find((each) => each === 'asff' || each === 'ocsf');
  if (publish || format)
    throw new UsageError(
      `${publish ? '--publish' : `--format ${format}`} needs to know the EKS cluster: give its ARN as CLUSTER`,
    );
  const asksAws = sources.find((each) => each === 'ssm' || each === 'direct');
  if (asksAws)
    throw new UsageError(
      `--sources ${asksAws} needs to know the EKS cluster: give its ARN as CLUSTER, or --sources configz`,
    );
}

/** What an interrupted audit did not read must not replace the findings in Security Hub. */
const unlessInterrupted = (findings: FindingStore, signal: AbortSignal): FindingStore => ({
  stored: (place, clusterArn) => findings.stored(place, clusterArn),
  write: async (place, list) =>
    signal.aborted
      ? err({
          code: 'interrupted',
          message: `${list.length} ${list.length === 1 ? 'finding was' : 'findings were'} not sent: the audit was interrupted`,
          remedy: 'audit it again',
        })
      : await findings.write(place, list),
});
