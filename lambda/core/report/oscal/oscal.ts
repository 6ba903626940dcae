import { version } from '../../../contract/version.ts';
import type { Control } from '../../judge/control.ts';
import { callerText, programText } from '../../model/manifest.ts';
import { plainJson } from '../../model/text/plain-json.ts';
import { numberedFor } from '../control-list.ts';
import type { Report, RunEnd } from '../report.ts';
import { markupLine } from './markup-line.ts';
import {
  assessmentAssets,
  line,
  oscalResult,
  problemObservations,
  property,
  selectionOf,
  some,
  utc,
} from './oscal-result.ts';
import { uuid5 } from './uuid-5.ts';

interface OscalReportOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
}

/**
 * OSCAL assessment results 1.2.1: one result for each cluster, then one for what the run could not look at. A UUID is made of the run's begin and of
 * what it names, so that the same run written twice is the same document.
 */
export function oscalReport({ controls, benchmark }: OscalReportOptions): Report {
  let startedAt = '';
  let clusters = 0;

  return {
    *begin(run) {
      startedAt = run.startedAt;
      yield '{"assessment-results":{"results":[\n';
    },
    *cluster(audit) {
      if (clusters > 0) yield ',\n';
      const path = [startedAt, `${clusters}`, audit.cluster.arn?.arn ?? audit.cluster.name];
      clusters += 1;
      yield plainJson(oscalResult(audit, numberedFor({ controls, benchmark, path }, audit)));
    },
    *end(run) {
      const left = leftResult(run, { controls, benchmark });
      if (left) yield `${clusters > 0 ? ',\n' : ''}${plainJson(left)}`;
      else if (clusters === 0) yield plainJson(emptyResult(run, controls));
      yield `\n],${plainJson(frameOf(run)).slice(1)}}\n`;
    },
  };
}

/** What surrounds the results. The plan is a resource of the document itself: the settings of the audit. */
function frameOf(run: RunEnd) {
  const plan = uuid5(run.startedAt, 'plan');
  return {
    uuid: uuid5(run.startedAt, 'assessment-results'),
    metadata: {
      title: 'Authentication of the clients of kubelets in Amazon EKS',
      'last-modified': utc(run.finishedAt),
      version: utc(run.startedAt),
      'oscal-version': '1.2.1',
    },
    'import-ap': { href: `#${plan}` },
    'back-matter': {
      resources: [
        {
          uuid: plan,
          title: 'What this audit was to look at',
          ...some('props', [property('benchmark', run.benchmark), property('program-version', version)]),
          ...(run.manifests?.length ? { remarks: manifestText(run) } : {}),
        },
      ],
    },
  };
}

const manifestText = ({ manifests = [] }: RunEnd): string =>
  manifests
    .map((manifest) =>
      [
        `${markupLine(programText(manifest))}, run by ${markupLine(callerText(manifest))}, ${manifest.startedAt} to ${manifest.finishedAt}.`,
        ...manifest.settings.map(({ name, value, from }) => `- ${markupLine(`${name}: ${value} (${from})`)}`),
      ].join('\n'),
    )
    .join('\n\n');

/** The gaps of a run over accounts, and what kept clusters from being audited. */
function leftResult(run: RunEnd, { controls }: OscalReportOptions) {
  const gaps = (run.coverage?.gaps ?? []).map(({ accountId, region, cluster, problem }) => {
    const where = [accountId, region, cluster].filter(Boolean).join(', ');
    return { ...problem, message: `${where}: ${problem.message}` };
  });
  const problems = [...run.tally.problems, ...gaps];
  if (problems.length === 0 && !run.interrupted) return undefined;

  const id = (...parts: readonly string[]): string => uuid5(run.startedAt, 'left', ...parts);
  return {
    ...emptyResult(run, controls),
    title: line('What was not looked at'),
    ...some('observations', problemObservations(problems, { id, start: utc(run.startedAt) })),
    ...(run.interrupted ? { remarks: 'A person stopped the run: what is missing was not looked at.' } : {}),
  };
}

/** OSCAL demands at least one result. */
function emptyResult(run: RunEnd, controls: readonly Control[]) {
  const id = (...parts: readonly string[]): string => uuid5(run.startedAt, 'left', ...parts);
  return {
    uuid: id('result'),
    title: 'No cluster was audited',
    description: 'The run as a whole.',
    start: utc(run.startedAt),
    end: utc(run.finishedAt),
    'local-definitions': assessmentAssets(id),
    'reviewed-controls': { 'control-selections': [selectionOf(controls, 'Nothing of this result was looked at.')] },
  };
}
