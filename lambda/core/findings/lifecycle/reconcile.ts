import type { Scope, SourceName } from '../../../contract/settings.ts';
import { type Control, isOfCluster } from '../../judge/control.ts';
import { findWaiver } from '../../judge/waivers/find-waiver.ts';
import type { Waiver } from '../../judge/waivers/waiver.ts';
import type { ClusterAudit, ClusterNode, NodeGroup, Transition, Verdict } from '../../model/model.ts';
import type { ReportedNode } from '../../model/reported-audit.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import type { AsffFinding, AsffStatusReason } from '../asff/asff.ts';
import { withReason } from '../asff/fingerprint.ts';
import { statusReasons } from '../asff/status-reasons.ts';
import {
  contextOf,
  type FindingOfOptions,
  findingOf,
  isApplicable,
  isUnknownNext,
  type StoredFindings,
} from '../finding.ts';
import { type FindingName, findingId, parseFindingId } from '../identity.ts';
import { type RolledUp, rollUp } from '../roll-up.ts';
import { type JudgedWithNext, rollUpWithNext } from '../roll-up-next.ts';
import {
  type AnnouncementOptions,
  announcedAfter,
  announcementOf,
  type Observation,
  statusBefore,
  transitionOfFinding,
  transitionOfName,
} from './announcement.ts';
import { type Change, differences } from './difference.ts';
import { goneFinding, isWithdrawal, nodesGone, type WhyGoneOptions, whyGone } from './gone-finding.ts';
import { heldBack, isHeld, patience, type Run, unreadableAfter, type WaiverFor } from './holding.ts';
import {
  idOfKey,
  isMissing,
  keyOfFinding,
  longestKey,
  type Memory,
  type RememberedFinding,
  timeAfter,
} from './memory.ts';
import { keptFinding, seenSince, unlistedFinding } from './rebuilt-finding.ts';
import { isOpenFailure } from './sweep-memory.ts';

export interface ReconcileOptions {
  readonly controls: readonly Control[];
  /** Every control that there is, audited or not. */
  readonly catalogue: readonly Control[];
  readonly benchmark: string;
  readonly scope: Scope;
  /** The sources of the audit; the advice names the rights that they need. */
  readonly sources?: readonly SourceName[];
  readonly waivers: readonly Waiver[];
  readonly run: Run;
  /** What Security Hub holds of this cluster, active and archived; `unknown` when it cannot be read: then nothing can be sent. */
  readonly stored: StoredFindings;
  /** What the run before left (missingMemory when it left nothing); absent in a terminal: then nothing is held back, archived or announced. */
  readonly memory?: Memory;
}

/** The part of an audit that is compared: of a running audit, or of a saved result. */
export type ReconciledAudit = Pick<ClusterAudit, 'cluster' | 'auditedAt' | 'inventory'> &
  Omit<JudgedWithNext, 'nodes' | 'inventory'> & {
    readonly nodes: readonly (JudgedWithNext['nodes'][number] & Partial<Pick<ReportedNode, 'facts' | 'failures'>>)[];
  };

export interface ReconcileResult {
  /** One after another, each built when it is asked for; may be gone through once more. Empty when it is not known what is stored. */
  readonly changes: Iterable<Change>;
  /** What to announce, whether or not Security Hub took the findings. */
  readonly transitions: (failed: ReadonlySet<string>) => readonly Transition[];
  /** Failures and warnings without a waiver that are suppressed in the account; absent when it is not known what is stored. */
  readonly suppressed?: number;
  /** What the next run has to know; absent in a terminal. */
  readonly remember?: Memory;
}

/**
 * One cluster's audit × what the run before remembered × what Security Hub holds → what to send, to announce and to remember. Waivers are in the
 * audit already (applyWaivers). What Security Hub holds decides only what has to be sent there: the account's owner can write it.
 * @throws ClusterArnNeeded when the cluster has no ARN
 */
