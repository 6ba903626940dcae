import { benchmarkFor } from '../../judge/benchmark-for.ts';
import type { NodeGroup } from '../../model/model.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import type { AsffStatusReason } from '../asff/asff.ts';
import { statusReasons } from '../asff/status-reasons.ts';
import { isUnknownNext } from '../finding.ts';
import { type FindingName, parseFindingId } from '../identity.ts';
import type { RolledUp } from '../roll-up.ts';
import { announcedAfter, announcementOf, type Observation } from './announcement.ts';
import { type Comparison, isOutdated, type ReconciledAudit } from './comparison.ts';
import { isWithdrawal, nodesGone, whyGone } from './gone-finding.ts';
import { heldBack, isHeld, patience, unreadableAfter, unreadFailing } from './holding.ts';
import {
  type Hiding,
  idOfKey,
  isMissing,
  keyOfFinding,
  longestKey,
  type Memory,
  type RememberedFinding,
  type SentFinding,
} from './memory.ts';
import { isOpenFailure } from './sweep-memory.ts';

export interface State {
  readonly name: FindingName;
  readonly before?: RememberedFinding;
  /** Absent when there is nothing to remember of it any more. */
  readonly after?: RememberedFinding;
  readonly seen: Observation;
  readonly reasons?: readonly AsffStatusReason[];
  /** This run covered it, but could not list its nodes. */
  readonly unlisted?: true;
  /** What is remembered of it was listed after this audit, so that this one changes nothing. */
  readonly isKept?: true;
}

export type States = ReadonlyMap<string, State>;

export function statesAfter(comparison: Comparison, seen: ReadonlyMap<string, RolledUp>, memory: Memory): States {
  const { audit, arn, stored, hidingsOf } = comparison;
  const remembered = new Map(Object.entries(memory.findings).map(([key, each]) => [idOfKey(key, arn), each]));
  const active = stored === 'unknown' ? [] : [...stored.values()].filter((each) => each.recordState !== 'ARCHIVED');
  const ids = new Set([...seen.keys(), ...remembered.keys(), ...active.map(({ id }) => id)]);

  return new Map(
    [...ids].flatMap((id): readonly [string, State][] => {
      const name = parseFindingId(id);
      if (!name || name.cluster.arn !== arn) return [];

      const before = remembered.get(id);
      const rolled = seen.get(id);
      // Its memory was lost, and a run that dies now couldn't say so. The next run archives it.
      const isLost = isMissing(memory) && !before;
      const left = isLost && stored !== 'unknown' ? failureThere(stored.get(id)) : undefined;
      const last = {
        before,
        left,
        unread: { ...before, unreadable: unreadableAfter(before, { memory, run: comparison.run }) },
      };
      const state =
        before && isOutdated(before, audit)
          ? keptState(before)
          : rolled
            ? stateOfRolledUp(rolled, last, comparison)
            : stateOfUnseen(name, last, comparison);
      const hidden = stored === 'unknown' ? hiddenBefore(before) : hidingsOf(id);
      return state ? [[id, { name, ...(before && { before }), ...withAnnouncement(before, state, hidden) }]] : [];
    }),
  );
}

type StateOf = Omit<State, 'name' | 'before'>;

/** A failure that was never announced, or whose end was, is announced now. */
const keptState = (before: RememberedFinding): StateOf => ({
  seen: isOpenFailure(before) ? 'alarming' : 'unseen',
  after: before,
  isKept: true,
});

const failureThere = ({ recordState, complianceStatus }: Partial<StoredFinding> = {}): 'fail' | 'warn' | undefined => {
  if (recordState !== 'ACTIVE') return undefined;
  return complianceStatus === 'FAILED' ? 'fail' : complianceStatus === 'WARNING' ? 'warn' : undefined;
};

interface LastRun {
  readonly before: RememberedFinding | undefined;
  /** The same, after one more run that could not read it. */
  readonly unread: RememberedFinding;
  /** What Security Hub shows of a failure where nothing is remembered. */
  readonly left: 'fail' | 'warn' | undefined;
}

