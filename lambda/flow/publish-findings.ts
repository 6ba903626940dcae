import { archivedFindings } from '../core/findings/archived-findings.ts';
import type { Stored } from '../core/findings/finding.ts';
import { findingsOf } from '../core/findings/findings-of.ts';
import type { Cluster, ClusterAudit, Problem } from '../core/model.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { Ports } from '../core/ports.ts';
import type { AuditOptions } from './audit-options.ts';

/** Writes the cluster's findings and says what became of each. Security Hub switched off is a problem of the audit, whose verdicts are kept. */
export async function publishFindings(
  ports: Pick<Ports, 'clock' | 'findings'>,
  audit: ClusterAudit,
  options: AuditOptions,
): Promise<ClusterAudit> {
  const { stored, problems } = await readStored(ports, audit.cluster);
  if (problems.some((each) => each.code === 'security-hub-off'))
    return { ...audit, problems: [...audit.problems, ...problems] };

  const context = { ...options, now: ports.clock.now(), stored };
  const written = await ports.findings.write(audit.cluster, [
    ...findingsOf(audit, context),
    ...archivedFindings(audit, context),
  ]);

  if (!written.ok) return { ...audit, problems: [...audit.problems, ...problems, written.error] };
  return { ...audit, problems: [...audit.problems, ...problems], published: written.value };
}

/** Without what is stored the findings are still worth sending; only when they were first seen is then not known. */
async function readStored(
  { findings }: Pick<Ports, 'findings'>,
  cluster: Cluster,
): Promise<{ readonly stored: Stored; readonly problems: readonly Problem[] }> {
  try {
    const stored = await Array.fromAsync(findings.stored(cluster));
    return { stored: new Map(stored.map((each) => [each.id, each])), problems: [] };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return {
      stored: 'unknown',
      problems: [
        {
          code: error.code,
          message: error.message,
          remedy: 'the findings were sent all the same, as if they were new',
        },
      ],
    };
  }
}