export function reconcile(audit: ReconciledAudit, reconciling: ReconcileOptions): ReconcileResult {
  const { memory, run: asked, stored } = reconciling;
  const now = timeAfter(asked.startedAt, memory ? [memory.startedAt] : []);
  const run = { id: asked.id, startedAt: now };
  const context = contextOf(audit, { ...reconciling, now });
  const { arn } = context.cluster;

  const idOf = ({ control, subject }: RolledUp) => findingId(control.slug, arn, subject);
  const before = (id: string) => memory?.findings[keyOfFinding(id, arn.arn)];
  const seen = new Map(
    rollUpWithNext(audit, reconciling.controls, reconciling.scope).map((rolled) => {
      const id = idOf(rolled);
      return [id, doubted(rolled, before(id), audit.inventory)];
    }),
  );
  for (const rolled of rolledUpWithHidden(audit, reconciling)) {
    const id = idOf(rolled);
    const shown = seen.get(id)?.status ?? 'pass';
    if (isOpen(before(id)) && (shown === 'pass' || shown === 'not-applicable')) seen.set(id, rolled);
  }
  // A result may be published long after its nodes were listed, and others were listed since.
  for (const id of seen.keys()) if (isOutdated(before(id), audit)) seen.delete(id);
  const looked = lookedAt(audit, reconciling);
  const isSuppressed = (id: string): boolean => stored !== 'unknown' && isSuppressedThere(stored.get(id));
  const waiverFor = (control: string, group?: NodeGroup) =>
    findWaiver({ control, cluster: context.cluster, ...(group && { group }) }, reconciling.waivers, asked.startedAt);
  const states =
    memory && statesAfter({ audit, seen, looked, memory, run, arn: arn.arn, stored, waiverFor, isSuppressed });
  const built = (rolled: RolledUp, id: string): AsffFinding | undefined => {
    const { after } = states?.get(id) ?? {};
    const held = heldBack(rolled, after, waiverFor);
    // It has a finding only where there was one before.
    if (isUnknownNext(held) && after === undefined) return undefined;
    if (!isApplicable(held)) return undefined;
    const finding = findingOf(held, context);
    // It passes, and says so of the nodes that are there: those that failed were not fixed.
    return after?.status === 'pass' && after.swept ? withReason(finding, nodesGone(after.swept)) : finding;
  };

  return {
    changes: {
      [Symbol.iterator]: () =>
        stored === 'unknown' ? [][Symbol.iterator]() : changesOf({ seen, built, states, stored, context }),
    },
    ...(stored !== 'unknown' && {
      suppressed:
        [...seen].filter(
          ([id, rolled]) => isSuppressed(id) && alarmOfOpen(heldBack(rolled, states?.get(id)?.after, waiverFor)),
        ).length + [...(states ?? [])].filter(([id, state]) => isSuppressed(id) && isUnseenFailure(state)).length,
    }),
    transitions: (failed) => transitionsOf({ states, seen, built, failed, ...(memory && { memory }), stored }),
    ...(states &&
      memory && {
        remember: rememberedOf(states, {
          run,
          arn: arn.arn,
          machines: failingMachines(audit, memory, stillOfSweeps(states)),
          unreached: unreachedNodes(audit, memory),
        }),
      }),
  };
}

/** What ends no failure that is remembered is unknown instead. What is read of the cluster itself needs no machine. */
function doubted(
  rolled: RolledUp,
  before: RememberedFinding | undefined,
  { machinesUnknown }: ReconciledAudit['inventory'],
): RolledUp {
  const { status, control, nodes, counts } = rolled;
  if ((status !== 'pass' && status !== 'not-applicable') || !isOpen(before) || isOfCluster(control)) return rolled;
  // No machine says it: AWS itself describes the template.
  if (rolled.subject.scope === 'next-node') return rolled;

  const because =
    machinesUnknown && status === 'pass'
      ? 'it was failing, and AWS did not say which machine it is that passes now'
      : isOfClaims(rolled)
        ? 'it was failing, and only Node objects say now that it is of Fargate'
        : undefined;
  if (because === undefined) return rolled;
  return {
    ...rolled,
    status: 'unknown',
    nodes: nodes.map(({ node }) => ({ node, verdict: { status: 'unknown', because } })),
    counts: { ...counts, pass: 0, 'not-applicable': 0, unknown: nodes.length },
  };
}

