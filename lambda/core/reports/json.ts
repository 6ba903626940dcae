import type { ClusterAudit } from '../model.ts';
import { plainJson } from '../text/plain-json.ts';
import type { Report, RunEnd, RunStart } from './report.ts';

/**
 * The whole audit as JSON for other programs, one node a line: every node with its verdicts, its evidence, and what could not be read. `schemaVersion`
 * grows when a field changes its meaning or goes; new fields may come at any time. Counts, problems and coverage come after the clusters.
 */
export function jsonReport(): Report {
  let clusters = 0;

  return {
    *begin({ startedAt, benchmark }: RunStart) {
      yield `${plainJson({ schemaVersion: 1, startedAt, benchmark }).slice(0, -1)},"clusters":[\n`;
    },
    *cluster(audit) {
      if (clusters > 0) yield ',';
      clusters += 1;
      yield* clusterJson(audit);
    },
    *end({ finishedAt, tally, coverage }: RunEnd) {
      const rest = {
        finishedAt,
        counts: tally.verdicts,
        waived: tally.waived,
        problems: tally.problems,
        ...(coverage && { coverage }),
      };
      yield `],${plainJson(rest).slice(1)}\n`;
    },
  };
}

/** One cluster's full result as one JSON document, one node a line. */
export function* clusterJson({ nodes, ...cluster }: ClusterAudit): Generator<string> {
  yield `${plainJson(cluster, withoutCertificates).slice(0, -1)},"nodes":[`;
  for (const [index, node] of nodes.entries()) {
    yield index === 0 ? '\n' : ',\n';
    yield plainJson(node);
  }
  yield ']}\n';
}

/** The cluster's CA is long and no evidence here. */
const withoutCertificates = (key: string, value: unknown): unknown => (key === 'caPem' ? undefined : value);
