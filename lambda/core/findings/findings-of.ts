import type { Scope, SourceName } from '../../contract/settings.ts';
import type { Control } from '../judge/control.ts';
import type { Cluster, ClusterAudit } from '../model/model.ts';
import { UsageError } from '../model/operator-error.ts';
import type { AsffFinding } from './asff/asff.ts';
import type { Applicable } from './asff/compliance.ts';
import { type FindingOfOptions, findingOf, type NamedCluster, type Stored } from './finding.ts';
import { type Judged, type RolledUp, rollUp } from './roll-up.ts';

export interface FindingOptions {
  readonly controls: readonly Control[];
  /** The version whose numbers are shown, `cis-eks-1.8.0`. */
  readonly benchmark: string;
  readonly scope: Scope;
  /** The run's one time of update. */
  readonly now: Date;
  readonly stored: Stored;
  /** Those of the audit: advice names the right that they need. */
  readonly sources?: readonly SourceName[];
}

/** A finding without a cluster ARN would have no account, Region or identity. Ends a run as wrong usage (64). */
class ClusterArnNeeded extends UsageError {
  override readonly code = 'cluster-arn-needed';

  constructor(cluster: Pick<Cluster, 'name'>) {
    super(
      `cluster '${cluster.name}' has no ARN, and a finding needs its account and Region; use AWS credentials with --region, or a kubeconfig of aws eks update-kubeconfig, whose context names the ARN`,
    );
  }
}

/**
 * One cluster's audit → its active findings, one for each subject and control, in a stable order. A subject to which a control
 * applies nowhere has none.
 * @throws ClusterArnNeeded when the cluster has no ARN
 */
export function findingsOf(
  audit: Pick<ClusterAudit, 'cluster'> & Judged,
  options: FindingOptions,
): readonly AsffFinding[] {
  const context = contextOf(audit, options);

  return rollUp(audit, options.controls, options.scope)
    .filter(isApplicable)
    .map((rolled) => findingOf(rolled, context));
}

/** @throws ClusterArnNeeded when the cluster has no ARN */
export function contextOf(
  { cluster }: Pick<ClusterAudit, 'cluster'>,
  { benchmark, now, stored, sources }: Pick<FindingOptions, 'benchmark' | 'now' | 'stored' | 'sources'>,
): FindingOfOptions {
  return { cluster: namedCluster(cluster), benchmark, now, stored, ...(sources && { sources }) };
}

/** @throws ClusterArnNeeded when the cluster has no ARN */
export function namedCluster(cluster: Cluster): NamedCluster {
  if (!hasArn(cluster)) throw new ClusterArnNeeded(cluster);

  return cluster;
}

const hasArn = (cluster: Cluster): cluster is NamedCluster => cluster.arn !== undefined;

export const isApplicable = (rolled: RolledUp): rolled is Applicable => rolled.status !== 'not-applicable';
