import { productName } from '../../../contract/names.ts';
import { homepage, version } from '../../../contract/version.ts';
import { holderText, openHolders, reasonText, waiverText } from '../../findings/asff/status-reasons.ts';
import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { type Remedy, remedyFor } from '../../findings/remedies/remedy.ts';
import { type RolledUp, waiverOf } from '../../findings/roll-up.ts';
import { type Control, isOfCluster } from '../../judge/control.ts';
import { requirementsOf } from '../../judge/frameworks/requirements.ts';
import type { FoundWaiver } from '../../judge/waivers/find-waiver.ts';
import { alikeBy } from '../../model/alike-by.ts';
import type { ClusterNode, Verdict } from '../../model/model.ts';
import { proofOf, type Readings } from '../../model/proofs.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { howMany } from '../../model/text/how-many.ts';
import { originText, viaText } from '../../model/text/origin-text.ts';
import { evidenceIn } from '../../model/verdict-parts.ts';
import { controlNumber } from '../control-list.ts';
import { counts, decidingResults, groupOf, isOfNextNode } from '../deciding-results.ts';
import { groupName, placeName } from '../posture.ts';
import { plain } from '../problem-lines.ts';
import { markupLine } from './markup-line.ts';
import type {
  OscalComponent,
  OscalFinding,
  OscalObservation,
  OscalProperty,
  OscalResult,
  OscalRisk,
} from './oscal-types.ts';
import { uuid5 } from './uuid-5.ts';

/** The namespace of this program's properties and facets. Without a page of its own it is a URN that nobody else can own: a UUID's. */
export const namespaceOf = (page: string | undefined): string =>
  page === undefined
    ? `urn:uuid:${uuid5(productName, 'ns', 'oscal')}`
    : `${page.replace(/#.*/, '').replace(/\/$/, '')}/ns/oscal`;

const oscalNamespace = namespaceOf(homepage);

export interface OscalResultOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
  /** What makes the UUIDs of this result: the run, and the cluster's place in it. */
  readonly path: readonly string[];
}

/** One cluster: its nodes, what was observed of them, a risk for each failure, and a finding for each control. */
export function oscalResult(audit: ReportedAudit, { controls, benchmark, path }: OscalResultOptions): OscalResult {
  const id = (...parts: readonly string[]): string => uuid5(...path, ...parts);
  const start = utc(audit.auditedAt);
  const options = { audit, benchmark, start, id };
  const judged = decidingResults(audit, controls)
    .map((rolled) => resultOf(rolled, options))
    .toArray();
  const observations = [
    ...judged.flatMap((each) => each.observations),
    ...problemObservations(audit.problems, options),
  ];
  const risks = judged.flatMap((each) => each.risks);
  const findings = controls.flatMap((control) =>
    findingOf(
      control,
      judged.filter(({ rolled }) => rolled.control === control),
      options,
    ),
  );
  const { lookedAt, leftOut } = audit.controls;
  const looked = controls.filter(({ slug }) => lookedAt.includes(slug));
  const without =
    leftOut.length > 0
      ? `Left out, since no source of this audit shows them: ${leftOut.map(markupLine).join(', ')}.`
      : undefined;

  return {
    uuid: id('result'),
    title: line(`Cluster ${audit.cluster.name}`),
    description: `The kubelets of cluster ${markupLine(audit.cluster.arn?.arn ?? audit.cluster.name)}: ${howMany(audit.nodes.length, 'node')}.`,
    start,
    'local-definitions': {
      components: [clusterComponent(options)],
      ...some('inventory-items', inventory(options)),
      ...assessmentAssets(id),
    },
    'reviewed-controls': { 'control-selections': [selectionOf(looked.length > 0 ? looked : controls, without)] },
    ...some('observations', observations),
    ...some('risks', risks),
    ...some('findings', findings),
    ...(audit.inventory.complete ? {} : { remarks: notWhole }),
  };
}

/** Arrays of OSCAL have at least one member, or are not there. */
export const some = <Name extends string, T>(
  name: Name,
  all: readonly T[],
): { readonly [Each in Name]?: readonly T[] } =>
  all.length > 0 ? ({ [name]: all } as { readonly [Each in Name]: readonly T[] }) : {};

interface ClusterOptions {
  readonly audit: ReportedAudit;
  readonly benchmark: string;
  readonly start: string;
  readonly id: (...parts: readonly string[]) => string;
}

const notWhole = 'The list of nodes is not complete: nodes may be missing, so no control is satisfied.';

