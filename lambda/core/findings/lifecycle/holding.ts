import type { NodeGroup, VerdictStatus } from '../../model.ts';
import type { StoredFinding } from '../../ports.ts';
import { byText } from '../../text/by-text.ts';
import type { FoundWaiver } from '../../waivers/find-waiver.ts';
import { ownFields } from '../own-fields.ts';
import type { RolledUp } from '../roll-up.ts';
import type { Memory, Remembered } from './memory.ts';

/** So many runs in a row may fail to read what was proved before; then it is NOT_AVAILABLE. */
export const patience = 3;

export interface Run {
  readonly id: string;
  readonly startedAt: Date;
}

interface Before {
  readonly memory: Memory;
  readonly stored: ReadonlyMap<string, StoredFinding>;
  readonly run: Run;
  /** What waivers say of a control on a node group: what is held is not judged anew, but a waiver of it may have come or gone. */
  readonly waiverFor: (control: string, group: NodeGroup) => FoundWaiver | undefined;
}

/** What this run could not read, by finding: what is remembered of it. */
export type Unreadable = ReadonlyMap<string, Remembered>;

/**
 * Counts the runs in a row that could not read a finding's nodes. One run counts once, however often it is done: the memory says which run wrote it.
 * What was never seen is not in the answer.
 */
export function countUnreadable(ids: Iterable<string>, before: Omit<Before, 'waiverFor'>): Unreadable {
  return new Map(
    [...ids].flatMap((id): readonly [string, Remembered][] => {
      const remembered = rememberedOf(id, before);
      return remembered ? [[id, remembered]] : [];
    }),
  );
}

function rememberedOf(id: string, { memory, stored, run }: Omit<Before, 'waiverFor'>): Remembered | undefined {
  const last = lastSeen(memory.findings[id], stored.get(id), memory);
  if (!last?.unreadable) return last && { ...last, unreadable: { since: run.startedAt.toISOString(), runs: 1 } };
  if (memory.runId === run.id) return last;

  const { since, runs } = last.unreadable;
  return { ...last, unreadable: { since, runs: Math.min(runs + 1, 1_000_000) } };
}

/** A memory is older than what somebody has proved and published since, from a terminal. */
function lastSeen(
  remembered: Remembered | undefined,
  stored: StoredFinding | undefined,
  { startedAt }: Memory,
): Remembered | undefined {
  const status = stored && seenVerdict(stored);
  const isNewer =
    stored !== undefined &&
    stored.productFields[ownFields.unreadableSince] === undefined &&
    Date.parse(stored.updatedAt) > Date.parse(startedAt) + 1000;

  if (remembered && !(isNewer && status)) return remembered;
  return status && { status };
}

/** The verdict behind an active finding, if there is one: a waived failure is WARNING to Security Hub, and still a failure that was proved. */
function seenVerdict({
  recordState,
  complianceStatus,
  productFields,
}: StoredFinding): Remembered['status'] | undefined {
  if (recordState === 'ARCHIVED') return undefined;
  switch (complianceStatus) {
    case 'PASSED':
      return 'pass';
    case 'FAILED':
      return 'fail';
    case 'WARNING':
      return productFields[ownFields.verdict] === 'fail' ? 'fail' : 'warn';
    default:
      return undefined;
  }
}

/**
 * What could not be read, with the status that was proved before, as long as there is patience. A refusal (`warn`) is no silence: it is never held back.
 * What is held says the same in each run, so it is sent once.
 */
export function heldBack(
  rolled: RolledUp,
  remembered: Remembered | undefined,
  waiverFor: Before['waiverFor'],
): RolledUp {
  const { status, unreadable } = remembered ?? {};
  if (rolled.status !== 'unknown' || !unreadable || unreadable.runs > patience || !isProven(status)) return rolled;

  const because = `unreadable since ${unreadable.since}`;
  const waiver = status === 'fail' ? waiverOfAll(rolled, waiverFor) : undefined;
  return {
    ...rolled,
    status,
    held: { since: unreadable.since },
    nodes: rolled.nodes.map(({ node }) => ({ node, verdict: { status: 'unknown', because } })),
    ...(waiver && { waiver }),
  };
}

const isProven = (status: VerdictStatus | undefined): status is 'pass' | 'fail' =>
  status === 'pass' || status === 'fail';

/** Only what is waived for each node is waived: of several, the waiver that ends first. */
function waiverOfAll({ control, nodes }: RolledUp, waiverFor: Before['waiverFor']): FoundWaiver | undefined {
  const found = nodes.map(({ node }) => waiverFor(control.slug, node.group));
  const [first] = found.flatMap((each) => each ?? []).toSorted(byText(({ mark }) => mark.until));

  return found.every((each) => each?.state === 'active')
    ? first
    : found.flatMap((each) => (each?.state === 'expired' ? [each] : []))[0];
}