function stateOfRolledUp(
  rolled: RolledUp,
  { before, unread }: LastRun,
  { audit, looked, waiverFor, failedElsewhere }: Comparison,
): StateOf | undefined {
  const { status } = rolled;
  const afterSweep = goneAfterSweep(before, audit.inventory.sweptAndGone);
  // Its nodes moved to where the control does not apply, to Auto Mode for example.
  if (status === 'not-applicable')
    return (rolled.subject.scope === 'next-node' ? looked.nextNodes === 'complete' : looked.complete)
      ? { seen: 'settled', reasons: afterSweep ? [afterSweep] : statusReasons(rolled) }
      : before && { seen: 'unseen', after: before };
  if (isUnknownNext(rolled) && !before) return undefined;
  if (status === 'unknown') {
    const isFailing = before?.status === undefined && failedElsewhere(rolled);
    const after = stillFailing(rolled, isFailing ? { ...unread, status: 'fail' } : unread);
    // What is waived shows at once when patience ends, and is called over when the rest was read.
    const unheld = rolled.otherwise ? 'unseen' : 'unreadable';
    return { seen: isHeld(after) ? alarmOf(heldBack(rolled, after, waiverFor)) : unheld, after };
  }

  const isWaived = rolled.waiver?.state === 'active';
  const isSweptNoMore = status === 'pass' && before?.swept && (afterSweep || before.status === 'pass');
  const after = {
    status,
    listed: audit.auditedAt,
    ...(isWaived && { waived: true as const }),
    ...(isSweptNoMore && { swept: before.swept }),
  };
  return { seen: alarmOf(rolled), after };
}

/** A machine that failed runs on unread: patience doesn't end, or blocking its port would be worth more than fixing it. */
function stillFailing(rolled: RolledUp, unread: RememberedFinding): RememberedFinding {
  const { status, unreadable } = unread;
  if (status !== 'fail' || !unreadable || unreadFailing(rolled).length === 0) return unread;
  return { ...unread, unreadable: { ...unreadable, runs: Math.min(unreadable.runs, patience) } };
}

/** A waiver may end or begin while a failure is held. */
const alarmOf = ({ status, waiver }: Pick<RolledUp, 'status' | 'waiver'>): Observation =>
  status === 'pass' || waiver?.state === 'active' ? 'settled' : 'alarming';

function stateOfUnseen(name: FindingName, { before, unread, left }: LastRun, { audit, looked }: Comparison): StateOf {
  const reason = whyGone(name, looked);
  if (reason && isWithdrawal(reason)) return { seen: 'withdrawn', reasons: [reason] };
  if (reason && left) return { seen: 'unseen', after: { status: left } };
  if (reason) return { seen: 'settled', reasons: [goneAfterSweep(before, audit.inventory.sweptAndGone) ?? reason] };
  return { seen: (unread.unreadable?.runs ?? 0) > patience ? 'unreadable' : 'unseen', after: unread, unlisted: true };
}

/** Why it isn't failing any more: AWS says of each machine that failed in a sweep that it is gone. */
function goneAfterSweep(
  before: RememberedFinding | undefined,
  gone: readonly string[] = [],
): AsffStatusReason | undefined {
  const { swept } = before ?? {};
  return swept && before?.status !== 'pass' && swept.machines.every((each) => gone.includes(each))
    ? nodesGone(swept)
    : undefined;
}

function withAnnouncement(before: RememberedFinding | undefined, state: StateOf, hidings: readonly Hiding[]): StateOf {
  if (!state.after) return state;
  const { announced: _, suppressed: __, hidden: ___, sent: ____, overwritten: _____, ...after } = state.after;
  const hidden = state.seen === 'alarming' || isUnseenFailure(state) ? hidings : [];
  return {
    ...state,
    after: {
      ...after,
      // The release before reads only this one.
      ...(hidden.includes('suppressed') && { suppressed: true }),
      ...(hidden.length > 0 && { hidden: [...hidden] }),
      ...announcedAfter(before, announcementOf(before, state.seen)),
    },
  };
}

/** What was announced of how the account hides a failure. */
export const hiddenBefore = ({ hidden, suppressed }: RememberedFinding = {}): readonly Hiding[] =>
  hidden ?? (suppressed ? ['suppressed'] : []);

/** A failure of nodes that this run could not list. Its finding stays as it is. */
export const isUnseenFailure = ({ seen, after, isKept }: StateOf): boolean =>
  (seen === 'unseen' || isKept === true) && isOpenFailure(after);

/** More are not remembered: the largest clusters that EKS supports have some thousand nodes. */
const mostMachines = 20_000;

/** EKS supports clusters of 100,000 nodes: those after these have waited for a shorter time. */
const mostUnreached = 50_000;

/** What a run notes while it compares and sends. */
export interface Noted {
  /** By Id, the fields that somebody else has changed since this program wrote them. */
  readonly overwritten: ReadonlyMap<string, readonly string[]>;
  /** What was sent of each finding, or is there already, noted as the changes are gone through. */
  readonly sent: Map<string, SentFinding>;
}

interface Remembering {
  readonly memory: Memory;
  readonly states: States;
}

