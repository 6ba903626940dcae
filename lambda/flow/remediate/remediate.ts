import type { RemediationPlan } from '../../core/fix/remediation/plan.ts';
import { planRemediation } from '../../core/fix/remediation/plan-remediation.ts';
import {
  ended,
  type NodeProgress,
  newProgress,
  nextNodes,
  type Progress,
  started,
} from '../../core/fix/remediation/run/progress.ts';
import type { ClusterAudit, NodeAudit, Problem } from '../../core/model/model.ts';
import { auditCluster } from '../audit/audit-cluster.ts';
import { clusterCalled } from '../audit/cluster-called.ts';
import type { Ports } from '../audit/ports.ts';
import type { RemediationPorts, RemedyProgress } from './ports.ts';
import type { RemediationOptions } from './remediation-options.ts';
import { type NodeRemedied, remedyNode } from './remedy-node.ts';

export interface Planned {
  readonly audit: ClusterAudit;
  readonly plan: RemediationPlan;
}

/**
 * Audits the cluster with every source, since only the files tell where a value comes from, and plans. Changes nothing.
 * @throws OperatorError when there is no such cluster
 */
export async function planCluster(
  ports: Ports,
  { wanted, signal, ...options }: RemediationOptions & { readonly wanted: string; readonly signal: AbortSignal },
): Promise<Planned> {
  const cluster = await clusterCalled(ports, wanted);
  const audit = await auditCluster(ports, cluster, { ...options, publish: false, everySource: true, signal });

  return { audit, plan: planRemediation(audit, options) };
}

interface ApplyPlanOptions extends RemediationOptions, Planned {
  readonly maxUnavailable: number;
  /** Keys of nodes that a person left out. */
  readonly skipped: readonly string[];
  readonly progress: RemedyProgress;
  /** When it aborts no new node is begun; those under way are waited for. */
  readonly interrupt: AbortSignal;
}

export interface Applied {
  readonly progress: Progress;
  /** `stopped`: a node did not come back, or a problem would meet every node. */
  readonly ended: 'finished' | 'stopped' | 'interrupted';
  /** What would meet every node. */
  readonly problem?: Problem;
  /** The audit with the nodes as they were read after their change. */
  readonly audit: ClusterAudit;
}

/**
 * Carries out the plan: node groups in their order, this many nodes at a time, and each read again before the next one is begun. Ends at the first
 * node that did not come back as planned.
 */
export async function applyPlan(
  ports: RemediationPorts,
  { audit, plan, ...applying }: ApplyPlanOptions,
): Promise<Applied> {
  const { maxUnavailable, skipped, interrupt, progress: told } = applying;
  const nodes = new Map<string, NodeAudit>(audit.nodes.map((each) => [each.node.key, each]));
  const running = new Map<string, Promise<NodeEnded>>();
  let progress = newProgress(plan, skipped);
  let problem: Problem | undefined;

  for (;;) {
    const next = nextNodes(progress, maxUnavailable);
    const mayStart = problem === undefined && !interrupt.aborted;
    if (next.kind === 'start' && mayStart) {
      progress = started(
        progress,
        next.nodes.map(({ key }) => key),
      );
      for (const node of next.nodes) running.set(node.key, begin(node));
      continue;
    }
    if (running.size === 0) {
      const now = audit.nodes.flatMap(({ node }) => nodes.get(node.key) ?? []);
      return {
        progress,
        ended: endOf(next.kind, problem),
        ...(problem && { problem }),
        audit: { ...audit, nodes: now },
      };
    }

    const { node, outcome, now, problem: met } = await Promise.race(running.values());
    running.delete(node.key);
    progress = ended(progress, node.key, outcome);
    problem ??= met;
    if (outcome.state === 'gone') nodes.delete(node.key);
    else if (now) nodes.set(node.key, now);
    told.nodeEnded(node, outcome);
  }

  async function begin(node: NodeProgress): Promise<NodeEnded> {
    told.nodeStarted(node);
    const before = nodes.get(node.key);
    if (!before) return { node, outcome: { state: 'gone' } };
    return { node, ...(await remedyNode(ports, { ...applying, cluster: audit.cluster, node, before })) };
  }
}

interface NodeEnded extends NodeRemedied {
  readonly node: NodeProgress;
}

function endOf(next: ReturnType<typeof nextNodes>['kind'], problem: Problem | undefined): Applied['ended'] {
  if (next === 'stopped' || problem !== undefined) return 'stopped';
  return next === 'finished' ? 'finished' : 'interrupted';
}
