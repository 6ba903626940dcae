import { version } from '../../../contract/version.ts';
import { callerText, programText } from '../../model/manifest.ts';
import { plainJson } from '../../model/text/words.ts';
import { notLookedAtBy, placeText } from '../not-looked-at.ts';
import { numberedFor, type Report, type ReportedControls, type RunEnd } from '../report.ts';
import {
  assessmentAssets,
  type IdOf,
  markupLine,
  problemObservations,
  property,
  reviewedControls,
  some,
  utc,
  uuid5,
} from './oscal-parts.ts';
import { oscalResult } from './oscal-result.ts';

/**
 * OSCAL assessment results 1.2.1: one result for each cluster, then one for what the run could not look at. A UUID is made of the run's begin and of
 * what it names, so that the same run written twice is the same document.
 */
export function oscalReport(options: ReportedControls): Report {
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
      yield plainJson(oscalResult(audit, numberedFor({ ...options, path }, audit)));
    },
    *end(run) {
      const left = notLookedAtBy(run);
      if (left.length > 0 || clusters === 0)
        yield `${clusters > 0 ? ',\n' : ''}${plainJson(runResult(run, left, options))}`;
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
          props: [property('benchmark', run.benchmark), property('program-version', version)],
          remarks: manifestText(run) || undefined,
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

/** The run as a whole: its gaps, and what kept clusters from being audited. OSCAL demands at least one result. */
function runResult(run: RunEnd, left: ReturnType<typeof notLookedAtBy>, { controls }: ReportedControls) {
  const id: IdOf = (...parts) => uuid5(run.startedAt, 'left', ...parts);
  const problems = left.map(({ place, message, ...each }) => ({
    ...each,
    message: [placeText(place), message].filter(Boolean).join(': '),
  }));
  return {
    uuid: id('result'),
    title: left.length > 0 ? 'What was not looked at' : 'No cluster was audited',
    description: 'The run as a whole.',
    start: utc(run.startedAt),
    end: utc(run.finishedAt),
    'local-definitions': assessmentAssets(id),
    'reviewed-controls': reviewedControls(controls, 'Nothing of this result was looked at.'),
    observations: some(problemObservations(problems, id, utc(run.startedAt))),
  };
}