/** Fargate is what a name and a label say: AWS confirms no machine, so it ends nothing by what it shows or doesn't show. */
const isOfClaims = ({ status, nodes }: RolledUp): boolean => {
  const deciding = nodes.filter(({ verdict }) => verdict.status === status);
  return deciding.length > 0 && deciding.every(({ node }) => node.kind === 'fargate' && node.claimed !== undefined);
};

/**
 * The subjects that have machines without a kubelet or of two clusters, rolled up as if those were unreadable nodes. Somebody may have hidden the kubelet,
 * tagged the machine or deleted the Node object, so no remembered failure ends while they run.
 */
function rolledUpWithHidden(audit: ReconciledAudit, { controls, scope }: ReconcileOptions): Iterable<RolledUp> {
  const { withoutKubelet = [], contested = [] } = audit.inventory;
  if (withoutKubelet.length + contested.length === 0) return [];

  const ofNodes = controls.filter((each) => !isOfCluster(each));
  const hidden = (nodes: readonly ClusterNode[], because: string) => {
    const verdict: Verdict = { status: 'unknown', because };
    const verdicts = Object.fromEntries(ofNodes.map(({ slug }) => [slug, verdict]));
    return nodes.map((node) => ({ node, verdicts }));
  };
  const nodes = [
    ...audit.nodes,
    ...hidden(
      withoutKubelet,
      'it was failing, and one of its machines runs that no API server lists and on which SSM finds no kubelet: terminate that machine',
    ),
    ...hidden(
      contested,
      'it was failing, and one of its machines carries the tags of two clusters and is not listed by this one: take the wrong tags off it',
    ),
  ];
  return rollUp({ nodes }, ofNodes, scope);
}

const isSuppressedThere = (stored: StoredFinding | undefined): boolean =>
  stored?.recordState !== 'ARCHIVED' && stored?.workflow === 'SUPPRESSED';

/** A failure or a suspicion that no waiver covers. */
const alarmOfOpen = ({ status, waiver }: Pick<RolledUp, 'status' | 'waiver'>): boolean =>
  (status === 'fail' || status === 'warn') && waiver?.state !== 'active';

/** What was listed before the verdict that is remembered, and so changes nothing of it. */
const isOutdated = (
  before: RememberedFinding | undefined,
  { auditedAt }: Pick<ReconciledAudit, 'auditedAt'>,
): boolean => before?.listed !== undefined && before.listed > auditedAt;

/** Why it isn't failing any more: AWS says of each machine that failed in a sweep that it is gone. */
function goneAfterSweep(
  before: RememberedFinding | undefined,
  gone: ReadonlySet<string>,
): AsffStatusReason | undefined {
  const { swept } = before ?? {};
  return swept && before?.status !== 'pass' && swept.machines.every((each) => gone.has(each))
    ? nodesGone(swept)
    : undefined;
}

/** Machines of failures that sweeps saw, and that no run has judged since. */
const stillOfSweeps = (states: States): ReadonlySet<string> =>
  new Set(
    [...states.values()].flatMap(({ after }) => (after?.status === 'pass' ? [] : (after?.swept?.machines ?? []))),
  );

/** A failure of nodes that this run could not list. Its finding stays as it is. */
const isUnseenFailure = ({ seen, after, isKept }: Pick<State, 'seen' | 'after' | 'isKept'>): boolean =>
  (seen === 'unseen' || isKept === true) && (after?.status === 'fail' || after?.status === 'warn') && !after.waived;

const isOpen = (before: RememberedFinding | undefined): boolean =>
  before?.announced !== undefined || before?.status === 'fail' || before?.status === 'warn';

/** What becomes of one finding, whether or not Security Hub holds it. */
interface State {
  readonly name: FindingName;
  readonly before?: RememberedFinding;
  /** Absent when there is nothing to remember of it any more. */
  readonly after?: RememberedFinding;
  readonly seen: Observation;
  /** Why it is gone or was withdrawn. */
  readonly reasons?: readonly AsffStatusReason[];
  /** This run covered it, but could not list its nodes. */
  readonly unlisted?: true;
  /** What is remembered of it was listed after this audit, so that this one changes nothing. */
  readonly isKept?: true;
}

