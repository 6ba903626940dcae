import { version } from '../../../contract/version.ts';
import type { Control } from '../../judge/control.ts';
import { requirementsOf } from '../../judge/frameworks/requirements.ts';
import { callerText, programText } from '../../model/manifest.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { howMany, plainJson } from '../../model/text/words.ts';
import { counts, decidingResults, isOfNextNode } from '../deciding-results.ts';
import { notLookedAtBy, placeText } from '../not-looked-at.ts';
import { controlNumber, numberedFor, type Report, type ReportedControls, type RunEnd } from '../report.ts';
import { type JudgedGroupOptions, judgedGroup } from './judged-group.ts';
import {
  assessmentAssets,
  type IdOf,
  line,
  markupLine,
  originOf,
  problemObservations,
  property,
  reviewedControls,
  some,
  titleOf,
  utc,
  uuid5,
} from './oscal-parts.ts';

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

interface OscalResultOptions extends ReportedControls {
  /** What makes the UUIDs of this result: the run, and the cluster's place in it. */
  readonly path: readonly string[];
}

/** One cluster: its nodes, what was observed of them, a risk for each failure, and a finding for each control. */
export function oscalResult(audit: ReportedAudit, { controls, benchmark, path }: OscalResultOptions) {
  const id: IdOf = (...parts) => uuid5(...path, ...parts);
  const start = utc(audit.auditedAt);
  const judged = decidingResults(audit, controls)
    .map((rolled) => judgedGroup(rolled, { benchmark, start, id }))
    .toArray();
  const problems = problemObservations(audit.problems, id, start);
  const findings = controls.flatMap((control) => {
    const groups = judged.filter(({ rolled }) => rolled.control === control);
    return findingOf(control, groups, audit, { benchmark, id });
  });

  return {
    uuid: id('result'),
    title: line(`Cluster ${audit.cluster.name}`),
    description: `The kubelets of cluster ${markupLine(audit.cluster.arn?.arn ?? audit.cluster.name)}: ${howMany(audit.nodes.length, 'node')}.`,
    start,
    'local-definitions': {
      components: [clusterComponent(audit, id)],
      'inventory-items': some(inventory(audit, id)),
      ...assessmentAssets(id),
    },
    'reviewed-controls': reviewed(audit, controls),
    observations: some([...judged.flatMap((each) => each.observations), ...problems]),
    risks: some(judged.flatMap((each) => each.risks)),
    findings: some(findings),
    remarks: audit.inventory.complete ? undefined : notWhole,
  };
}

const notWhole = 'The list of nodes is not complete: nodes may be missing, so no control is satisfied.';

function reviewed({ controls: { lookedAt, leftOut } }: ReportedAudit, controls: readonly Control[]) {
  const looked = controls.filter(({ slug }) => lookedAt.includes(slug));
  const without = `Left out, since no source of this audit shows them: ${leftOut.map(markupLine).join(', ')}.`;
  return reviewedControls(looked.length > 0 ? looked : controls, leftOut.length > 0 ? without : undefined);
}

const clusterComponent = ({ cluster }: ReportedAudit, id: IdOf) => ({
  uuid: id('cluster'),
  type: 'service',
  title: line(cluster.name),
  description: 'An Amazon EKS cluster.',
  props: cluster.arn && [property('arn', cluster.arn.arn)],
  status: { state: 'operational' },
});

const inventory = ({ nodes, nextNodes }: ReportedAudit, id: IdOf) =>
  [...nodes, ...(nextNodes?.nodes ?? [])].map(({ node: { key, name, kind, group, kubeletVersion } }) => ({
    uuid: id('node', key),
    description: `Node ${markupLine(name ?? key)}`,
    props: [
      property('node-key', key),
      property('node-kind', kind),
      property('node-group', group.name, group.kind),
      ...(kubeletVersion === undefined ? [] : [property('kubelet-version', kubeletVersion)]),
    ],
    'implemented-components': [{ 'component-uuid': id('cluster') }],
  }));

/** One finding for a control: satisfied where everything of the cluster that it applies to was read, and passes. */
function findingOf(
  control: Control,
  groups: readonly ReturnType<typeof judgedGroup>[],
  audit: ReportedAudit,
  { benchmark, id }: Omit<JudgedGroupOptions, 'start'>,
) {
  const applicable = groups.filter(({ rolled }) => rolled.status !== 'not-applicable');
  if (applicable.length === 0) return [];

  const fails = applicable.some(({ rolled }) => rolled.status === 'fail');
  const passes = applicable.every(
    ({ rolled }) => rolled.status === 'pass' || (isOfNextNode(rolled) && !counts(rolled)),
  );
  const isSatisfied = passes && audit.inventory.complete;
  const reason = isSatisfied ? 'pass' : 'other';
  const number = controlNumber(control, benchmark);
  return [
    {
      uuid: id('finding', control.slug),
      title: titleOf(control, benchmark),
      description: markupLine(control.rationale),
      props: some([
        ...(number === undefined ? [] : [property('number', number, benchmark)]),
        ...requirementsOf(control).map((each) => property('requirement', each.id, each.framework)),
      ]),
      origins: [originOf(id)],
      target: {
        type: 'objective-id',
        'target-id': control.slug,
        title: line(control.title),
        status: {
          state: isSatisfied ? 'satisfied' : 'not-satisfied',
          reason: fails ? 'fail' : reason,
          remarks: passes && !isSatisfied ? notWhole : undefined,
        },
      },
      'related-observations': some(
        groups.flatMap(({ observations }) => observations.map(({ uuid }) => ({ 'observation-uuid': uuid }))),
      ),
      'related-risks': some(groups.flatMap(({ risks }) => risks.map(({ uuid }) => ({ 'risk-uuid': uuid })))),
    },
  ];
}
