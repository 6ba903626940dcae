import { Command } from 'commander';
import { OperatorError, UsageError } from '../../core/model/operator-error.ts';
import { holdersReport, holdersYaml, tooOld } from '../../core/report/terminal/holders.ts';
import { clusterCalled } from '../../flow/audit/audit-cluster.ts';
import { readFacts } from '../../flow/audit/judge-cluster.ts';
import { type RawSettings, settingsFrom } from '../../wiring/settings.ts';
import { defaultRegion, helpEnd, withOptions } from '../options.ts';
import { terminalProgress } from '../progress.ts';
import { writeReport } from '../report-output.ts';
import { type Terminal, tableStyle, terminalLog } from '../terminal.ts';

interface Flags extends Pick<RawSettings, 'region' | 'profile' | 'kubeconfig' | 'context'> {
  readonly yaml?: boolean;
  readonly output?: string;
}

export function holdersCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('holders')
    .summary('who holds nodes/proxy in a cluster, and what to grant instead; changes nothing')
    .description(
      'Names each user, group, service account and IAM principal that reaches nodes/proxy, with which any command can be run in any pod: by which bindings, what it is, and which narrower permission it needs on the kubelet’s own port. CLUSTER is a name or an ARN; not needed with --kubeconfig.',
    )
    .argument('[CLUSTER]', 'the cluster, by name or ARN')
    .option('--yaml', 'print the ClusterRoles without nodes/proxy, to review and apply');
  withOptions(command, terminal.env, [
    ['region', 'Region of the cluster (default AWS_REGION, or that of the ARN)'],
    ...(['profile', 'kubeconfig', 'context', 'output'] as const),
  ]);
  return helpEnd(command, '0 everything was read, 2 with gaps, 3 could not run, 64 wrong usage.', [
    'holders payments',
    'holders payments --yaml -o roles.yaml',
  ]).action(async (cluster: string | undefined, { yaml = false, output, ...flags }: Flags) => {
    const settings = settingsFrom({
      ...flags,
      clusters: cluster === undefined ? [] : [cluster],
      sources: 'configz',
      controls: 'cluster-proxy-holders',
      ...(await defaultRegion(terminal.env, flags.profile)),
    });
    if (settings.accessPath.by === 'aws' && cluster === undefined)
      throw new UsageError("missing required argument 'CLUSTER'; name one, or give --kubeconfig");

    const { openPorts } = await import('../../wiring/open/terminal.ts');
    const log = terminalLog(terminal);
    const ports = await openPorts(settings, { log, progress: terminalProgress({ ...terminal, verbosity: 'quiet' }) });
    try {
      const found = await clusterCalled(ports, cluster ?? '');
      const { signal } = new AbortController();
      const [{ facts }, nodes] = await Promise.all([
        readFacts(ports, found, signal),
        ports.nodeList?.nodes(found, signal),
      ]);
      const old = nodes?.ok ? tooOld(nodes.value) : 'its nodes could not be listed';
      if (yaml && old !== undefined) throw new OperatorError('kubelets-too-old', `no YAML: ${old}`);
      if (yaml) for (const each of facts.unread) log.warn(`not read: ${each}`);
      const text = yaml ? holdersYaml(facts.grants) : holdersReport(facts, old, tableStyle(terminal, output));
      await writeReport(text, output, terminal);
      done(facts.unread.length > 0 ? 2 : 0);
    } finally {
      ports.close();
    }
  });
}