type States = ReadonlyMap<string, State>;

interface StatesAfterOptions {
  readonly audit: ReconciledAudit;
  readonly seen: ReadonlyMap<string, RolledUp>;
  readonly looked: WhyGoneOptions;
  readonly memory: Memory;
  readonly run: Run;
  /** The ARN of the cluster. */
  readonly arn: string;
  readonly stored: StoredFindings;
  readonly waiverFor: WaiverFor;
  readonly isSuppressed: (id: string) => boolean;
}

/** The state of each finding that this run saw, that the hub remembers or that Security Hub holds. */
function statesAfter(options: StatesAfterOptions): States {
  const { audit, seen, looked, memory, run, arn, stored, waiverFor, isSuppressed } = options;
  const gone = new Set(audit.inventory.sweptAndGone);
  const remembered = new Map(Object.entries(memory.findings).map(([key, each]) => [idOfKey(key, arn), each]));
  const active = stored === 'unknown' ? [] : [...stored.values()].filter((each) => each.recordState !== 'ARCHIVED');
  const ids = new Set([...seen.keys(), ...remembered.keys(), ...active.map(({ id }) => id)]);
  const counted = (before: RememberedFinding | undefined) => ({
    ...before,
    unreadable: unreadableAfter(before, { memory, run }),
  });

  return new Map(
    [...ids].flatMap((id): readonly [string, State][] => {
      const name = parseFindingId(id);
      if (!name || name.cluster.arn !== arn) return [];

      const before = remembered.get(id);
      const rolled = seen.get(id);
      const state =
        before && isOutdated(before, audit)
          ? keptState(before)
          : rolled
            ? stateOfRolledUp(rolled, { before, counted, looked, waiverFor, gone, listed: audit.auditedAt })
            : stateOfUnseen(name, { before, counted, looked, gone });
      const suppressed = stored === 'unknown' ? before?.suppressed : isSuppressed(id);
      return state ? [[id, { name, ...(before && { before }), ...withAnnouncement(before, state, suppressed) }]] : [];
    }),
  );
}

type StateOf = Pick<State, 'seen' | 'after' | 'reasons' | 'unlisted' | 'isKept'>;

/** A failure that was never announced, or whose end was, is announced now. */
const keptState = (before: RememberedFinding): StateOf => ({
  seen: isOpenFailure(before) ? 'alarming' : 'unseen',
  after: before,
  isKept: true,
});

interface StateOfOptions {
  /** Machines that failed in a sweep, and that AWS shows no more. */
  readonly gone: ReadonlySet<string>;
  readonly before: RememberedFinding | undefined;
  readonly counted: (before: RememberedFinding | undefined) => RememberedFinding;
  readonly looked: WhyGoneOptions;
}

function stateOfRolledUp(
  rolled: RolledUp,
  {
    before,
    counted,
    looked,
    waiverFor,
    gone,
    listed,
  }: StateOfOptions & { readonly waiverFor: WaiverFor; readonly listed: string },
): StateOf | undefined {
  const { status } = rolled;
  const afterSweep = goneAfterSweep(before, gone);
  // Its nodes moved to where the control does not apply, to Auto Mode for example.
  if (status === 'not-applicable')
    return (rolled.subject.scope === 'next-node' ? looked.nextNodes === 'complete' : looked.complete)
      ? { seen: 'settled', reasons: afterSweep ? [afterSweep] : statusReasons(rolled) }
      : before && { seen: 'unseen', after: before };
  if (isUnknownNext(rolled) && !before) return undefined;
  if (status === 'unknown') {
    const after = counted(before);
    return { seen: isHeld(after) ? alarmOf(heldBack(rolled, after, waiverFor)) : 'unreadable', after };
  }

  const isWaived = rolled.waiver?.state === 'active';
  const isSweptNoMore = status === 'pass' && before?.swept && (afterSweep || before.status === 'pass');
  const after = {
    status,
    listed,
    ...(isWaived && { waived: true as const }),
    ...(isSweptNoMore && { swept: before.swept }),
  };
  return { seen: alarmOf(rolled), after };
}