/** The tool, and the platform that OSCAL demands around it. */
export const assessmentAssets = (
  id: ClusterOptions['id'],
): Pick<OscalResult['local-definitions'], 'assessment-assets'> => ({
  'assessment-assets': {
    components: [
      {
        uuid: id('tool'),
        type: 'software',
        title: productName,
        description: 'Reads the configuration of kubelets and judges it.',
        props: [property('version', version)],
        status: { state: 'operational' },
      },
    ],
    'assessment-platforms': [
      { uuid: id('platform'), title: productName, 'uses-components': [{ 'component-uuid': id('tool') }] },
    ],
  },
});

function clusterComponent({ audit: { cluster }, id }: ClusterOptions): OscalComponent {
  return {
    uuid: id('cluster'),
    type: 'service',
    title: line(cluster.name),
    description: 'An Amazon EKS cluster.',
    ...some('props', cluster.arn ? [property('arn', cluster.arn.arn)] : []),
    status: { state: 'operational' },
  };
}

const inventory = ({ audit, id }: ClusterOptions) =>
  [...audit.nodes, ...(audit.nextNodes?.nodes ?? [])].map(({ node }) => ({
    uuid: nodeId(id, node.key),
    description: `Node ${markupLine(node.name ?? node.key)}`,
    props: [
      property('node-key', node.key),
      property('node-kind', node.kind),
      property('node-group', node.group.name, node.group.kind),
      ...(node.kubeletVersion === undefined ? [] : [property('kubelet-version', node.kubeletVersion)]),
    ],
    'implemented-components': [{ 'component-uuid': id('cluster') }],
  }));

const nodeId = (id: ClusterOptions['id'], key: ClusterNode['key']): string => id('node', key);

/** The controls that were looked at; all of the catalogue only where none is named. */
export function selectionOf(
  controls: readonly Pick<Control, 'slug'>[],
  remarks?: string,
): OscalResult['reviewed-controls']['control-selections'][0] {
  const said = remarks === undefined ? {} : { remarks };
  return controls.length > 0
    ? { 'include-controls': controls.map(({ slug }) => ({ 'control-id': slug })), ...said }
    : { 'include-all': {}, ...said };
}

interface JudgedGroup {
  readonly rolled: RolledUp;
  readonly observations: readonly OscalObservation[];
  readonly risks: readonly OscalRisk[];
}

/** What was seen on a node, or of the cluster itself. */
interface Observation {
  readonly node?: ClusterNode;
  readonly verdict: Verdict;
  readonly readings?: Readings;
}

function resultOf(rolled: RolledUp, options: ClusterOptions): JudgedGroup {
  const seen: readonly Observation[] = rolled.verdict ? [{ verdict: rolled.verdict }] : rolled.nodes;
  const place = placeOf(rolled);
  const observed = [...alikeBy(seen, ({ verdict }) => outcomeOf(verdict)).values()].map((alike) => ({
    alike,
    observation: observationOf(rolled, alike, options),
  }));
  const risks = [...alikeBy(observed, ({ alike }) => riskKey(alike[0].verdict))].flatMap(([key, all]) => {
    if (key === undefined) return [];
    const observations = all.map((each) => each.observation);
    const [first] = all[0].alike;
    const uuid = options.id('risk', rolled.control.slug, ...place, key);
    return [riskOf(rolled, { uuid, seen: all.flatMap(({ alike }) => alike), first, observations }, options)];
  });

  return { rolled, observations: observed.map((each) => each.observation), risks };
}

/** Verdicts with the same outcome are one observation. */
function outcomeOf(verdict: Verdict): string {
  const evidence = evidenceIn(verdict);
  const waiver = waiverOf(verdict);
  return JSON.stringify([
    verdict.status,
    reasonText(verdict),
    evidence?.value,
    evidence && originText(evidence.origin),
    evidence?.via,
    waiver && waiverText(waiver),
  ]);
}

/** Failures that one waiver covers are one risk; so is everything that no waiver covers. */
function riskKey(verdict: Verdict): string | undefined {
  if (verdict.status !== 'fail' && verdict.status !== 'warn') return undefined;
  const waiver = waiverOf(verdict);
  return waiver?.state === 'active' ? JSON.stringify(['accepted', waiver.mark]) : 'open';
}

function placeOf(rolled: RolledUp): readonly string[] {
  const group = groupOf(rolled);
  return group ? [...(isOfNextNode(rolled) ? ['next-node'] : []), group.kind, group.name] : ['cluster'];
}

function placeText(rolled: RolledUp): string {
  const group = groupOf(rolled);
  const next = isOfNextNode(rolled) ? 'the next node of ' : '';
  return group ? `${next}node group ${markupLine(groupName(group))}` : 'the cluster';
}

