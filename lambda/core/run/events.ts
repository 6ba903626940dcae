import {
  type AuditCompleted,
  type ClusterChange,
  eventTypes,
  type FindingTransition,
  type GapTransition,
  type NewGaps,
} from '../../contract/events.ts';
import { severities } from '../judge/control.ts';
import { alikeBy } from '../model/alike-by.ts';
import type { Transition } from '../model/model.ts';
import { withoutAddresses } from '../model/text/without-addresses.ts';
import { byText, shortHash } from '../model/text/words.ts';
import { parsedStatementName, type StatementLink } from './signed/run-statement.ts';
import type { GapChange } from './standing-gaps.ts';
import type { RunSummary } from './tally.ts';

export type RunEvent =
  | { readonly type: typeof eventTypes.gapsOpened; readonly detail: NewGaps }
  | { readonly type: typeof eventTypes.completed; readonly detail: AuditCompleted }
  | { readonly type: (typeof eventTypes)[Transition['kind']]; readonly detail: FindingTransition }
  | { readonly type: typeof eventTypes.changed; readonly detail: ClusterChange }
  | { readonly type: typeof eventTypes.gapOpened | typeof eventTypes.gapClosed; readonly detail: GapTransition };

interface AnnouncementOptions {
  readonly runId: string;
  readonly page: string;
  /** What was signed last. */
  readonly last?: StatementLink | undefined;
}

/** An event for each failure or warning that began or ended, for programs, and then one for each cluster, for people. */
export function transitionEvents(
  transitions: readonly Transition[],
  options: AnnouncementOptions,
): readonly RunEvent[] {
  return [
    ...transitions.map((each) => ({ type: eventTypes[each.kind], detail: detailOf(each, options) })),
    ...[...alikeBy(transitions, ({ cluster }) => cluster.arn).values()].map((ofCluster) => ({
      type: eventTypes.changed,
      detail: changeOf(ofCluster, options),
    })),
  ];
}

/** Run and finding together are its identity: who gets it twice can tell. */
const detailOf = (
  { kind: _, cluster, findingId, ...rest }: Transition,
  { runId, page, last }: AnnouncementOptions,
): FindingTransition => ({
  version: 1,
  runId,
  findingId,
  findingShown: withoutAddresses(findingId),
  accountId: cluster.accountId,
  region: cluster.region,
  cluster: cluster.name,
  clusterArn: cluster.arn,
  ...rest,
  page,
  head: headText(last),
});

/** The worst first, with how a mail about it begins. */
const headlines = {
  opened: undefined,
  suppressed: 'hidden without a waiver',
  overwritten: 'changed by somebody else',
  unreadable: 'unreadable',
  withdrawn: 'withdrawn and not known to be fixed',
  resolved: 'resolved',
} as const satisfies Record<Transition['kind'], string | undefined>;
const kinds = Object.keys(headlines) as readonly Transition['kind'][];
const bySeverity: readonly string[] = severities;

/** Free Node objects can make very many of them: one mail has room for so many. */
const mostNamed = 10;

/** Everything in it is bounded, so that ten events fit in a request of EventBridge (256 KB). */
function changeOf(transitions: readonly [Transition, ...Transition[]], options: AnnouncementOptions): ClusterChange {
  // Nobody can choose a name that comes first in every run.
  const [worst = transitions[0], ...others] = transitions
    .toSorted(byText(({ findingId }) => shortHash(`${options.runId} ${options.last?.sha256} ${findingId}`)))
    .toSorted((one, other) => rank(one) - rank(other));
  const counts = Object.fromEntries(
    kinds.map((kind) => [kind, transitions.filter((each) => each.kind === kind).length]),
  ) as ClusterChange['counts'];
  const summed = kinds.flatMap((kind) => (counts[kind] > 0 ? [`${counts[kind]} ${kind}`] : [])).join(', ');
  const named = others.slice(0, mostNamed - 1).map((each, index) => `(${index + 2}) ${wordsOf(each)}`);
  const left = others.length - named.length;
  const more = left > 0 ? [`and ${left} more, which the page shows`] : [];
  return {
    ...detailOf(worst, options),
    headline: headlineOf(worst),
    where: whereOf(worst),
    counts,
    changes: [summed, [...named, ...more].join('; ')].filter(Boolean).join(': '),
  };
}

/**
 * By what happened; then machines that AWS confirms before what only Node objects claim, and findings that were known before new ones; then by severity.
 * Anybody can make up very many nodes and groups.
 */
function rank({ kind, severity, machines, before }: Transition): number {
  const isClaim = machines === 0;
  const isNew = before === 'NONE';
  return (
    ((kinds.indexOf(kind) * 2 + Number(isClaim)) * 2 + Number(isNew)) * severities.length - bySeverity.indexOf(severity)
  );
}

const headlineOf = ({ kind, severity }: Transition): string => headlines[kind] ?? severity;

const whereOf = ({ subject, nodes }: Transition): string => (nodes > 0 ? `${subject}, nodes: ${nodes}` : subject);

/** Every text of a transition is printable already, and looks like no address. */
const wordsOf = (each: Transition): string =>
  [headlineOf(each), whereOf(each), `${each.controlNumber} ${each.control}`.trim()].join(', ');

/** As `verify --head` takes it: the SHA-256 alone for a statement without a number. */
function headText(link: StatementLink | undefined): string {
  const at = link && parsedStatementName(link.name);
  return `${at?.kind === 'numbered' ? `${at.number}:` : ''}${link?.sha256 ?? ''}`;
}

/** A part of the scope can't be seen any more, or is seen again. */
export const gapEvent = (
  { kind, size: _, confirmed: __, grownFrom: ___, ...rest }: GapChange,
  { runId, ...where }: { readonly runId: string; readonly summary: string; readonly report: string },
): RunEvent => ({
  type: kind === 'opened' ? eventTypes.gapOpened : eventTypes.gapClosed,
  detail: { version: 1, runId, ...rest, ...where },
});

interface CompletedEventOptions {
  readonly summary: string;
  readonly report: string;
  /** What was signed of the run, and before it. */
  readonly signed?: { readonly head: StatementLink; readonly previous?: StatementLink };
}

export function completedEvent(run: RunSummary, { signed, ...where }: CompletedEventOptions): RunEvent {
  const { runId, startedAt, finishedAt, accounts, nodes, states, unreadableNodes, verdicts } = run;
  const { complete, newGaps, failedItems } = run;
  return {
    type: eventTypes.completed,
    detail: {
      version: 1,
      runId,
      startedAt,
      finishedAt,
      accounts,
      nodes,
      unreadableNodes,
      verdicts,
      complete,
      newGaps,
      failedItems,
      states,
      clusters: run.clusters.found,
      gaps: run.gaps.length,
      ...where,
      statement: signed?.head.name ?? '',
      statementSha256: signed?.head.sha256 ?? '',
      previousStatementSha256: signed?.previous?.sha256 ?? '',
      head: headText(signed?.head),
    },
  };
}
