import { benchmarkFor } from '../../judge/benchmark-for.ts';
import { isOfCluster } from '../../judge/control.ts';
import type { ClusterNode, Transition, Verdict } from '../../model/model.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import type { AsffFinding } from '../asff/asff.ts';
import { withReason } from '../asff/own-fields.ts';
import { hashOfFinding } from '../asff/provided.ts';
import { findingOf, isApplicable, isUnknownNext } from '../finding.ts';
import { type FindingName, findingId, parseFindingId } from '../identity.ts';
import { type RolledUp, rollUp } from '../roll-up.ts';
import { rollUpWithNext } from '../roll-up-next.ts';
import {
  type AnnouncementOptions,
  announcementOf,
  statusBefore,
  subjectOf,
  transitionOfFinding,
  transitionOfName,
} from './announcement.ts';
import { sentOf } from './believed.ts';
import {
  type Comparison,
  comparisonOf,
  isOutdated,
  type ReconciledAudit,
  type ReconcileOptions,
} from './comparison.ts';
import { type Change, changedFields, differences } from './difference.ts';
import {
  hiddenBefore,
  isUnseenFailure,
  memoryAfter,
  memoryBefore,
  type Noted,
  type State,
  type States,
  statesAfter,
} from './finding-states.ts';
import { goneFinding, nodesGone } from './gone-finding.ts';
import { heldBack, leftUnread } from './holding.ts';
import { isMissing, type Memory, type RememberedFinding, type SentFinding } from './memory.ts';
import { keptFinding, nodesNotListed, seenSince, unlistedFinding } from './rebuilt-finding.ts';

export interface ReconcileResult {
  /** One after another, each built when it is asked for; may be gone through once more. Empty when it is not known what is stored. */
  readonly changes: Iterable<Change>;
  /** Without a memory, as in a terminal: what open findings in Security Hub are about that a complete audit did not see. They stay open. */
  readonly leftOpen?: readonly string[];
  /** What to announce, whether or not Security Hub took the findings. */
  readonly transitions: (failed: ReadonlySet<string>) => readonly Transition[];
  /** Failures and warnings without a waiver that the account hides in Security Hub; absent when it is not known what is stored. */
  readonly suppressed?: number;
  /** What is to be remembered before anything is sent; absent in a terminal. */
  readonly before?: Memory;
  /** What the next run has to know, once the changes were gone through. */
  readonly remember: (failed: ReadonlySet<string>) => Memory | undefined;
}

/**
 * One cluster's audit × what the run before remembered × what Security Hub holds → what to send, to announce and to remember. Waivers are in the
 * audit already (applyWaivers). What Security Hub holds decides only what has to be sent there: the account's owner can write it.
 * @throws ClusterArnNeeded when the cluster has no ARN
 */
export function reconcile(audit: ReconciledAudit, options: ReconcileOptions): ReconcileResult {
  const { memory } = options;
  const comparison = comparisonOf(audit, options);
  const seen = seenFindings(comparison);
  const states = memory && statesAfter(comparison, seen, memory);
  const compared: Compared = { ...comparison, seen, states, ...(memory && { memory }) };
  const { stored } = comparison;
  const overwritten = overwrittenOf(compared);
  const sent = new Map<string, SentFinding>();
  const noting = { ...compared, overwritten, sent };

  return {
    changes: { [Symbol.iterator]: () => (stored === 'unknown' ? [].values() : changesOf(noting, stored)) },
    ...(stored !== 'unknown' && !memory && { leftOpen: leftOpen(compared, stored) }),
    ...(stored !== 'unknown' && { suppressed: suppressedFailures(compared) }),
    transitions: (failed) => transitionsOf(noting, failed),
    ...(states && memory && { before: memoryBefore(noting, { memory, states }) }),
    remember: (failed) => states && memory && memoryAfter(noting, { memory, states, failed }),
  };
}

/** What this run saw of each finding, by Id. What ends no failure that is remembered is unknown instead. */
function seenFindings(comparison: Comparison): Map<string, RolledUp> {
  const { audit, controls, scope, before, context, stored, failedElsewhere } = comparison;
  const { arn } = context.cluster;
  const idOf = ({ control, subject }: RolledUp) => findingId(control.slug, arn, subject);
  const seen = new Map<string, RolledUp>();

  for (const rolled of rollUpWithNext(audit, controls, scope))
    seen.set(idOf(rolled), doubted(rolled, before(idOf(rolled)), comparison));
  for (const hidden of rolledUpWithHidden(audit, { controls, scope })) {
    const id = idOf(hidden);
    const rolled = doubted(hidden, before(id), comparison);
    // Where no verdict is remembered, Security Hub may still hold the failure, or it was remembered in another scope.
    const isThere = stored !== 'unknown' && isLeft(stored.get(id), seen.has(id));
    const isOpenElsewhere = before(id)?.status === undefined && (isThere || failedElsewhere(rolled));
    if ((isOpen(before(id)) || isOpenElsewhere) && rolled.status === 'unknown') seen.set(id, rolled);
  }
  // A result may be published long after its nodes were listed, and others were listed since.
  for (const id of seen.keys()) if (isOutdated(before(id), audit)) seen.delete(id);
  return seen;
}