function observationOf(
  rolled: RolledUp,
  alike: readonly [Observation, ...Observation[]],
  options: ClusterOptions,
): OscalObservation {
  const { control } = rolled;
  const { id, start } = options;
  const [{ verdict }] = alike;
  const evidence = evidenceIn(verdict);
  const holders = openHolders(verdict).map(holderText);
  const times = alike.flatMap((each) => proofOf(each.verdict, each.readings)?.readAt ?? []).map(utc);

  return {
    uuid: id('observation', control.slug, ...placeOf(rolled), outcomeOf(verdict)),
    title: titleOf(control, options.benchmark),
    description: [
      `${statusWords[verdict.status]} in ${placeText(rolled)}${rolled.verdict ? '' : `, ${howMany(alike.length, 'node')}`}: ${markupLine(reasonText(verdict))}`,
      ...holders.map(markupLine),
    ].join('\n\n'),
    props: [
      property('verdict', verdict.status),
      ...(evidence
        ? [
            property('value', evidence.value),
            property('expected', evidence.expected),
            property('origin', originText(evidence.origin)),
            property('source', viaText[evidence.via]),
          ]
        : []),
    ],
    methods: evidence?.via === 'tls' || evidence?.via === 'wire' ? ['TEST'] : ['EXAMINE'],
    types: ['control-objective'],
    origins: originOf(id),
    subjects: alike.map(({ node }) =>
      node
        ? { 'subject-uuid': nodeId(id, node.key), type: 'inventory-item' as const }
        : { 'subject-uuid': id('cluster'), type: 'component' as const },
    ),
    ...some('relevant-evidence', alike.flatMap(evidenceOf)),
    collected: times.toSorted()[0] ?? start,
  };
}

/** The hashes of what was read: an assessor who gets the answer compares it with them. */
function evidenceOf(seen: Observation) {
  const proof = proofOf(seen.verdict, seen.readings);
  if (!proof) return [];
  const { readAt, sha256, keptSha256 } = proof;
  return [
    {
      description: `What was read of ${seen.node ? `node ${markupLine(seen.node.name ?? seen.node.key)}` : 'the cluster'}`,
      props: [
        property('read-at', readAt),
        property('sha-256', sha256),
        ...(keptSha256 === undefined ? [] : [property('kept-sha-256', keptSha256)]),
      ],
    },
  ];
}

interface RiskOptions {
  readonly uuid: string;
  readonly seen: readonly Observation[];
  readonly first: Observation;
  readonly observations: readonly OscalObservation[];
}

function riskOf(rolled: RolledUp, risk: RiskOptions, { id, start, benchmark }: ClusterOptions): OscalRisk {
  const { control } = rolled;
  const { uuid, seen, first, observations } = risk;
  const waiver = waiverOf(first.verdict);
  const accepted = waiver?.state === 'active' ? waiver : undefined;
  const fails = seen.some(({ verdict }) => verdict.status === 'fail');
  const [origin] = originOf(id);

  return {
    uuid,
    title: titleOf(control, benchmark),
    description: `${fails ? 'Fails' : 'Probably fails'} in ${placeText(rolled)}${rolled.verdict ? '' : `, ${howMany(seen.length, 'node')}`}.`,
    statement: markupLine(control.rationale),
    ...some(
      'props',
      expiredOf(seen).map((each) => property('acceptance-expired', waiverText(each))),
    ),
    status: accepted ? 'deviation-approved' : fails ? 'open' : 'investigating',
    origins: originOf(id),
    characterizations: [
      { origin, facets: [{ name: 'severity', system: oscalNamespace, value: control.severity.toLowerCase() }] },
    ],
    ...(accepted && { deadline: lastMoment(accepted) }),
    ...some('remediations', remediationsOf(control, { uuid, seen, id })),
    ...(accepted && {
      'risk-log': {
        entries: [
          {
            uuid: id('acceptance', uuid),
            title: 'Accepted until a date',
            start,
            end: lastMoment(accepted),
            'status-change': 'deviation-approved' as const,
            props: [
              property('accepted-by', accepted.mark.by),
              property('accepted-until', accepted.mark.until),
              property('reason', accepted.mark.reason),
            ],
          },
        ],
      },
    }),
    'related-observations': observations.map((each) => ({ 'observation-uuid': each.uuid })),
  };
}

const expiredOf = (seen: readonly Observation[]): readonly FoundWaiver[] => {
  const expired = seen.flatMap(({ verdict }) => waiverOf(verdict) ?? []).filter(({ state }) => state === 'expired');
  return [...new Map(expired.map((each) => [waiverText(each), each])).values()];
};

