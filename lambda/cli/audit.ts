import { Command, Option } from 'commander';
import { environment } from '../contract/environment.ts';
import { benchmarks } from '../core/control.ts';
import { scopes } from '../core/findings/identity.ts';
import type { Audit } from '../core/model.ts';
import { UsageError } from '../core/operator-error.ts';
import { outcome } from '../core/outcome.ts';
import type { FindingStore } from '../core/ports.ts';
import { asffReport } from '../core/reports/asff.ts';
import { evidenceFiles } from '../core/reports/evidence.ts';
import { jsonReport } from '../core/reports/json.ts';
import { tableReport } from '../core/reports/table.ts';
import { err } from '../core/result.ts';
import { auditClusters } from '../flow/audit-clusters.ts';
import { keepEvidence } from '../wiring/files.ts';
import { type RawSettings, type Settings, settingsFrom } from '../wiring/settings.ts';
import { exitCode } from './exit-code.ts';
import { terminalLog } from './log.ts';
import { terminalProgress } from './progress.ts';
import { type Terminal, tableStyle } from './terminal.ts';
import { writeReport } from './write-report.ts';

interface Flags extends RawSettings {
  readonly format: 'table' | 'json' | 'asff';
  readonly output?: string;
  readonly keepEvidence?: string;
}

export function auditCommand(terminal: Terminal, done: (code: number) => void): Command {
  const { env } = terminal;
  const from = (flags: string, description: string, variable: string) => {
    const option = new Option(flags, description);
    return env[variable] ? option.default(env[variable]) : option;
  };
  const several = (value: string, before: readonly string[] = []) => [...before, value];

  return new Command('audit')
    .summary('audit clusters: configz through the API server, then SSM for what is left')
    .description(
      'Audits EKS clusters with AWS credentials, or one cluster through a kubeconfig or a kubectl proxy. CLUSTER is a name or an ARN; all clusters of the Regions when none is given.',
    )
    .argument('[CLUSTER...]', 'the clusters to audit')
    .addOption(
      new Option('--region <region>', 'Region to look for clusters in (repeatable; default AWS_REGION)').argParser(
        several,
      ),
    )
    .option('--profile <profile>', 'AWS profile')
    .option('--kubeconfig <file>', 'reach one cluster through this kubeconfig instead')
    .option('--context <context>', 'context of the kubeconfig')
    .option('--api-server <url>', 'reach one cluster through a kubectl proxy on this machine; no credentials are sent')
    .addOption(
      from(
        '--sources <list>',
        'how to read kubelets, in order: configz,ssm (with a kubeconfig or a proxy: configz); tls, from a network that reaches the nodes, comes last',
        environment.sources,
      ),
    )
    .addOption(from('--controls <list>', 'controls by slug or number (default all)', environment.controls))
    .addOption(
      from(
        '--benchmark <benchmark>',
        `numbering: ${benchmarks.join(', ')} (default cis-eks-1.8.0)`,
        environment.benchmark,
      ),
    )
    .addOption(
      from('--scope <scope>', `what a finding is about: ${scopes.join(', ')} (default node-group)`, environment.scope),
    )
    .addOption(
      from('--concurrency <number>', 'kubelets read at once in one cluster (default 20)', environment.concurrency),
    )
    .addOption(from('--node-timeout <duration>', 'deadline of one node (default 10s)', environment.nodeTimeout))
    .option(
      '--every-source',
      'have every source read every node: what runs is compared with what the files say (drift)',
      env[environment.everySource] === 'true' || undefined,
    )
    .option(
      '--keep-evidence <folder>',
      'keep for each node what was answered, reduced to the settings of the controls, with its SHA-256',
    )
    .option('--publish', 'write the findings to Security Hub of the cluster’s account and Region')
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json', 'asff']).default('table'))
    .option('--output <file>', 'print to this file instead of stdout')
    .action(async (clusters: string[], flags: Flags) => {
      const settings = settingsFrom({ ...flags, clusters, ...defaultRegion(env) });
      done(await run(settings, flags, terminal));
    });
}

function defaultRegion(env: Terminal['env']): { readonly defaultRegion?: string } {
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  return region ? { defaultRegion: region } : {};
}

async function run(settings: Settings, flags: Flags, terminal: Terminal): Promise<number> {
  const progress = terminalProgress(terminal);
  // Loaded here: the AWS and Kubernetes clients are slow to load, and the other commands never need them.
  const { openPorts } = await import('../wiring/ports.ts');
  const ports = await openPorts(settings, { log: terminalLog(terminal), progress });
  const interrupt = new AbortController();
  // Stays on: without a listener of ours the spinner's own would end the process before the report. Who insists is let go.
  const stop = () => {
    if (interrupt.signal.aborted) process.exit(exitCode.interrupted);
    interrupt.abort();
  };
  process.on('SIGINT', stop);

  try {
    if ((settings.publish || flags.format === 'asff') && !ports.arnKnown) {
      throw new UsageError(
        `${settings.publish ? '--publish' : '--format asff'} needs to know the EKS cluster: give its ARN as CLUSTER`,
      );
    }

    if (settings.sources.includes('ssm') && !ports.arnKnown)
      throw new UsageError(
        '--sources ssm needs to know the EKS cluster: give its ARN as CLUSTER, or --sources configz',
      );

    const findings = unlessInterrupted(ports.findings, interrupt.signal);
    const audit = await auditClusters({ ...ports, findings }, { ...settings, signal: interrupt.signal });
    progress.stop();
    if (flags.keepEvidence !== undefined) await keepEvidence(flags.keepEvidence, evidenceFiles(audit));
    await writeReport(render(audit, settings, { flags, terminal }), flags.output, terminal);
    return interrupt.signal.aborted ? exitCode.interrupted : outcome(audit);
  } finally {
    progress.stop();
    ports.close();
    process.off('SIGINT', stop);
  }
}

/** What an interrupted audit did not look at is no news: it must not replace what Security Hub knows. */
const unlessInterrupted = (findings: FindingStore, signal: AbortSignal): FindingStore => ({
  stored: (cluster) => findings.stored(cluster),
  write: async (cluster, list) =>
    signal.aborted
      ? err({
          code: 'interrupted',
          message: `the findings of ${cluster.name} were not sent: the audit was interrupted`,
          remedy: 'audit it again',
        })
      : await findings.write(cluster, list),
});

function render(
  audit: Audit,
  settings: Settings,
  { flags, terminal }: { flags: Flags; terminal: Terminal },
): string | Iterable<string> {
  switch (flags.format) {
    case 'table':
      return tableReport(audit, { controls: settings.controls, style: tableStyle(terminal, flags.output) });
    case 'json':
      return jsonReport(audit);
    case 'asff':
      return asffReport(audit, settings);
  }
}
