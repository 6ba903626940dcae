import { hasCode } from '../contract/problem-codes.ts';
import type { Problem, Verdict } from '../core/model/model.ts';
import type { WriteSummary } from '../core/model/published.ts';
import type { ReportedAudit, ReportedNode } from '../core/model/reported-audit.ts';
import type { ItemAnswer } from '../core/run/answer.ts';
import { itemName } from '../core/run/item.ts';
import type { SweepAnswer } from '../core/run/sweep.ts';
import type { Log } from '../flow/ports.ts';

/** Nodes logged one by one, for each cluster; the findings hold the rest. */
const mostNodeLines = 100;

/** Findings that Security Hub does not hold, for each cluster: they usually share one cause. */
const mostFindingLines = 10;

/**
 * Logs one item: a line for it, and for its cluster a line for each of these:
 * - a node and control that did not pass
 * - a setting that drifted
 * - a problem
 * - a finding that was not written
 *
 * Bounded: a bad day of 5,000 nodes is no flood.
 * @param audit of a cluster that was looked at in this invocation
 */
export function logItem(log: Log, answer: ItemAnswer, audit: ReportedAudit | undefined): void {
  const item = itemName(answer.item);
  const { status, nodes, unreadableNodes, complete, verdicts, findings, moreProblems } = answer;
  const fields = { item, status, nodes, unreadableNodes, complete, verdicts, findings };
  if (answer.problems.slice(0, 1).some(hasCode('audit-unfinished'))) log.info('item goes on in another step', fields);
  else if (status === 'failed') log.error('item failed', fields);
  else log.info('item done', fields);

  for (const problem of answer.problems) logProblem(log, problem, item);
  if (moreProblems > 0) log.warn('more problems', { item, count: moreProblems });

  if (!audit) return;
  logNodes(log, item, audit.nodes);
  for (const [control, verdict] of Object.entries(audit.clusterVerdicts ?? {}))
    if (verdict.status !== 'pass') log.warn('cluster did not pass', { item, control, ...verdictFields(verdict) });
  logDrift(log, item, audit.nodes);
  if (audit.published) logUnwritten(log, item, audit.published);
}

/** Machines logged one by one, for each item of a sweep; the census has all. */
const mostMachineLines = 100;

/** Logs one item of a sweep: a line for it, one for each machine that was not judged or that failed, and its problems. */
export function logSweepItem(log: Log, { item: of, status, lines, opened, problems }: SweepAnswer): void {
  const item = itemName({ kind: 'cluster', ...of });
  const fields = { item, part: of.part, status, machines: lines.length, opened };
  if (status === 'failed') log.error('item of a sweep failed', fields);
  else log.info('item of a sweep done', fields);

  const open = lines.filter(({ judged }) => judged === undefined || judged.worst === 'fail');
  for (const { instanceId, judged, notJudged } of open.slice(0, mostMachineLines))
    log.warn('machine did not pass', { item, instanceId, ...judged, ...notJudged });
  if (open.length > mostMachineLines)
    log.warn('more machines did not pass', { item, count: open.length - mostMachineLines });
  for (const problem of problems) logProblem(log, problem, item);
}

function logNodes(log: Log, item: string, nodes: readonly ReportedNode[]): void {
  const lines = nodes.flatMap((each) =>
    Object.entries(each.verdicts)
      .filter(([, verdict]) => verdict.status !== 'pass' && verdict.status !== 'not-applicable')
      .map(([control, verdict]) => ({
        item,
        node: each.node.key,
        group: each.node.group.name,
        control,
        ...verdictFields(verdict),
      })),
  );

  for (const line of lines.slice(0, mostNodeLines)) log.warn('node did not pass', line);
  const more = lines.length - mostNodeLines;
  if (more > 0) log.warn('more nodes did not pass', { item, count: more });
}

/** No verdict shows it until the next restart. */
function logDrift(log: Log, item: string, nodes: readonly ReportedNode[]): void {
  const lines = nodes.flatMap(({ node, drift = [] }) =>
    drift.map(({ setting, kind, because }) => ({
      item,
      node: node.key,
      group: node.group.name,
      setting,
      kind,
      because,
    })),
  );

  for (const line of lines.slice(0, mostNodeLines)) log.warn('node drifted', line);
  const more = lines.length - mostNodeLines;
  if (more > 0) log.warn('more nodes drifted', { item, count: more });
}

/** Evidence without its notes: the setting, its value and its origin are what a reader of logs asks for. */
function verdictFields(verdict: Verdict): Readonly<Record<string, unknown>> {
  if ('because' in verdict) return { verdict: verdict.status, because: verdict.because };

  const { setting, value, expected, origin, via } = verdict.evidence;
  return { verdict: verdict.status, setting, value, expected, origin, via };
}

function logUnwritten(log: Log, item: string, { rejected, notSent }: WriteSummary): void {
  for (const each of [...rejected, ...notSent].slice(0, mostFindingLines))
    log.warn('finding not written', { item, ...words(each) });
}

/** `message` is the line's own. */
function words({ id, ...why }: WriteSummary['rejected'][number] | WriteSummary['notSent'][number]) {
  return 'because' in why ? { id, because: why.because } : { id, code: why.code, because: why.message };
}

function logProblem(log: Log, { code, message, remedy }: Problem, item: string): void {
  log.warn(message, { item, code, remedy });
}