/** What is read of the cluster itself needs no machine. */
function doubted(
  rolled: RolledUp,
  before: RememberedFinding | undefined,
  { audit: { inventory }, waiverFor }: Comparison,
): RolledUp {
  const { machinesUnknown } = inventory;
  const { status, control, nodes, counts } = rolled;
  if (!isOpen(before) || isOfCluster(control)) return rolled;
  const left = before.waived ? [] : leftUnread(rolled, before, waiverFor);
  if (left.length > 0) {
    const { waiver: _, ...unwaived } = rolled;
    const others = nodes.filter((each) => !left.includes(each));
    return { ...unwaived, status: 'unknown', nodes: [...left, ...others], otherwise: rolled };
  }
  if (status !== 'pass' && status !== 'not-applicable') return rolled;
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
function rolledUpWithHidden(
  audit: ReconciledAudit,
  { controls, scope }: Pick<Comparison, 'controls' | 'scope'>,
): Iterable<RolledUp> {
  const { withoutKubelet = [], contested = [] } = audit.inventory;
  if (withoutKubelet.length + contested.length === 0) return [];

  const ofNodes = controls.filter((each) => !isOfCluster(each));
  const hidden = (node: ClusterNode, why: string) => {
    const verdict: Verdict = { status: 'unknown', because: `it was failing, and one of its machines ${why}` };
    return { node, verdicts: Object.fromEntries(ofNodes.map(({ slug }) => [slug, verdict])) };
  };
  const nodes = [
    ...audit.nodes,
    ...withoutKubelet.map((node) =>
      hidden(node, 'runs that no API server lists and on which SSM finds no kubelet: terminate that machine'),
    ),
    ...contested.map((node) => hidden(node, node.inOtherVpc ? inOtherVpc : ofTwoClusters)),
  ];
  return rollUp({ nodes }, ofNodes, scope);
}

const ofTwoClusters = 'carries the tags of two clusters and is not listed by this one: take the wrong tags off it';
const inOtherVpc = 'runs in another VPC, where it was not read: give it the tags of this cluster';

const isOpen = (before: RememberedFinding | undefined): before is RememberedFinding =>
  before?.announced !== undefined || before?.status === 'fail' || before?.status === 'warn';

/** A failure, or what can't be read and has no other machine. */
const isLeft = ({ recordState, complianceStatus = '' }: Partial<StoredFinding> = {}, isSeen: boolean): boolean =>
  recordState === 'ACTIVE' && ['FAILED', 'WARNING', ...(isSeen ? [] : ['NOT_AVAILABLE'])].includes(complianceStatus);

interface Compared extends Comparison {
  readonly seen: ReadonlyMap<string, RolledUp>;
  /** Absent in a terminal, as the memory is. */
  readonly states: States | undefined;
  readonly memory?: Memory;
}

function built(rolled: RolledUp, id: string, { states, waiverFor, context }: Compared): AsffFinding | undefined {
  const { after } = states?.get(id) ?? {};
  const held = heldBack(rolled, after, waiverFor);
  // It has a finding only where there was one before.
  if (isUnknownNext(held) && after === undefined) return undefined;
  if (!isApplicable(held)) return undefined;
  const finding = findingOf(held, context);
  // It passes, and says so of the nodes that are there: those that failed were not fixed.
  return after?.status === 'pass' && after.swept ? withReason(finding, nodesGone(after.swept)) : finding;
}

interface Noting extends Compared, Noted {}

function* changesOf(noting: Noting, stored: ReadonlyMap<string, StoredFinding>): Generator<Change> {
  const { seen, states, context, sentBefore, foreign, sent } = noting;

  function* wanted(): Generator<AsffFinding> {
    for (const id of new Set([...seen.keys(), ...(states?.keys() ?? [])])) {
      const finding = wantedOf(id, noting);
      if (finding) yield finding;
    }
  }

  const changes = differences(wanted(), {
    stored,
    now: context.now,
    leftOver: (each) => goneOf(each, noting),
    isSaid: (finding, { id }) => !foreign.has(id) && sentBefore(id)?.hash === hashOfFinding(finding),
  });
  for (const change of changes) {
    const { finding, kind, before } = change;
    const at = kind === 'unchanged' && before ? before.updatedAt : finding.UpdatedAt;
    if (states) sent.set(finding.Id, sentOf(finding, at, sentBefore(finding.Id)));
    yield change;
  }
}

/** What this run has to say of a finding that is or was there. */
function wantedOf(id: string, compared: Compared): AsffFinding | undefined {
  const { seen, states, stored, context } = compared;
  const rolled = seen.get(id);
  if (rolled) return built(rolled, id, compared);

  const { name, after, unlisted, isKept } = states?.get(id) ?? {};
  const held = stored === 'unknown' ? undefined : stored.get(id);
  const rebuilt = isKept ? keptFinding : unlisted ? unlistedFinding : undefined;
  if (!name || !after || !held) return undefined;
  return rebuilt?.(held, { name, remembered: after, now: context.now });
}

/** Without a memory, as in a terminal, nothing is archived. With a kubeconfig, AWS doesn't name the node groups: the deployment's Ids may differ. */
function goneOf(stored: StoredFinding, { states, context }: Compared): AsffFinding | undefined {
  const { name, reasons } = states?.get(stored.id) ?? {};
  if (!name || !reasons || stored.recordState === 'ARCHIVED') return undefined;
  return goneFinding(stored, { name, reasons, now: context.now });
}

/** Also those of a run that died before it announced them. */
function overwrittenOf(compared: Compared): ReadonlyMap<string, readonly string[]> {
  const { states, foreign, context, before } = compared;
  const found = [...foreign].flatMap(([id, each]): readonly [string, readonly string[]][] => {
    const finding = wantedOf(id, compared);
    const fields = finding ? changedFields(finding, each, context.now) : [];
    return fields.length > 0 ? [[id, fields]] : [];
  });
  const waiting = [...(states?.keys() ?? [])].flatMap((id): readonly [string, readonly string[]][] => {
    const { overwritten } = before(id) ?? {};
    return overwritten ? [[id, overwritten]] : [];
  });
  return new Map([...waiting, ...found]);
}

function leftOpen(
  { audit, controls, scope, seen }: Compared,
  stored: ReadonlyMap<string, StoredFinding>,
): readonly string[] {
  if (!audit.inventory.complete) return [];
  const isLeft = (name: FindingName) => name.scope === scope && controls.some(({ slug }) => slug === name.control);
  const left = [...stored.values()].flatMap(({ id, recordState, complianceStatus = '' }) => {
    if (seen.has(id) || recordState === 'ARCHIVED' || !['FAILED', 'WARNING'].includes(complianceStatus)) return [];
    const name = parseFindingId(id);
    return name && isLeft(name) ? [subjectOf(name)] : [];
  });
  return [...new Set(left)].toSorted();
}

function suppressedFailures({ seen, states, waiverFor, hidingsOf }: Compared): number {
  const isHidden = (id: string) => hidingsOf(id).length > 0;
  const isFailure = (rolled: RolledUp, id: string): boolean => {
    const { status, waiver } = heldBack(rolled, states?.get(id)?.after, waiverFor);
    return (status === 'fail' || status === 'warn') && waiver?.state !== 'active';
  };
  const ofSeen = [...seen].filter(([id, rolled]) => isHidden(id) && isFailure(rolled, id));
  const ofUnseen = [...(states ?? [])].filter(([id, state]) => isHidden(id) && isUnseenFailure(state));
  return ofSeen.length + ofUnseen.length;
}

function transitionsOf(compared: Noting, failed: ReadonlySet<string>): readonly Transition[] {
  const { memory, stored, states } = compared;
  return [...(states ?? [])].flatMap(([id, state]) => {
    const hidden = (state.after?.hidden ?? []).filter((each) => !hiddenBefore(state.before).includes(each));
    const changed = compared.overwritten.get(id) ?? [];
    const kinds = kindsOf(state, { hidden, changed });
    if (kinds.length === 0) return [];

    const common = {
      name: state.name,
      hidden,
      changed,
      findingId: id,
      before: statusBefore(state.before),
      securityHub: stored === 'unknown' ? 'not-read' : failed.has(id) ? 'not-taken' : 'taken',
      memory: memory && isMissing(memory) ? 'missing' : 'kept',
    } as const;
    return kinds.map((kind) => transitionOf({ kind, ...common }, state, compared));
  });
}

type Done = Required<Pick<AnnouncementOptions, 'hidden' | 'changed'>>;

function kindsOf({ before, seen }: State, { hidden, changed }: Done): readonly Transition['kind'][] {
  const kind = announcementOf(before, seen);
  return [
    ...(kind ? [kind] : []),
    ...(hidden.length > 0 ? (['suppressed'] as const) : []),
    ...(changed.length > 0 ? (['overwritten'] as const) : []),
  ];
}

function transitionOf(announcing: AnnouncementOptions, state: State, compared: Noting): Transition {
  const { before, after, reasons, isKept } = state;
  const { context, seen } = compared;
  const rolled = reasons ? undefined : seen.get(announcing.findingId);
  const finding = rolled && built(rolled, announcing.findingId, compared);
  if (finding) return transitionOfFinding(announcing, finding);

  const reason = reasons?.[0] ?? (isKept && after ? seenSince(after) : nodesNotListed(before?.unreadable?.since));
  return transitionOfName(announcing, reason, benchmarkFor(context.benchmark, context.cluster));
}
