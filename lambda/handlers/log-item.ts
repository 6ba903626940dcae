import { hasCode } from '../contract/problem-codes.ts';
import type { Problem, Verdict } from '../core/model/model.ts';
import type { WriteSummary } from '../core/model/published.ts';
import type { ReportedAudit, ReportedNode } from '../core/model/reported-audit.ts';
import { decisiveProblem, type ItemAnswer } from '../core/run/answer.ts';
import { itemName } from '../core/run/item.ts';
import type { SweepAnswer } from '../core/run/sweep.ts';
import type { Log } from '../flow/ports.ts';
import { logSome, NamedError } from './invocation.ts';

/** Nodes or machines logged one by one, for each item; findings and census hold the rest. */
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
  const { rejected = [], notSent = [] } = audit.published ?? {};
  for (const each of [...rejected, ...notSent].slice(0, mostFindingLines))
    log.warn('finding not written', { item, ...words(each) });
}

/** Logs one item of a sweep: a line for it, one for each machine that was not judged or that failed, and its problems. */
export function logSweepItem(log: Log, { item: of, status, lines, opened, problems }: SweepAnswer): void {
  const item = itemName({ kind: 'cluster', ...of });
  const fields = { item, part: of.part, status, machines: lines.length, opened };
  if (status === 'failed') log.error('item of a sweep failed', fields);
  else log.info('item of a sweep done', fields);

  const open = lines.filter(({ judged }) => judged === undefined || judged.worst === 'fail');
  const machine = ({ instanceId, judged, notJudged }: (typeof open)[number]) =>
    log.warn('machine did not pass', { item, instanceId, ...judged, ...notJudged });
  logSome(open, machine, { most: mostNodeLines, more: 'more machines did not pass', fields: { item } }, log);
  for (const problem of problems) logProblem(log, problem, item);
}

/** Of drift no verdict shows anything until the next restart. */
function logNodes(log: Log, item: string, nodes: readonly ReportedNode[]): void {
  const failed = nodes.flatMap(({ node, verdicts }) =>
    Object.entries(verdicts)
      .filter(([, { status }]) => status !== 'pass' && status !== 'not-applicable')
      .map(([control, verdict]) => ({ ...nodeFields(item, node), control, ...verdictFields(verdict) })),
  );
  const drifted = nodes.flatMap(({ node, drift = [] }) =>
    drift.map(({ setting, kind, because }) => ({ ...nodeFields(item, node), setting, kind, because })),
  );

  for (const [what, lines] of [
    ['did not pass', failed],
    ['drifted', drifted],
  ] as const) {
    const some = { most: mostNodeLines, more: `more nodes ${what}`, fields: { item } };
    logSome<object>(lines, (line) => log.warn(`node ${what}`, { ...line }), some, log);
  }
}

const nodeFields = (item: string, { key, group }: ReportedNode['node']) => ({ item, node: key, group: group.name });

/** Evidence without its notes: the setting, its value and its origin are what a reader of logs asks for. */
function verdictFields(verdict: Verdict): Readonly<Record<string, unknown>> {
  if ('because' in verdict) return { verdict: verdict.status, because: verdict.because };

  const { setting, value, expected, origin, via } = verdict.evidence;
  return { verdict: verdict.status, setting, value, expected, origin, via };
}

/** `message` is the line's own. */
function words({ id, ...why }: WriteSummary['rejected'][number] | WriteSummary['notSent'][number]) {
  return 'because' in why ? { id, because: why.because } : { id, code: why.code, because: why.message };
}

function logProblem(log: Log, { code, message, remedy }: Problem, item: string): void {
  log.warn(message, { item, code, remedy });
}

/**
 * What an item came to, small: the state machine keeps it for every item of the run. A failed item fails its invocation under the name of its problem.
 */
export function itemDoneOrThrown(answer: ItemAnswer) {
  const { item, status, nodes, verdicts, findings } = answer;
  if (status === 'failed') return problemThrown(itemName(item), decisiveProblem(answer));
  return { item: itemName(item), status, nodes, verdicts, findings };
}

export function sweepItemDoneOrThrown({ item, status, lines, opened, problems }: SweepAnswer) {
  const name = itemName({ kind: 'cluster', ...item });
  if (status === 'failed') return problemThrown(name, problems[0]);
  const judged = lines.filter((each) => each.judged).length;
  return { item: name, status, machines: lines.length, judged, opened: opened.length };
}

/** @param what the item or step that failed */
export function problemThrown(what: string, problem: Problem | undefined): never {
  throw new NamedError(
    problem?.code ?? 'unexpected-error',
    `${what} failed: ${problem ? `${problem.message}; ${problem.remedy}` : 'no problem is reported'}`,
  );
}
