import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { type Remedy, remedyFor } from '../../findings/remedies/remedy.ts';
import type { Control } from '../../judge/control.ts';
import { countsByStatus } from '../../model/access-states.ts';
import type { ReportedAudit, ReportedNode } from '../../model/reported-audit.ts';
import { plainJson } from '../../model/text/words.ts';
import { withProofs } from '../../model/verdict-parts.ts';
import {
  controlNumber,
  numberedFor,
  type Report,
  type ReportedControls,
  type RunEnd,
  type RunStart,
} from '../report.ts';

/**
 * The whole audit as JSON for other programs, one node a line: every node with its verdicts, its evidence, and what could not be read. `schemaVersion`
 * grows when a field changes its meaning or goes; new fields may come at any time (docs/schema/result-1.json). Counts, problems and coverage come after the clusters.
 */
export function jsonReport(options: ReportedControls): Report {
  let clusters = 0;

  return {
    *begin({ startedAt, benchmark }: RunStart) {
      yield `${plainJson({ schemaVersion: 1, startedAt, benchmark, controls: controlsOf(options) }).slice(0, -1)},"clusters":[\n`;
    },
    *cluster(audit) {
      if (clusters > 0) yield ',';
      clusters += 1;
      yield* clusterJson(audit, options);
    },
    *end({ finishedAt, tally, coverage, interrupted, manifests, waivers }: RunEnd) {
      const rest = {
        finishedAt,
        counts: tally.verdicts,
        waived: tally.waived,
        access: countsByStatus(tally.states),
        states: tally.states,
        ...(interrupted && { interrupted }),
        problems: tally.problems,
        ...(coverage && { coverage }),
        ...(waivers && { waivers }),
        ...(manifests && { manifests }),
      };
      yield `],${plainJson(rest).slice(1)}\n`;
    },
  };
}

/** One cluster's full result as one JSON document, one node a line; what fails says how to fix it on its node's kind. */
export function* clusterJson(
  { nodes, clusterVerdicts, resultSha256, ...cluster }: ReportedAudit,
  { controls, benchmark }: Pick<ReportedControls, 'controls'> & Partial<ReportedControls>,
): Generator<string> {
  const numbered = benchmark === 'auto' ? numberedFor({ benchmark }, cluster) : {};
  const bySlug = new Map(controls.map((control) => [control.slug, control]));
  const own = clusterVerdicts && { clusterVerdicts: withRemedies(clusterVerdicts, 'linux', bySlug) };

  yield `${plainJson({ ...cluster, ...numbered, ...own }, withoutCertificates).slice(0, -1)},"nodes":[`;
  for (const [index, node] of nodes.entries()) {
    yield index === 0 ? '\n' : ',\n';
    yield plainJson({ ...node, verdicts: withRemedies(withProofs(node.verdicts, node), remedyFor(node.node), bySlug) });
  }
  yield ']}\n';
}

function withRemedies(verdicts: ReportedNode['verdicts'], place: Remedy, bySlug: ReadonlyMap<string, Control>) {
  return Object.fromEntries(
    Object.entries(verdicts).map(([slug, verdict]) => {
      const control = bySlug.get(slug);
      return [
        slug,
        verdict.status === 'fail' && control ? { ...verdict, remedy: recommendation(control, place).Text } : verdict,
      ];
    }),
  );
}

/** What the verdicts are about, once: they name it by its slug. */
const controlsOf = ({ controls, benchmark }: ReportedControls) =>
  controls.map((control) => ({
    slug: control.slug,
    number: controlNumber(control, benchmark),
    ...(benchmark === 'auto' && {
      numbers: Object.fromEntries(Object.entries(control.numbers).map(([version, { number }]) => [version, number])),
    }),
    title: control.title,
    severity: control.severity,
    expected: control.expected,
  }));

/** The cluster's CA is long and no evidence here. */
const withoutCertificates = (key: string, value: unknown): unknown => (key === 'caPem' ? undefined : value);
