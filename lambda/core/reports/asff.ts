import type { Control } from '../control.ts';
import { findingsOf } from '../findings/findings-of.ts';
import type { Scope } from '../findings/identity.ts';
import type { Audit } from '../model.ts';

interface AsffOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
  readonly scope: Scope;
}

/**
 * The findings of an audit as a JSON array, as BatchImportFindings takes them (100 a call). Nobody asked Security Hub, so CreatedAt is the run's.
 * @throws ClusterArnNeeded when a cluster has no ARN
 */
export function asffReport(audit: Audit, options: AsffOptions): string {
  const { controls, benchmark, scope } = options;
  const now = new Date(audit.finishedAt);
  const findings = audit.clusters.flatMap((each) =>
    findingsOf(each, { controls, benchmark, scope, now, stored: 'unknown' }),
  );

  return `${JSON.stringify(findings, undefined, 2)}\n`;
}
