import { benchmarkFor } from '../../judge/benchmark-for.ts';
import { isOfCluster } from '../../judge/control.ts';
import type { ClusterNode, Transition, Verdict } from '../../model/model.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import type { AsffFinding, AsffStatusReason } from '../asff/asff.ts';
import { withReason } from '../asff/fingerprint.ts';
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
import {
  type Comparison,
  comparisonOf,
  isOutdated,
  type ReconciledAudit,
  type ReconcileOptions,
} from './comparison.ts';
import { type Change, differences } from './difference.ts';
import { isUnseenFailure, rememberedNodes, type States, statesAfter } from './finding-states.ts';
import { goneFinding, nodesGone } from './gone-finding.ts';
import { heldBack, leftUnread } from './holding.ts';
import { isMissing, keyOfFinding, type Memory, type RememberedFinding } from './memory.ts';
import { keptFinding, seenSince, unlistedFinding } from './rebuilt-finding.ts';

export interface ReconcileResult {
  /** One after another, each built when it is asked for; may be gone through once more. Empty when it is not known what is stored. */
  readonly changes: Iterable<Change>;
  /** Without a memory, as in a terminal: what open findings in Security Hub are about that a complete audit did not see. They stay open. */
  readonly leftOpen?: readonly string[];
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
export function reconcile(audit: ReconciledAudit, options: ReconcileOptions): ReconcileResult {
  const { memory } = options;
  const comparison = comparisonOf(audit, options);
  const seen = seenFindings(comparison);
  const states = memory && statesAfter(comparison, seen, memory);
  const compared: Compared = { ...comparison, seen, states, ...(memory && { memory }) };
  const { stored } = comparison;

  return {
    changes: { [Symbol.iterator]: () => (stored === 'unknown' ? [].values() : changesOf(compared, stored)) },
    ...(stored !== 'unknown' && !memory && { leftOpen: leftOpen(compared, stored) }),
    ...(stored !== 'unknown' && { suppressed: suppressedFailures(compared) }),
    transitions: (failed) => transitionsOf(compared, failed),
    ...(states && memory && { remember: rememberedOf(compared, memory, states) }),
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

function changesOf(compared: Compared, stored: ReadonlyMap<string, StoredFinding>): Generator<Change> {
  const { seen, states, context } = compared;
  const { now } = context;

  function* wanted(): Generator<AsffFinding> {
    for (const [id, rolled] of seen) {
      const finding = built(rolled, id, compared);
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

function suppressedFailures({ seen, states, waiverFor, isSuppressed }: Compared): number {
  const isFailure = (rolled: RolledUp, id: string): boolean => {
    const { status, waiver } = heldBack(rolled, states?.get(id)?.after, waiverFor);
    return (status === 'fail' || status === 'warn') && waiver?.state !== 'active';
  };
  const ofSeen = [...seen].filter(([id, rolled]) => isSuppressed(id) && isFailure(rolled, id));
  const ofUnseen = [...(states ?? [])].filter(([id, state]) => isSuppressed(id) && isUnseenFailure(state));
  return ofSeen.length + ofUnseen.length;
}

function transitionsOf(compared: Compared, failed: ReadonlySet<string>): readonly Transition[] {
  const { seen, states, memory, stored, context } = compared;
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
    const finding = rolled && built(rolled, id, compared);
    return kinds.map((each) => {
      const announcing: AnnouncementOptions = { kind: each, ...common };
      return finding
        ? transitionOfFinding(announcing, finding)
        : transitionOfName(
            announcing,
            reasons?.[0] ?? (isKept && after ? seenSince(after) : notListed(before)),
            benchmarkFor(context.benchmark, context.cluster),
          );
    });
  });
}

const notListed = (before: RememberedFinding | undefined): AsffStatusReason => ({
  ReasonCode: 'NODES_NOT_LISTED',
  Description: `since ${before?.unreadable?.since ?? 'this run'} no run could list the nodes that this is about: the problems in the audit's result say why`,
});

const rememberedOf = ({ audit, run, arn, context }: Compared, memory: Memory, states: States): Memory => ({
  version: 2,
  runId: run.id,
  startedAt: run.startedAt.toISOString(),
  benchmark: benchmarkFor(context.benchmark, context.cluster),
  ...rememberedNodes(audit, memory, states),
  findings: Object.fromEntries(
    [...states].flatMap(([id, { after }]) => (after ? [[keyOfFinding(id, arn), after]] : [])),
  ),
});
