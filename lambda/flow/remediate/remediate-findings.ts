import { type FindingName, parseFindingId } from '../../core/findings/identity.ts';
import { workOf } from '../../core/fix/remediation/plan-remediation.ts';
import { leftOut } from '../../core/fix/remediation/run/readiness.ts';
import { type GroupedNode, runbookGroup, runbookStarts } from '../../core/fix/remediation/run/runbook.ts';
import type { Control } from '../../core/judge/control.ts';
import { findControl } from '../../core/judge/controls/catalogue/find-control.ts';
import type { ClusterArn, ClusterAudit, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { auditCluster } from '../audit/audit-cluster.ts';
import { problemOf } from '../problem-of.ts';
import type { RecentRunbook, RemediationOptions, RequestPorts } from './ports.ts';

interface Request extends Omit<RemediationOptions, 'controls'> {
  /** Ids of findings as the sender gave them, each with the account whose Security Hub holds it. Nothing else of a finding is trusted, or even read. */
  readonly findings: readonly { readonly id: string; readonly accountId: string }[];
  readonly isAudited: (accountId: string) => boolean;
  /** Starts runbooks though no API server can say which nodes are Ready. */
  readonly withoutReady: boolean;
  readonly signal: AbortSignal;
}

/** How one finding was handled: text for a log, since no caller waits for an answer. */
export type FindingAnswer =
  | {
      readonly id: string;
      readonly status: 'asked';
      readonly executions: readonly string[];
      readonly nodes: number;
      /** Nodes that no start holds: one request begins with 50 machines of a cluster, and with one runbook of a group. */
      readonly left?: number;
      /** Nodes that are not touched, each with the reason why it is not Ready. */
      readonly unready?: readonly UnreadyNode[];
    }
  /** A runbook of the same group waits for its approval, or changes nodes. */
  | { readonly id: string; readonly status: 'busy'; readonly executions: readonly string[]; readonly because: string }
  | {
      readonly id: string;
      readonly status: 'not-ours' | 'nothing-to-do' | 'not-planned' | 'failed';
      readonly because: string;
    };

interface UnreadyNode {
  readonly node: string;
  readonly because: string;
}

interface NamedFinding {
  readonly id: string;
  readonly name: FindingName;
  readonly control: Control;
}

/**
 * For each finding: its cluster is audited again, and if the finding is still true, the runbook of its account is started, which asks a person first.
 * What goes wrong with one cluster is the answer of its findings and never stops the others.
 */
export async function remediateFindings(ports: RequestPorts, request: Request): Promise<readonly FindingAnswer[]> {
  const once = new Map(request.findings.map((each) => [JSON.stringify(each), each]));
  const named = [...once.values()].map(({ id, accountId }) => ({ id, found: nameOf(id, accountId, request) }));
  const ours = [...new Map(named.flatMap(({ id, found }) => (found.ok ? [[id, found.value] as const] : []))).values()];

  const answers: FindingAnswer[] = named.flatMap(({ id, found }) =>
    found.ok ? [] : [{ id, status: 'not-ours', because: found.error }],
  );
  for (const [, same] of Map.groupBy(ours, ({ name }) => name.cluster.arn))
    answers.push(...(await ofCluster(ports, same, request)));
  return answers;
}

function nameOf(
  id: string,
  accountId: string,
  { isAudited }: Pick<Request, 'isAudited'>,
): Result<NamedFinding, string> {
  const name = parseFindingId(id);
  const control = name && findControl(name.control);
  if (!name || control?.slug !== name.control) return err('no finding of this program has such an Id');
  // Anyone who can write findings in an account chooses their Ids.
  if (name.cluster.accountId !== accountId)
    return err(`it is in account ${accountId}, and its Id names a cluster of account ${name.cluster.accountId}`);
  return isAudited(accountId) ? ok({ id, name, control }) : err(`account ${accountId} is not audited`);
}

async function ofCluster(
  ports: RequestPorts,
  findings: readonly NamedFinding[],
  request: Request,
): Promise<readonly FindingAnswer[]> {
  const [first] = findings;
  if (!first) return [];
  const { cluster } = first.name;
  const allFailed = (problem: Problem) => findings.map(({ id }) => failed(id, problem));

  try {
    const described = await ports.regionalClusters.describe(cluster, cluster.name);
    const found = described.find((each) => each.ok)?.value;
    if (!found) return allFailed(described.flatMap((each) => (each.ok ? [] : [each.error]))[0] ?? noAnswer(cluster));

    const controls = [...new Set(findings.map(({ control }) => control))];
    const audit = await auditCluster(ports, found, { ...request, controls, publish: false, everySource: true });
    const out = await unreadyNodes(ports, audit, request);
    if (!out.ok) return allFailed(out.error);
    const works = findings.map((each) => workOn(each, audit, out.value));
    const answers = works.filter((each) => 'status' in each);
    const open = works.flatMap((each) => ('status' in each ? [] : [each]));
    return [...answers, ...(await startAll(ports, open, cluster))];
  } catch (error) {
    return allFailed(problemOf(ports.log, error, `the remediation of cluster ${cluster.name}`));
  }
}

const noAnswer = ({ name }: ClusterArn): Problem => ({
  code: 'cluster-not-found',
  message: `nothing is known of cluster ${name}`,
  remedy: 'see whether it is still there',
});

/** Percent of a group, as in a terminal. */
const maxUnready = 10;

/** By key, why a node is left as it is. Where nothing shows whether nodes are Ready, a person decides once whether that is accepted. */
async function unreadyNodes(
  { readiness, log }: RequestPorts,
  { cluster, nodes }: ClusterAudit,
  { withoutReady, signal }: Request,
): Promise<Result<ReadonlyMap<string, string>, Problem>> {
  const all = await readiness.all(cluster, signal);
  const members = nodes.map(({ node }) => node);
  if (all.ok) return ok(leftOut(members, all.value, { maxUnready }));
  const { message } = all.error;
  if (!withoutReady)
    return err({
      code: 'readiness-unknown',
      message: `whether its nodes are Ready is not known: ${message}`,
      remedy:
        'give the function a way to the API server (vpc in the settings), or do without that (remediation.withoutReady); nothing was started',
    });
  log.warn('whether nodes are Ready is not known, and not asked', { cluster: cluster.name, because: message });
  return ok(new Map());
}

interface Work {
  readonly id: string;
  readonly nodes: readonly GroupedNode[];
  readonly unready: readonly UnreadyNode[];
}

/** The nodes of a finding that are Ready, or the answer where nothing is to be started for it. */
function workOn(each: NamedFinding, audit: ClusterAudit, out: ReadonlyMap<string, string>): FindingAnswer | Work {
  const { id } = each;
  const work = workOf(each, audit);
  if (work.kind !== 'nodes') return { id, status: work.kind, because: work.because };
  const unready = work.nodes.flatMap(({ key }) => {
    const because = out.get(key);
    return because === undefined ? [] : [{ node: key, because }];
  });
  const nodes = work.nodes.filter(({ key }) => !out.has(key));
  if (nodes.length > 0) return { id, nodes, unready };
  const reasons = [...new Set(unready.map(({ because }) => because))].slice(0, 3).join('; ');
  return { id, status: 'not-planned', because: `its nodes are left as they are: ${reasons}` };
}

interface StartedRunbook {
  readonly instanceIds: readonly string[];
  readonly result: Result<string, Problem>;
}

/** One runbook of a node group at a time: what is open is not started beside, and two requests at the same moment start one. */
async function startAll(
  { runbooks }: RequestPorts,
  works: readonly Work[],
  cluster: ClusterArn,
): Promise<readonly FindingAnswer[]> {
  const nodes = works.flatMap((work) => work.nodes);
  const recent = nodes.length === 0 ? ok([]) : await runbooks.recent(cluster, cluster.name);
  if (!recent.ok) return works.map(({ id }) => failed(id, recent.error));

  const open = recent.value.filter(({ isOpen }) => isOpen);
  const started: StartedRunbook[] = [];
  for (const start of runbookStarts(nodesInOrder(nodes, recent.value))) {
    if (open.some(({ group }) => group === start.group)) continue;
    // The id of the newest one before makes two requests that saw the same one request.
    const last = recent.value.find(({ group }) => group === start.group)?.executionId ?? 'none';
    const requestId = JSON.stringify([cluster.arn, start.group, last]);
    const result = await runbooks.start(cluster, { ...start, cluster: cluster.name, requestId });
    started.push({ ...start, result });
  }
  return works.map((each) => answerOf(each, started, open));
}

/** Those that a runbook before tried without success come last, so that they keep no other node waiting. */
function nodesInOrder(nodes: readonly GroupedNode[], recent: readonly RecentRunbook[]): readonly GroupedNode[] {
  const ends = recent.flatMap((each) => each.nodes).filter(({ outcome }) => outcome.state !== 'waiting');
  const tried = new Set(ends.map(({ instanceId }) => instanceId));
  return nodes.toSorted((one, other) => Number(tried.has(one.instanceId)) - Number(tried.has(other.instanceId)));
}

function answerOf(
  { id, nodes, unready }: Work,
  started: readonly StartedRunbook[],
  open: readonly RecentRunbook[],
): FindingAnswer {
  const own = started.filter(({ instanceIds }) => nodes.some(({ instanceId }) => instanceIds.includes(instanceId)));
  const problem = own.flatMap(({ result }) => (result.ok ? [] : [result.error]))[0];
  if (problem) return failed(id, problem);
  const begun = nodes.filter(({ instanceId }) => own.some(({ instanceIds }) => instanceIds.includes(instanceId)));
  if (begun.length > 0) {
    const left = nodes.length - begun.length;
    const executions = own.flatMap(({ result }) => (result.ok ? [result.value] : []));
    const more = { ...(left > 0 && { left }), ...(unready.length > 0 && { unready }) };
    return { id, status: 'asked', executions, nodes: begun.length, ...more };
  }

  const groups = new Set(nodes.map(({ group }) => runbookGroup(group)));
  const executions = open.filter(({ group }) => groups.has(group)).map(({ executionId }) => executionId);
  if (executions.length > 0) return { id, status: 'busy', executions, because: groupBusy };
  return { id, status: 'failed', because: requestFull };
}

const groupBusy = 'a runbook of this node group waits for its approval, or changes nodes: ask again when it has ended';
const requestFull =
  'one request begins with 50 machines of a cluster, and with one runbook of a node group: ask again when they are done';

const failed = (id: string, { message, remedy }: Problem): FindingAnswer => ({
  id,
  status: 'failed',
  because: `${message}; ${remedy}`,
});
