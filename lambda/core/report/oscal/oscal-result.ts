import type { Control } from '../../judge/control.ts';
import { requirementsOf } from '../../judge/frameworks/requirements.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { howMany } from '../../model/text/words.ts';
import { counts, decidingResults, isOfNextNode } from '../deciding-results.ts';
import { controlNumber, type ReportedControls } from '../report.ts';
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
          reason: fails ? 'fail' : isSatisfied ? 'pass' : 'other',
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
