import {
  type AuditCompleted,
  eventTypes,
  type FindingTransition,
  type GapTransition,
  type NewGaps,
} from '../../contract/events.ts';
import type { Transition } from '../model/model.ts';
import { withoutAddresses } from '../model/text/without-addresses.ts';
import type { StatementLink } from './signed/run-statement.ts';
import { parsedStatementName } from './signed/run-statement.ts';
import type { GapChange } from './standing-gaps.ts';
import type { RunSummary } from './tally.ts';

export type RunEvent =
  | { readonly type: typeof eventTypes.gapsOpened; readonly detail: NewGaps }
  | { readonly type: typeof eventTypes.completed; readonly detail: AuditCompleted }
  | { readonly type: (typeof eventTypes)[Transition['kind']]; readonly detail: FindingTransition }
  | { readonly type: typeof eventTypes.gapOpened | typeof eventTypes.gapClosed; readonly detail: GapTransition };

/** A failure or a warning that began or ended. Run and finding together are its identity: who gets it twice can tell. */
export function transitionEvent(
  { kind, cluster, findingId, ...rest }: Transition,
  { runId, page, last }: { readonly runId: string; readonly page: string; readonly last?: StatementLink | undefined },
): RunEvent {
  return {
    type: eventTypes[kind],
    detail: {
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
    },
  };
}

/** As `verify --head` takes it: the SHA-256 alone for a statement without a number. */
function headText(link: StatementLink | undefined): string {
  const at = link && parsedStatementName(link.name);
  return `${at?.kind === 'numbered' ? `${at.number}:` : ''}${link?.sha256 ?? ''}`;
}

/** A part of the scope can't be seen any more, or is seen again. */
export const gapEvent = (
  { kind, ...rest }: GapChange,
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
  const { runId, startedAt, finishedAt, accounts, nodes, unreadableNodes, verdicts } = run;
  const { complete, newGaps, failedItems } = run;
  return {
    type: eventTypes.completed,
    detail: {
      version: 1,
      ...{ runId, startedAt, finishedAt, accounts, nodes, unreadableNodes, verdicts, complete, newGaps, failedItems },
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