/** A waiver may end or begin while a failure is held. */
const alarmOf = ({ status, waiver }: Pick<RolledUp, 'status' | 'waiver'>): Observation =>
  status === 'pass' || waiver?.state === 'active' ? 'settled' : 'alarming';

function stateOfUnseen(name: FindingName, { before, counted, looked, gone }: StateOfOptions): StateOf | undefined {
  const reason = whyGone(name, looked);
  if (reason && isWithdrawal(reason)) return { seen: 'withdrawn', reasons: [reason] };
  if (reason) return { seen: 'settled', reasons: [goneAfterSweep(before, gone) ?? reason] };

  const after = counted(before);
  return {
    seen: after.unreadable && after.unreadable.runs > patience ? 'unreadable' : 'unseen',
    after,
    unlisted: true,
  };
}

function withAnnouncement(before: RememberedFinding | undefined, state: StateOf, isSuppressed = false): StateOf {
  if (!state.after) return state;
  const { announced: _, suppressed: __, ...after } = state.after;
  const suppressed = isSuppressed && (state.seen === 'alarming' || isUnseenFailure(state));
  return {
    ...state,
    after: {
      ...after,
      ...(suppressed && { suppressed }),
      ...announcedAfter(before, announcementOf(before, state.seen)),
    },
  };
}

interface ChangesOfOptions {
  readonly seen: ReadonlyMap<string, RolledUp>;
  readonly built: (rolled: RolledUp, id: string) => AsffFinding | undefined;
  readonly states: States | undefined;
  readonly stored: ReadonlyMap<string, StoredFinding>;
  readonly context: FindingOfOptions;
}

function changesOf({ seen, built, states, stored, context: { now } }: ChangesOfOptions): Generator<Change> {
  function* wanted(): Generator<AsffFinding> {
    for (const [id, rolled] of seen) {
      const finding = built(rolled, id);
      if (finding) yield finding;
    }
    for (const [id, { name, after, unlisted, isKept }] of states ?? []) {
      const held = stored.get(id);
      const rebuilt = isKept ? keptFinding : unlisted ? unlistedFinding : undefined;
      const finding = after && held && rebuilt?.(held, { name, remembered: after, now });
      if (finding) yield finding;
    }
  }

  return differences(wanted(), {
    stored,
    now,
    leftOver: (each) => {
      // Without a memory, as in a terminal, nothing is archived. With a kubeconfig, AWS doesn't name the node groups: the deployment's Ids may differ.
      const { name, reasons } = states?.get(each.id) ?? {};
      return name && reasons && each.recordState !== 'ARCHIVED' ? goneFinding(each, { name, reasons, now }) : undefined;
    },
  });
}

interface TransitionsOfOptions extends Pick<ChangesOfOptions, 'seen' | 'built' | 'states'> {
  readonly failed: ReadonlySet<string>;
  readonly memory?: Memory;
  readonly stored: StoredFindings;
}

function transitionsOf({ seen, built, states, failed, memory, stored }: TransitionsOfOptions): readonly Transition[] {
  return [...(states ?? [])].flatMap(([id, { name, before, after, seen: saw, reasons, isKept }]) => {
    const kind = announcementOf(before, saw);
    const isNewlySuppressed = after?.suppressed === true && before?.suppressed !== true;
    const kinds = [...(kind ? [kind] : []), ...(isNewlySuppressed ? (['suppressed'] as const) : [])];
    if (kinds.length === 0) return [];

    const common = {
      name,
      findingId: id,
      before: statusBefore(before),
      securityHub: stored === 'unknown' ? 'not-read' : failed.has(id) ? 'not-taken' : 'taken',
      memory: memory && isMissing(memory) ? 'missing' : 'kept',
    } as const;
    const rolled = reasons ? undefined : seen.get(id);
    const finding = rolled && built(rolled, id);
    return kinds.map((each) => {
      const announcing: AnnouncementOptions = { kind: each, ...common };
      return finding
        ? transitionOfFinding(announcing, finding)
        : transitionOfName(announcing, reasons?.[0] ?? (isKept && after ? seenSince(after) : notListed(before)));
    });
  });
}

