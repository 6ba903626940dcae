import type { Control } from '../../core/judge/control.ts';
import { matchedWaivers, waiverUse } from '../../core/judge/waivers/waiver-use.ts';
import { type ManifestSetting, manifestOf } from '../../core/model/manifest.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { err } from '../../core/model/result.ts';
import { evidenceFiles } from '../../core/report/evidence.ts';
import { executionName } from '../../core/run/execution-name.ts';
import { emptyTally, outcome, tallied } from '../../core/run/outcome.ts';
import type { Ports } from '../../flow/audit/ports.ts';
import type { FindingStore } from '../../flow/ports.ts';
import { keepEvidence, sealFolder } from '../../wiring/files.ts';
import type { Settings } from '../../wiring/settings.ts';
import { callerOf } from '../audit-manifest.ts';
import { clustersOfAccounts, ownClusters } from '../audit-source.ts';
import { exitCode } from '../exit-code.ts';
import type { Gates } from '../gates.ts';
import { terminalLog } from '../log.ts';
import { terminalProgress } from '../progress.ts';
import type { Format } from '../report-formats.ts';
import { openReports, type ReportFlags, targetsOf } from '../report-targets.ts';
import type { Terminal } from '../terminal.ts';
import { waiversOf } from '../waivers-file.ts';

export interface AuditFlags extends ReportFlags, Pick<Gates, 'only' | 'failOn'> {
  readonly waivers?: string;
  readonly keepEvidence?: string;
  /** File of a private key, or the ARN of a KMS key. */
  readonly sign?: string;
  /** Settings for the manifest. */
  readonly inForce: readonly ManifestSetting[];
}

/** Audits, prints each cluster as it is done, and returns the exit code. */
export async function runAudit(settings: Settings, flags: AuditFlags, terminal: Terminal): Promise<number> {
  if (flags.sign !== undefined && flags.keepEvidence === undefined)
    throw new UsageError('--sign signs what --keep-evidence keeps; give both, or neither');
  // Before the audit: a key that cannot be used must not cost an hour.
  const signingKey = flags.sign === undefined ? undefined : await signingKeyFor(flags.sign, settings, terminal);
  for (const each of settings.warnings) terminalLog(terminal).warn(each);
  const targets = targetsOf(flags);
  const formats = targets.map(({ format }) => format);
  const waivers = await waiversOf(flags.waivers, settings, terminal);
  const progress = terminalProgress(terminal, settings.controls);
  const interrupt = new AbortController();
  const { signal } = interrupt;
  // Stays on: without this listener, the spinner's own would end the process before the report. A second signal ends it.
  const stop = () => {
    if (signal.aborted) process.exit(exitCode.interrupted);
    interrupt.abort();
  };
  const options = { log: terminalLog(terminal), progress };
  const ports = overAccounts(settings)
    ? await openForAccounts(settings, options)
    : await openForClusters(settings, formats, options);
  process.on('SIGINT', stop);

  try {
    const runStartedAt = ports.clock.now();
    const reports = await openReports(
      { targets, ...(flags.report !== undefined && { folder: flags.report }) },
      {
        ...settings,
        now: runStartedAt,
        brief: overAccounts(settings),
        ...(flags.only && { only: flags.only }),
        failOn: flags.failOn,
        ...(flags.bom && { bom: true }),
      },
      terminal,
    );
    const runId = `terminal-${executionName(runStartedAt)}`;
    const options = { ...settings, waivers, runId, runStartedAt, signal };
    const own = { ...ports, findings: unlessInterrupted(ports.findings, signal) };
    const source =
      'accounts' in own
        ? await clustersOfAccounts(own, options, {
            regions: settings.accessPath.by === 'aws' ? settings.accessPath.regions : [],
            names: settings.names,
          })
        : ownClusters(own, options);

    const hasManifest = flags.keepEvidence !== undefined || formats.some((each) => each === 'json' || each === 'html');
    const caller = hasManifest ? callerOf(settings.accessPath) : undefined;
    const start = { startedAt: runStartedAt.toISOString(), benchmark: settings.benchmark };
    await reports.begin(start);
    let tally = emptyTally;
    const matched = new Set<string>();
    for await (const result of source.results) {
      tally = tallied(tally, result);
      if (!result.ok) continue;
      for (const id of matchedWaivers(result.value, waivers)) matched.add(id);
      if (flags.keepEvidence !== undefined)
        await keepEvidence(flags.keepEvidence, evidenceFiles(result.value, settings.benchmark));
      await reports.cluster(result.value);
    }
    progress.stop();

    const coverage = source.coverage();
    const finishedAt = ports.clock.now().toISOString();
    const manifest =
      caller &&
      manifestOf({
        caller: await caller,
        settings: flags.inForce,
        sources: settings.sources,
        controls: { lookedAt: settings.controls.map(slugOf), leftOut: settings.leftOut.map(slugOf) },
        startedAt: start.startedAt,
        finishedAt,
      });
    if (flags.keepEvidence !== undefined && manifest) {
      const about = { runId, tally, manifest, interrupted: signal.aborted, ...(coverage && { coverage }) };
      await sealFolder(
        flags.keepEvidence,
        manifest,
        signingKey &&
          (async (sumsSha256) => (await loadSigning()).signedEvidence({ ...about, sumsSha256 }, signingKey)),
      );
    }
    const used = waiverUse(waivers, matched);
    const interrupted = signal.aborted && ({ interrupted: true } as const);
    await reports.end({
      ...start,
      finishedAt,
      tally,
      ...(coverage && { coverage }),
      ...(used && { waivers: used }),
      ...(manifest && { manifests: [manifest] }),
      ...interrupted,
    });
    if (!signal.aborted) return outcome(tally, coverage, flags.failOn);

    terminal.stderr.write(
      'interrupted: the report says what was read until then; give the command again for the rest\n',
    );
    return exitCode.interrupted;
  } finally {
    progress.stop();
    ports.close();
    process.off('SIGINT', stop);
  }
}

// Loaded where something is signed.
const loadSigning = () => import('../signed-evidence.ts');

async function signingKeyFor(key: string, { accessPath }: Settings, { stdin }: Terminal) {
  const { openSigningKey } = await import('../../wiring/open/signing-key.ts');
  return await openSigningKey(key, { stdin, profile: accessPath.profile });
}

const slugOf = ({ slug }: Control): string => slug;

const overAccounts = ({ accessPath }: Settings): boolean =>
  accessPath.by === 'aws' && accessPath.accounts.kind !== 'own';

type OpenPortsOptions = Pick<Ports, 'log' | 'progress'>;

// Loaded when they are needed: the AWS and Kubernetes clients are slow to load, and the other commands never need them.
async function openForAccounts(settings: Settings, options: OpenPortsOptions) {
  const { openRunPorts } = await import('../../wiring/open/run.ts');
  return await openRunPorts(settings, options);
}

async function openForClusters(settings: Settings, formats: readonly Format[], options: OpenPortsOptions) {
  const { openPorts } = await import('../../wiring/open/terminal.ts');
  const ports = await openPorts(settings, options);
  try {
    throwUnlessKnown(settings, formats, ports.arnKnown);
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
