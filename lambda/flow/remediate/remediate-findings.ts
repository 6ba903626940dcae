import { type FindingName, parseFindingId } from '../../core/findings/identity.ts';
import { type FindingWork, workOf } from '../../core/fix/remediation/finding-work.ts';
import { runbookStarts } from '../../core/fix/remediation/run/runbook-starts.ts';
import type { Control } from '../../core/judge/control.ts';
import { findControl } from '../../core/judge/controls/catalogue/find-control.ts';
import type { ClusterArn, ClusterAudit, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { auditCluster } from '../audit/audit-cluster.ts';
import { problemOf } from '../problem-of.ts';
import type { RequestPorts } from './ports.ts';
import type { RemediationOptions } from './remediation-options.ts';

interface Request extends Omit<RemediationOptions, 'controls'> {
  /** Ids of findings as the sender gave them, each with the account whose Security Hub holds it. Nothing else of a finding is trusted, or even read. */
  readonly findings: readonly { readonly id: string; readonly accountId: string }[];
  readonly isAudited: (accountId: string) => boolean;
  /** The same text for the same request, even if it is delivered several times. */
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** How one finding was handled: text for a log, since no caller waits for an answer. */
export type FindingAnswer =
  | {
      readonly id: string;
      readonly status: 'asked';
      readonly executions: readonly string[];
      readonly nodes: number;
      /** Nodes that no start holds, since one request begins with 50 machines of a cluster. */
      readonly left?: number;
    }
  | {
      readonly id: string;
      readonly status: 'not-ours' | 'nothing-to-do' | 'not-planned' | 'failed';
      readonly because: string;
    };

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
    return err(`it lies in account ${accountId}, and its Id names a cluster of account ${name.cluster.accountId}`);
  return isAudited(accountId)
    ? ok({ id, name, control })
    : err(`account ${accountId} is none of those that are audited`);
}

async function ofCluster(
  ports: RequestPorts,
  findings: readonly NamedFinding[],
  request: Request,
): Promise<readonly FindingAnswer[]> {
  const [first] = findings;
  if (!first) return [];
  const { cluster } = first.name;

  try {
    const audit = await auditNow(ports, cluster, {
      ...request,
      controls: [...new Set(findings.map(({ control }) => control))],
    });
    if (!audit.ok) return findings.map(({ id }) => failed(id, audit.error));

    const works = findings.map((each) => ({ id: each.id, work: workOf(each, audit.value) }));
    return await startAll(ports, works, { cluster, requestId: request.requestId });
  } catch (error) {
    const problem = problemOf(ports.log, error, `the remediation of cluster ${cluster.name}`);
    return findings.map(({ id }) => failed(id, problem));
  }
}

async function auditNow(
  ports: RequestPorts,
  arn: ClusterArn,
  options: RemediationOptions & { readonly signal: AbortSignal },
): Promise<Result<ClusterAudit, Problem>> {
  const described = await ports.regionalClusters.describe(arn, arn.name);
  const cluster = described.find((each) => each.ok)?.value;
  if (!cluster) return err(described.flatMap((each) => (each.ok ? [] : [each.error]))[0] ?? noAnswer(arn));

  return ok(await auditCluster(ports, cluster, { ...options, publish: false, everySource: true }));
}

const noAnswer = ({ name }: ClusterArn): Problem => ({
  code: 'cluster-not-found',
  message: `nothing is known of cluster ${name}`,
  remedy: 'see whether it is still there',
});

async function startAll(
  ports: RequestPorts,
  works: readonly { readonly id: string; readonly work: FindingWork }[],
  { cluster, requestId }: { readonly cluster: ClusterArn; readonly requestId: string },
): Promise<readonly FindingAnswer[]> {
  const starts = runbookStarts(works.flatMap(({ work }) => (work.kind === 'nodes' ? work.nodes : [])));

  const started: { readonly instanceIds: readonly string[]; readonly result: Result<string, Problem> }[] = [];
  for (const start of starts) {
    const words = JSON.stringify([requestId, cluster.arn, start]);
    const result = await ports.runbooks.start(cluster, { ...start, cluster: cluster.name, requestId: words });
    started.push({ instanceIds: start.instanceIds, result });
  }

  return works.map(({ id, work }): FindingAnswer => {
    if (work.kind !== 'nodes') return { id, status: work.kind, because: work.because };

    const own = started.filter(({ instanceIds }) => work.nodes.some((node) => instanceIds.includes(node.instanceId)));
    const begun = work.nodes.filter(({ instanceId }) =>
      own.some(({ instanceIds }) => instanceIds.includes(instanceId)),
    );
    const left = work.nodes.length - begun.length;
    const problem = own.flatMap(({ result }) => (result.ok ? [] : [result.error]))[0];
    if (problem) return failed(id, problem);
    const executions = own.flatMap(({ result }) => (result.ok ? [result.value] : []));
    if (begun.length === 0)
      return {
        id,
        status: 'failed',
        because: 'one request begins with 50 machines of a cluster: ask again when they are done',
      };
    return { id, status: 'asked', executions, nodes: begun.length, ...(left > 0 && { left }) };
  });
}

const failed = (id: string, { message, remedy }: Problem): FindingAnswer => ({
  id,
  status: 'failed',
  because: `${message}; ${remedy}`,
});
