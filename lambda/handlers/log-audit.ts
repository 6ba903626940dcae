import type { Audit, ClusterAudit, NodeAudit, Problem, Verdict, WriteSummary } from '../core/model.ts';
import { countVerdicts } from '../core/outcome.ts';
import type { Log } from '../core/ports.ts';

/** Nodes logged one by one, for each cluster; the findings hold the rest. */
const mostNodeLines = 100;

/** Findings that Security Hub does not hold, for each cluster: they mostly share one cause. */
const mostFindingLines = 10;

/** One line a cluster, one a node and control that did not pass, one a setting that drifted, one a problem, one a finding that was not written. Bounded: a bad day of 5,000 nodes is no flood. */
export function logAudit(log: Log, audit: Audit): void {
  for (const problem of audit.problems) logProblem(log, problem);
  for (const cluster of audit.clusters) logCluster(log, cluster);
}

function logCluster(log: Log, audit: ClusterAudit): void {
  const cluster = audit.cluster.arn?.arn ?? audit.cluster.name;
  log.info('cluster audited', {
    cluster,
    nodes: audit.nodes.length,
    inventory: audit.inventory,
    verdicts: countVerdicts({ clusters: [audit] }),
    ...(audit.published && { published: publishedCounts(audit.published) }),
  });

  for (const problem of audit.problems) logProblem(log, problem, { cluster });
  logNodes(log, cluster, audit.nodes);
  logDrift(log, cluster, audit.nodes);
  if (audit.published) logUnwritten(log, cluster, audit.published);
}

function logNodes(log: Log, cluster: string, nodes: readonly NodeAudit[]): void {
  const lines = nodes.flatMap((each) =>
    Object.entries(each.verdicts)
      .filter(([, verdict]) => verdict.status !== 'pass' && verdict.status !== 'not-applicable')
      .map(([control, verdict]) => ({
        cluster,
        node: each.node.key,
        group: each.node.group.name,
        control,
        ...told(verdict),
      })),
  );

  for (const line of lines.slice(0, mostNodeLines)) log.warn('node did not pass', line);
  const untold = lines.length - mostNodeLines;
  if (untold > 0) log.warn('more nodes did not pass', { cluster, count: untold });
}

/** No verdict tells of it: the next restart does. */
function logDrift(log: Log, cluster: string, nodes: readonly NodeAudit[]): void {
  const lines = nodes.flatMap(({ node, drift = [] }) =>
    drift.map(({ setting, kind, because }) => ({
      cluster,
      node: node.key,
      group: node.group.name,
      setting,
      kind,
      because,
    })),
  );

  for (const line of lines.slice(0, mostNodeLines)) log.warn('node drifted', line);
  const untold = lines.length - mostNodeLines;
  if (untold > 0) log.warn('more nodes drifted', { cluster, count: untold });
}

/** Evidence without its notes: the setting, its value and its origin are what a reader of logs asks for. */
function told(verdict: Verdict): Readonly<Record<string, unknown>> {
  if ('because' in verdict) return { verdict: verdict.status, because: verdict.because };

  const { setting, value, expected, origin, via } = verdict.evidence;
  return { verdict: verdict.status, setting, value, expected, origin, via };
}

function logUnwritten(log: Log, cluster: string, { rejected, notSent }: WriteSummary): void {
  for (const each of [...rejected, ...notSent].slice(0, mostFindingLines))
    log.warn('finding not written', { cluster, ...words(each) });
}

/** `message` is the line's own. */
function words({ id, ...why }: WriteSummary['rejected'][number] | WriteSummary['notSent'][number]) {
  return 'because' in why ? { id, because: why.because } : { id, code: why.code, because: why.message };
}

function logProblem(
  log: Log,
  { code, message, remedy }: Problem,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  log.warn(message, { ...fields, code, remedy });
}

export const publishedCounts = ({ imported, rejected, notSent }: WriteSummary) => ({
  imported,
  rejected: rejected.length,
  notSent: notSent.length,
});
