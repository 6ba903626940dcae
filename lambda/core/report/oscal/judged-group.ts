import { holderText, openHolders, reasonText, waiverText } from '../../findings/asff/status-reasons.ts';
import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { type Remedy, remedyFor } from '../../findings/remedies/remedy.ts';
import { type RolledUp, waiverOf } from '../../findings/roll-up.ts';
import { isOfCluster } from '../../judge/control.ts';
import type { FoundWaiver } from '../../judge/waivers/find-waiver.ts';
import { alikeBy } from '../../model/alike-by.ts';
import type { ClusterNode, Verdict } from '../../model/model.ts';
import { originText, viaText } from '../../model/text/origin-text.ts';
import { howMany } from '../../model/text/words.ts';
import { evidenceIn, proofOf, type Readings } from '../../model/verdict-parts.ts';
import { groupOf, isOfNextNode } from '../deciding-results.ts';
import { groupName, placeName } from '../posture.ts';
import { type IdOf, line, markupLine, originOf, oscalNamespace, property, some, titleOf, utc } from './oscal-parts.ts';

/** What was seen on a node, or of the cluster itself. */
interface Seen {
  readonly node?: ClusterNode;
  readonly verdict: Verdict;
  readonly readings?: Readings;
}
type Alike = readonly [Seen, ...Seen[]];

export interface JudgedGroupOptions {
  readonly benchmark: string;
  readonly start: string;
  readonly id: IdOf;
}

/** One control on one node group, or on the cluster: an observation for each outcome, and a risk for what fails. */
export function judgedGroup(rolled: RolledUp, options: JudgedGroupOptions) {
  const seen: readonly Seen[] = rolled.verdict ? [{ verdict: rolled.verdict }] : rolled.nodes;
  const observed = [...alikeBy(seen, ({ verdict }) => outcomeOf(verdict)).values()].map((alike) => ({
    alike,
    observation: observationOf(rolled, alike, options),
  }));
  const risks = [...alikeBy(observed, ({ alike }) => riskKey(alike[0].verdict))].flatMap(([key, all]) => {
    if (key === undefined) return [];
    const [first, ...others] = all.flatMap(({ alike }) => alike);
    const uuid = options.id('risk', rolled.control.slug, ...placeOf(rolled), key);
    const observations = all.map(({ observation }) => ({ 'observation-uuid': observation.uuid }));
    return first
      ? [{ ...riskOf(rolled, [first, ...others], uuid, options), 'related-observations': observations }]
      : [];
  });
  return { rolled, observations: observed.map(({ observation }) => observation), risks };
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
  if (!group) return ['cluster'];
  return [...(isOfNextNode(rolled) ? ['next-node'] : []), group.kind, group.name];
}

/** `node group workers (managed), 3 nodes` */
function placeText(rolled: RolledUp, seen: Alike): string {
  const group = groupOf(rolled);
  const next = isOfNextNode(rolled) ? 'the next node of ' : '';
  const place = group ? `${next}node group ${markupLine(groupName(group))}` : 'the cluster';
  return rolled.verdict ? place : `${place}, ${howMany(seen.length, 'node')}`;
}

const statusWords: Readonly<Record<Verdict['status'], string>> = {
  fail: 'Fails',
  warn: 'Probably fails',
  unknown: 'Could not be read',
  pass: 'Passes',
  'not-applicable': 'Is not applicable',
};

/** `EXAMINE`: what a node or an API says of its settings. `TEST`: how a kubelet answers on the wire. */
function observationOf(rolled: RolledUp, alike: Alike, { id, start, benchmark }: JudgedGroupOptions) {
  const { control } = rolled;
  const [{ verdict }] = alike;
  const evidence = evidenceIn(verdict);
  const times = alike.flatMap((each) => proofOf(each.verdict, each.readings)?.readAt ?? []).map(utc);
  return {
    uuid: id('observation', control.slug, ...placeOf(rolled), outcomeOf(verdict)),
    title: titleOf(control, benchmark),
    description: [
      `${statusWords[verdict.status]} in ${placeText(rolled, alike)}: ${markupLine(reasonText(verdict))}`,
      ...openHolders(verdict).map((each) => markupLine(holderText(each))),
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
    origins: [originOf(id)],
    subjects: alike.map(({ node }) =>
      node
        ? { 'subject-uuid': id('node', node.key), type: 'inventory-item' }
        : { 'subject-uuid': id('cluster'), type: 'component' },
    ),
    'relevant-evidence': some(alike.flatMap(evidenceOf)),
    collected: times.toSorted()[0] ?? start,
  };
}

/** The hashes of what was read: an assessor who gets the answer compares it with them. */
function evidenceOf({ node, verdict, readings }: Seen) {
  const proof = proofOf(verdict, readings);
  if (!proof) return [];
  const { readAt, sha256, keptSha256 } = proof;
  const props = [property('read-at', readAt), property('sha-256', sha256)];
  return [
    {
      description: `What was read of ${node ? `node ${markupLine(node.name ?? node.key)}` : 'the cluster'}`,
      props: keptSha256 === undefined ? props : [...props, property('kept-sha-256', keptSha256)],
    },
  ];
}

/** `investigating`: probably fails (warn). `deviation-approved`: a person has accepted it until a date. */
function riskOf(rolled: RolledUp, seen: Alike, uuid: string, { id, start, benchmark }: JudgedGroupOptions) {
  const { control } = rolled;
  const waiver = waiverOf(seen[0].verdict);
  const accepted = waiver?.state === 'active' ? waiver : undefined;
  const fails = seen.some(({ verdict }) => verdict.status === 'fail');
  const status = fails ? 'open' : 'investigating';
  const origin = originOf(id);
  return {
    uuid,
    title: titleOf(control, benchmark),
    description: `${fails ? 'Fails' : 'Probably fails'} in ${placeText(rolled, seen)}.`,
    statement: markupLine(control.rationale),
    props: some(expiredOf(seen).map((each) => property('acceptance-expired', waiverText(each)))),
    status: accepted ? 'deviation-approved' : status,
    origins: [origin],
    characterizations: [
      { origin, facets: [{ name: 'severity', system: oscalNamespace, value: control.severity.toLowerCase() }] },
    ],
    deadline: accepted && lastMoment(accepted),
    remediations: some(
      remediesOf(rolled, seen).map((place) => ({
        uuid: id('remediation', uuid, place),
        lifecycle: 'recommendation',
        title: line(placeName(isOfCluster(control) ? 'cluster' : place)),
        description: markupLine(recommendation(control, place).Text),
      })),
    ),
    'risk-log': accepted && {
      entries: [
        {
          uuid: id('acceptance', uuid),
          title: 'Accepted until a date',
          start,
          end: lastMoment(accepted),
          'status-change': 'deviation-approved',
          props: [
            property('accepted-by', accepted.mark.by),
            property('accepted-until', accepted.mark.until),
            property('reason', accepted.mark.reason),
          ],
        },
      ],
    },
  };
}

const remediesOf = ({ control }: RolledUp, seen: Alike): readonly Remedy[] =>
  isOfCluster(control) ? ['linux'] : [...new Set(seen.flatMap(({ node }) => (node ? [remedyFor(node)] : [])))];

const expiredOf = (seen: Alike): readonly FoundWaiver[] => {
  const expired = seen.flatMap(({ verdict }) => waiverOf(verdict) ?? []).filter(({ state }) => state === 'expired');
  return [...new Map(expired.map((each) => [waiverText(each), each])).values()];
};

/** A waiver holds to the end of its last day, in UTC. */
const lastMoment = ({ mark }: FoundWaiver): string => `${mark.until}T23:59:59Z`;