/** What is to be remembered before anything is sent: a run that dies then does not take its own findings for somebody else's. */
export const memoryBefore = (comparison: Comparison & Noted, remembering: Remembering): Memory => ({
  ...memoryAfter({ ...comparison, sent: new Map() }, { ...remembering, failed: new Set() }),
  publishing: comparison.run.startedAt.toISOString(),
});

/** @param failed Ids of what Security Hub did not take */
export function memoryAfter(
  { audit, run, arn, context, sent, sentBefore, overwritten }: Comparison & Noted,
  { memory, states, failed }: Remembering & { readonly failed: ReadonlySet<string> },
): Memory {
  const findings = [...states].flatMap(([id, { after }]) => {
    if (!after) return [];
    const last = (!failed.has(id) && sent.get(id)) || sentBefore(id);
    const changed = overwritten.get(id);
    const noted = { ...after, ...(last && { sent: last }), ...(changed && { overwritten: [...changed] }) };
    return [[keyOfFinding(id, arn), noted] as const];
  });
  return {
    version: 2,
    runId: run.id,
    startedAt: run.startedAt.toISOString(),
    benchmark: benchmarkFor(context.benchmark, context.cluster),
    sentIn: run.id,
    ...rememberedNodes(audit, memory, states),
    findings: Object.fromEntries(findings),
  };
}

const rememberedNodes = (
  audit: ReconciledAudit,
  before: Memory,
  states: States,
): Pick<Memory, 'machines' | 'hybrid' | 'unreached'> => ({
  ...failingNodes(audit, before, states),
  ...unreachedNodes(audit, before),
});

/**
 * Machines that failed, and those that failed before and of which nothing else is known yet: the next run asks EC2 for those that it doesn't find
 * otherwise. While AWS or the API server did not list everything, nothing says that one is gone. A hybrid node has no such proof at all.
 */
function failingNodes({ nodes, inventory }: ReconciledAudit, before: Memory, states: States) {
  const hybrid = new Set(before.hybrid);
  const remembered = new Map(Object.entries(before.machines ?? {}));
  const listed = new Map<string, NodeGroup | undefined>();
  for (const { node, verdicts } of nodes) {
    const id = node.machine.status === 'confirmed' ? node.machine.instanceId : '';
    const statuses = Object.values(verdicts).map(({ status }) => status);
    const isFailing = statuses.some((each) => each === 'fail' || each === 'warn');
    // One that is not read keeps what was known of it.
    const isUnread = statuses.includes('unknown');
    if (id.startsWith('i-')) listed.set(id, isFailing || (isUnread && remembered.has(id)) ? node.group : undefined);
    else if (isFailing && node.group.kind === 'hybrid' && node.key.length <= longestKey) hybrid.add(node.key);
    else if (!isUnread) hybrid.delete(node.key);
  }
  for (const node of [...(inventory.withoutKubelet ?? []), ...(inventory.contested ?? [])])
    listed.set(node.key, remembered.has(node.key) ? node.group : undefined);

  const isWhole = inventory.complete && !inventory.machinesUnknown;
  const ofSweeps = stillOfSweeps(states);
  const kept = [...remembered].filter(([id]) => !listed.has(id) && (!isWhole || ofSweeps.has(id)));
  const failing = [...listed].flatMap(([id, group]) => (group ? [[id, group] as const] : []));
  const all = [...failing, ...kept].slice(0, mostMachines);
  return {
    ...(all.length > 0 && { machines: Object.fromEntries(all.map(([id, { kind, name }]) => [id, { kind, name }])) }),
    ...(hybrid.size > 0 && { hybrid: [...hybrid].slice(0, mostMachines) }),
  };
}

/** Machines of failures that sweeps saw, and that no run has judged since. */
const stillOfSweeps = (states: States): ReadonlySet<string> =>
  new Set(
    [...states.values()].flatMap(({ after }) => (after?.status === 'pass' ? [] : (after?.swept?.machines ?? []))),
  );

/** Nodes for which there was no time. Those that had to wait before come first, or two halves of a cluster could keep a third from being read. */
function unreachedNodes({ nodes }: ReconciledAudit, before: Memory): Pick<Memory, 'unreached'> {
  const unreached = new Set(
    nodes.flatMap(({ node, facts, failures = [] }) =>
      !facts && node.key.length <= longestKey && failures.some(({ kind }) => kind === 'deadline') ? [node.key] : [],
    ),
  );
  const waiting = (before.unreached ?? []).filter((key) => unreached.has(key));
  const all = [...new Set([...waiting, ...unreached])].slice(0, mostUnreached);
  return all.length > 0 ? { unreached: all } : {};
}
