import type { Control } from '../judge/control.ts';
import { controls as catalogue } from '../judge/controls/index.ts';
import { alikeBy } from '../model/alike-by.ts';
import type { Cluster, Problem } from '../model/model.ts';
import type { ReportedAudit } from '../model/reported-audit.ts';
import { printable } from '../model/text/words.ts';
import { byCause, messageOf, placesOf } from './by-cause.ts';
import { controlList, numberedFor, type RunEnd } from './report.ts';

/** What an audit did not look at, with the reason and what to do about it. Every format shows this list. */
export interface NotLookedAt extends Pick<Problem, 'code' | 'message' | 'remedy'> {
  /** Nothing of it is set for the run as a whole. */
  readonly place: { readonly accountId?: string; readonly region?: string; readonly cluster?: string };
  /** Slugs of controls that the audit's sources can't show. Absent where something went wrong. */
  readonly controls?: readonly string[];
}

/** `111122223333/eu-west-1/payments`, or the name of a cluster whose ARN is not known: unique in a run. */
export const clusterId = ({ arn, name }: Pick<Cluster, 'arn' | 'name'>): string =>
  arn ? `${arn.accountId}/${arn.region}/${arn.name}` : name;

export const placeText = ({ accountId, region, cluster }: NotLookedAt['place']): string =>
  [accountId, region, cluster].filter(Boolean).join('/');

type LeftOut = Pick<ReportedAudit, 'controls' | 'cluster' | 'inventory' | 'benchmark'>;

/** Controls that no option names and that the audit's sources can't show, by what would show them. */
export function controlsLeftOut(
  audit: LeftOut,
  chosen: string,
): readonly (Pick<NotLookedAt, 'message' | 'remedy'> & { readonly controls: readonly string[] })[] {
  const {
    controls: { leftOut },
    cluster,
    inventory,
  } = audit;
  const { benchmark } = numberedFor({ benchmark: chosen }, audit);
  const controls = catalogue.filter(({ slug }) => leftOut.includes(slug));
  const ofConnection = controls.filter(({ about }) => about.kind === 'connection');
  const ofMachine = controls.filter((each) => !ofConnection.includes(each));
  const others = leftOut.filter((slug) => !controls.some((each) => each.slug === slug));

  const how =
    inventory.from === 'saved'
      ? 'what was saved of it does not'
      : cluster.arn
        ? '--complete asks SSM for them, node by node'
        : '--complete asks SSM for them; SSM must know the EKS cluster: give its ARN as CLUSTER, and --sources configz,ssm';
  const listed = (some: readonly Control[], remedy: string) => {
    const message = `not looked at: ${controlList(some, { controls: catalogue, benchmark })}`;
    return some.length > 0 ? [{ controls: some.map(({ slug }) => slug), message, remedy }] : [];
  };
  return [
    ...listed(ofMachine, `only the machine shows them; ${how}`),
    ...listed(ofConnection, 'only a connection to the kubelet’s port shows it: --sources with direct, tls or wire'),
    ...(others.length > 0
      ? [{ controls: others, message: `not looked at: ${others.join(', ')}`, remedy: 'this version doesn’t know them' }]
      : []),
  ];
}

/** What was not looked at in one cluster: what went wrong there, then the controls that were left out. */
export function notLookedAtIn(
  audit: LeftOut & Pick<ReportedAudit, 'problems'>,
  benchmark: string,
): readonly NotLookedAt[] {
  const { arn, name } = audit.cluster;
  const place = { ...(arn && { accountId: arn.accountId, region: arn.region }), cluster: name };
  return [
    ...clusterProblems(audit).map(({ code, message, remedy }) => ({ place, code, message, remedy })),
    ...controlsLeftOut(audit, benchmark).map((each) => ({ place, code: 'controls-left-out', ...each })),
  ];
}

/** What is wider than one cluster, and the gaps of a run over accounts. */
export const notLookedAtBy = ({
  tally,
  coverage,
  interrupted,
}: Pick<RunEnd, 'tally' | 'coverage' | 'interrupted'>): readonly NotLookedAt[] => [
  ...(interrupted ? [stopped] : []),
  ...tally.problems.map(({ code, message, remedy }) => ({ place: {}, code, message, remedy })),
  ...(coverage?.gaps ?? []).map(({ accountId, region, cluster, problem: { code, message, remedy } }) => ({
    place: { ...(accountId && { accountId }), ...(region && { region }), ...(cluster && { cluster }) },
    code,
    message,
    remedy,
  })),
];

const stopped: NotLookedAt = {
  place: {},
  code: 'interrupted',
  message: 'the audit was stopped before its end',
  remedy: 'run it again for a complete audit',
};

/** The whole list of a run. A gap of its coverage is often a problem of a cluster, too, and is listed once. */
export function notLookedAt(
  clusters: readonly { readonly notLookedAt: readonly NotLookedAt[] }[],
  run: Pick<RunEnd, 'tally' | 'coverage' | 'interrupted'>,
): readonly NotLookedAt[] {
  const all = [...notLookedAtBy(run), ...clusters.flatMap((each) => each.notLookedAt)];
  return [...alikeBy(all, (each) => `${placeText(each.place)}\n${each.code}\n${each.message}`).values()].map(
    ([first]) => first,
  );
}

/** The same by cause: what many places have in common is one row. */
export const causesOf = (all: readonly NotLookedAt[]): readonly (NotLookedAt & { readonly where: string })[] =>
  byCause(all.map(placed)).map((cause) => ({ ...cause.first, where: placesOf(cause), message: messageOf(cause) }));

const placed = (each: NotLookedAt) => ({ ...each, where: placeText(each.place) });

/** Names, and what AWS and the API server say, come from others: one line, and nothing that moves a terminal. */
export const plain = (text: string): string => printable(text, 4_000);

type Own = Pick<Problem, 'code' | 'message' | 'remedy'>;

/** What went wrong in a cluster. That nothing is known of its nodes is said also where no other problem says why. */
const clusterProblems = ({ inventory, problems }: Pick<ReportedAudit, 'inventory' | 'problems'>): readonly Own[] =>
  inventory.from === 'none' ? [notListed, ...problems] : problems;

const notListed: Own = {
  code: 'nodes-not-listed',
  message: 'its nodes could not be listed',
  remedy: 'see the problems of this cluster',
};