/** A waiver holds to the end of its last day, in UTC. */
const lastMoment = ({ mark }: FoundWaiver): string => `${mark.until}T23:59:59Z`;

function remediationsOf(
  control: Control,
  { uuid, seen, id }: Pick<RiskOptions, 'uuid' | 'seen'> & Pick<ClusterOptions, 'id'>,
) {
  const places: readonly Remedy[] = isOfCluster(control)
    ? ['linux']
    : [...new Set(seen.flatMap(({ node }) => (node ? [remedyFor(node)] : [])))];
  return places.map((place) => ({
    uuid: id('remediation', uuid, place),
    lifecycle: 'recommendation' as const,
    title: line(placeName(isOfCluster(control) ? 'cluster' : place)),
    description: markupLine(recommendation(control, place).Text),
  }));
}

/** One finding for a control: satisfied where everything of the cluster that it applies to was read, and passes. */
function findingOf(
  control: Control,
  groups: readonly JudgedGroup[],
  { audit, benchmark, id }: ClusterOptions,
): readonly OscalFinding[] {
  const applicable = groups.filter(({ rolled }) => rolled.status !== 'not-applicable');
  if (applicable.length === 0) return [];

  const fails = applicable.some(({ rolled }) => rolled.status === 'fail');
  const passes = applicable.every(
    ({ rolled }) => rolled.status === 'pass' || (isOfNextNode(rolled) && !counts(rolled)),
  );
  const whole = audit.inventory.complete;
  const requirements = requirementsOf(control);
  return [
    {
      uuid: id('finding', control.slug),
      title: titleOf(control, benchmark),
      description: markupLine(control.rationale),
      ...some('props', [
        ...numberOf(control, benchmark),
        ...requirements.map((each) => property('requirement', each.id, each.framework)),
      ]),
      origins: originOf(id),
      target: {
        type: 'objective-id',
        'target-id': control.slug,
        title: line(control.title),
        status: {
          state: passes && whole ? 'satisfied' : 'not-satisfied',
          reason: fails ? 'fail' : passes && whole ? 'pass' : 'other',
          ...(passes && !whole ? { remarks: notWhole } : {}),
        },
      },
      ...some(
        'related-observations',
        groups.flatMap((each) => each.observations.map(({ uuid }) => ({ 'observation-uuid': uuid }))),
      ),
      ...some(
        'related-risks',
        groups.flatMap((each) => each.risks.map(({ uuid }) => ({ 'risk-uuid': uuid }))),
      ),
    },
  ];
}

const numberOf = (control: Control, benchmark: string): readonly OscalProperty[] => {
  const number = controlNumber(control, benchmark);
  return number === undefined ? [] : [property('number', number, benchmark)];
};

const titleOf = (control: Control, benchmark: string): string =>
  line([controlNumber(control, benchmark), control.slug].filter(Boolean).join(' '));

/** What could not be read, one observation each: a gap is never silent. */
export const problemObservations = (
  problems: readonly { readonly code: string; readonly message: string; readonly remedy: string }[],
  { id, start }: Pick<ClusterOptions, 'id' | 'start'>,
): readonly OscalObservation[] =>
  problems.map(({ code, message, remedy }, index) => ({
    uuid: id('problem', `${index}`, code),
    title: line(code),
    description: `${markupLine(message)}\n\n${markupLine(remedy)}`,
    methods: ['EXAMINE'],
    types: ['discovery'],
    origins: originOf(id),
    collected: start,
  }));

const originOf = (id: ClusterOptions['id']): readonly [OscalRisk['origins'][0]] => [
  { actors: [{ type: 'tool', 'actor-uuid': id('tool') }] },
];

const statusWords: Readonly<Record<Verdict['status'], string>> = {
  fail: 'Fails',
  warn: 'Probably fails',
  unknown: 'Could not be read',
  pass: 'Passes',
  'not-applicable': 'Is not applicable',
};

/** A value of a node as OSCAL takes it: one line that is not blank. */
export const property = (name: string, value: string, group?: string): OscalProperty => ({
  name,
  ns: oscalNamespace,
  value: plain(value) || '(none)',
  ...(group === undefined ? {} : { class: group }),
});

/** One line of markup. */
export const line = (text: string): string => markupLine(text) || '(none)';

/** A time with its zone; texts that are no time stay as they are, and no schema takes them. */
export const utc = (time: string): string => (Number.isNaN(Date.parse(time)) ? time : new Date(time).toISOString());