const notListed = (before: RememberedFinding | undefined): AsffStatusReason => ({
  ReasonCode: 'NODES_NOT_LISTED',
  Description: `since ${before?.unreadable?.since ?? 'this run'} no run could list the nodes that this is about: the problems in the audit's result say why`,
});

/** More are not remembered: the largest clusters that EKS supports have some thousand nodes. */
const mostMachines = 20_000;

/**
 * Machines that failed, and those that failed before and of which nothing else is known yet: the next run asks EC2 for those that it doesn't find
 * otherwise. While AWS or the API server did not list everything, nothing says that one is gone.
 */
function failingMachines(
  { nodes, inventory }: ReconciledAudit,
  before: Memory,
  ofSweeps: ReadonlySet<string>,
): Memory['machines'] {
  const last = Object.entries(before.machines ?? {});
  const remembered = new Map(last);
  const listed = new Map<string, NodeGroup | undefined>();
  for (const { node, verdicts } of nodes) {
    const id = node.machine.status === 'confirmed' ? node.machine.instanceId : '';
    if (!id.startsWith('i-')) continue;
    const statuses = Object.values(verdicts).map(({ status }) => status);
    const isFailing = statuses.some((each) => each === 'fail' || each === 'warn');
    // One that is not read keeps what was known of it.
    const isOpen = isFailing || (statuses.includes('unknown') && remembered.has(id));
    listed.set(id, isOpen ? node.group : undefined);
  }
  for (const node of [...(inventory.withoutKubelet ?? []), ...(inventory.contested ?? [])])
    listed.set(node.key, remembered.has(node.key) ? node.group : undefined);

  const isWhole = inventory.complete && !inventory.machinesUnknown;
  const kept = last.filter(([id]) => !listed.has(id) && (!isWhole || ofSweeps.has(id)));
  const failing = [...listed].flatMap(([id, group]) => (group ? [[id, group] as const] : []));
  const all = [...failing, ...kept].slice(0, mostMachines);
  return all.length > 0 ? Object.fromEntries(all.map(([id, { kind, name }]) => [id, { kind, name }])) : undefined;
}

/** EKS supports clusters of 100,000 nodes: those after these have waited for a shorter time. */
const mostUnreached = 50_000;

/** Nodes for which there was no time. Those that had to wait before come first, or two halves of a cluster could keep a third from being read. */
function unreachedNodes({ nodes }: ReconciledAudit, before: Memory): Memory['unreached'] {
  const unreached = new Set(
    nodes.flatMap(({ node, facts, failures = [] }) =>
      !facts && node.key.length <= longestKey && failures.some(({ kind }) => kind === 'deadline') ? [node.key] : [],
    ),
  );
  const waiting = (before.unreached ?? []).filter((key) => unreached.has(key));
  const all = [...new Set([...waiting, ...unreached])].slice(0, mostUnreached);
  return all.length > 0 ? all : undefined;
}

interface RememberedOfOptions {
  readonly run: Run;
  readonly arn: string;
  readonly machines: Memory['machines'];
  readonly unreached: Memory['unreached'];
}

const rememberedOf = (states: States, { run, arn, machines, unreached }: RememberedOfOptions): Memory => ({
  version: 2,
  runId: run.id,
  startedAt: run.startedAt.toISOString(),
  ...(machines && { machines }),
  ...(unreached && { unreached }),
  findings: Object.fromEntries(
    [...states].flatMap(([id, { after }]) => (after ? [[keyOfFinding(id, arn), after]] : [])),
  ),
});

const lookedAt = (
  { inventory, nextNodes }: ReconciledAudit,
  { scope, controls, catalogue }: ReconcileOptions,
): WhyGoneOptions => ({
  scope,
  complete: inventory.complete && !inventory.machinesUnknown,
  terminated: new Set(inventory.terminated),
  audited: slugs(controls),
  catalogue: slugs(catalogue),
  ofCluster: slugs(catalogue.filter(isOfCluster)),
  nextNodes: nextNodes === undefined ? 'off' : nextNodes.complete ? 'complete' : 'incomplete',
  withoutKarpenter: nextNodes?.withoutKarpenter === true,
});

const slugs = (controls: readonly Control[]): ReadonlySet<string> => new Set(controls.map(({ slug }) => slug));
