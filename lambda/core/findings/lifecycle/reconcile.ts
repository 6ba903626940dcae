import type { Scope } from '../../../contract/settings.ts';
import type { Control } from '../../control.ts';
import type { ClusterAudit, NodeGroup } from '../../model.ts';
import type { StoredFinding } from '../../ports.ts';
import { findWaiver } from '../../waivers/find-waiver.ts';
import type { Waiver } from '../../waivers/waiver.ts';
import type { AsffFinding, AsffStatusReason } from '../asff/asff.ts';
import { statusReasons } from '../asff/status-reasons.ts';
import { findingOf, type NamedCluster } from '../finding.ts';
import { contextOf, isApplicable, namedCluster } from '../findings-of.ts';
import { type FindingName, findingId, parseFindingId } from '../identity.ts';
import { type RolledUp, rollUp } from '../roll-up.ts';
import { isToTell, nextAlert, type TransitionMark, transitionMark } from './alert-state.ts';
import { type Change, differences } from './difference.ts';
import { goneFinding, type WhyGoneOptions, whyGone } from './gone-finding.ts';
import { countUnreadable, heldBack, patience, type Run, type Unreadable } from './holding.ts';
import { type Memory, timeAfter } from './memory.ts';
import { rebuiltFinding, storedStatus } from './rebuilt-finding.ts';

export interface Reconciling {
  readonly controls: readonly Control[];
  /** Every control that there is, audited or not. */
  readonly catalogue: readonly Control[];
  readonly benchmark: string;
  readonly scope: Scope;
  readonly waivers: readonly Waiver[];
  readonly run: Run;
  /** What Security Hub holds of this cluster, active and archived. */
  readonly stored: ReadonlyMap<string, StoredFinding>;
  /** What the run before left, an empty one at the first; absent when nobody remembers anything, as in a terminal: then nothing is held back or archived. */
  readonly memory?: Memory;
}

export interface Reconciled {
  /** One after another, each built when it is asked for; may be gone through once more. */
  readonly changes: Iterable<Change>;
  readonly isNews: (mark: TransitionMark) => boolean;
  /** What the next run has to know, when Security Hub did not take the findings of these Ids. */
  readonly remember: (failed: ReadonlySet<string>) => Memory;
}

/**
 * One cluster's audit × what Security Hub holds × what the run before remembered → what to send. Waivers are in the audit already (applyWaivers).
 * @throws ClusterArnNeeded when the cluster has no ARN
 */
export function reconcile(audit: ClusterAudit, reconciling: Reconciling): Reconciled {
  const { stored, memory } = reconciling;
  const now = timeAfter(reconciling.run.startedAt, memory ? [memory.startedAt] : []);
  const run = { id: reconciling.run.id, startedAt: now };
  const context = contextOf(audit, { ...reconciling, now });
  const { cluster } = context;
  const seen = rollUps(audit, reconciling, cluster);
  const looked = lookedAt(audit, reconciling);

  const goneReasons = goneReasonsOf(seen, looked, cluster);
  const unlisted = looked.complete ? [] : unlistedOf(stored, { seen, looked, cluster });
  const unreadable: Unreadable = memory
    ? countUnreadable([...unreadIds(seen), ...unlisted.map(({ finding }) => finding.id)], { memory, stored, run })
    : new Map();
  const waiverFor = (control: string, group: NodeGroup) =>
    findWaiver({ control, cluster, group }, reconciling.waivers, reconciling.run.startedAt);
  const startedAt = now.toISOString();
  const isNews = (mark: TransitionMark): boolean => isToTell(mark, { startedAt, told: memory?.startedAt ?? startedAt });

  function* wanted(): Generator<AsffFinding> {
    for (const [id, rolled] of seen) {
      const held = heldBack(rolled, unreadable.get(id), waiverFor);
      if (isApplicable(held)) yield findingOf(held, context);
    }
    for (const { finding, name } of unlisted) {
      const { since, runs } = unreadable.get(finding.id)?.unreadable ?? { since: '', runs: 0 };
      if (runs > patience) yield unlistedFinding(finding, { name, since, now });
    }
  }

  const leftOver = (each: StoredFinding): AsffFinding | undefined => {
    // Who remembers nothing does not speak for the deployment, and may call node groups otherwise: from a kubeconfig no AWS names them.
    if (!memory) return undefined;
    const isUntold = isNewsOf(each, isNews);
    if (each.recordState === 'ARCHIVED' && !isUntold) return undefined;
    const found = goneReasons(each);
    if (found) return goneFinding(each, { ...found, now });
    return isUntold ? leftAlone(each, { cluster, now }) : undefined;
  };

  return {
    changes: { [Symbol.iterator]: () => differences(wanted(), { stored, leftOver, now }) },
    isNews,
    remember: (failed) => ({
      version: 1,
      runId: run.id,
      startedAt,
      findings: Object.fromEntries([...seenInVain(seen, failed), ...unreadable]),
    }),
  };
}

/**
 * What the next run has to know when Security Hub could not even be read: what was seen, beside what was remembered. Nothing was announced, so the memory's
 * time stays.
 * @throws ClusterArnNeeded when the cluster has no ARN
 */
export function rememberUnsent(
  audit: ClusterAudit,
  { memory, ...asked }: Pick<Reconciling, 'controls' | 'scope'> & { readonly memory: Memory },
): Memory {
  const seen = rollUps(audit, asked, namedCluster(audit.cluster));
  return { ...memory, findings: { ...memory.findings, ...Object.fromEntries(seenInVain(seen, new Set(seen.keys()))) } };
}

type Seen = ReadonlyMap<string, RolledUp>;

const rollUps = (
  audit: ClusterAudit,
  { controls, scope }: Pick<Reconciling, 'controls' | 'scope'>,
  { arn }: NamedCluster,
): Seen =>
  new Map(
    rollUp(audit, controls, scope).map((rolled) => [findingId(rolled.control.slug, arn, rolled.subject), rolled]),
  );

const unreadIds = (seen: Seen): readonly string[] =>
  [...seen].flatMap(([id, { status }]) => (status === 'unknown' ? [id] : []));

/** What this run saw and Security Hub did not take: else the next run, if it can read nothing, would hold what was proved before that. */
const seenInVain = (seen: Seen, failed: ReadonlySet<string>) =>
  [...seen].flatMap(([id, { status }]) =>
    failed.has(id) && (status === 'pass' || status === 'fail' || status === 'warn') ? [[id, { status }] as const] : [],
  );

const lookedAt = ({ inventory }: ClusterAudit, { scope, controls, catalogue }: Reconciling): WhyGoneOptions => ({
  scope,
  complete: inventory.complete && !inventory.machinesUnknown,
  terminated: new Set(inventory.terminated),
  audited: slugs(controls),
  catalogue: slugs(catalogue),
});

const slugs = (controls: readonly Control[]): ReadonlySet<string> => new Set(controls.map(({ slug }) => slug));

interface GoneReasons {
  readonly name: FindingName;
  readonly reasons: readonly AsffStatusReason[];
}

function goneReasonsOf(seen: Seen, looked: WhyGoneOptions, { arn }: NamedCluster) {
  return ({ id }: StoredFinding): GoneReasons | undefined => {
    const name = parseFindingId(id);
    const rolled = seen.get(id);
    if (!name || name.cluster.arn !== arn.arn) return undefined;
    // Its nodes moved to where the control does not apply, to Auto Mode for example.
    if (rolled) return looked.complete ? { name, reasons: statusReasons(rolled) } : undefined;

    const reason = whyGone(name, looked);
    return reason && { name, reasons: [reason] };
  };
}

const isNewsOf = ({ productFields }: StoredFinding, isNews: Reconciled['isNews']): boolean => {
  const mark = transitionMark(productFields);
  return mark !== undefined && isNews(mark);
};

interface Unlisted {
  readonly finding: StoredFinding;
  readonly name: FindingName;
}

/** Findings about nodes of which an incomplete list says nothing, neither that they are there nor that they are gone. */
function unlistedOf(
  stored: ReadonlyMap<string, StoredFinding>,
  { seen, looked, cluster }: { readonly seen: Seen; readonly looked: WhyGoneOptions; readonly cluster: NamedCluster },
): readonly Unlisted[] {
  return [...stored.values()].flatMap((finding) => {
    const name = parseFindingId(finding.id);
    const isOurs =
      name?.cluster.arn === cluster.arn.arn && name.scope === looked.scope && looked.audited.has(name.control);
    if (!name || !isOurs || finding.recordState === 'ARCHIVED' || seen.has(finding.id)) return [];
    return whyGone(name, looked) ? [] : [{ finding, name }];
  });
}

/** As it is stored, for what is still to be announced of it; it is not sent. */
function leftAlone(
  stored: StoredFinding,
  { cluster, now }: { readonly cluster: NamedCluster; readonly now: Date },
): AsffFinding | undefined {
  const name = parseFindingId(stored.id);
  if (!name || name.cluster.arn !== cluster.arn.arn) return undefined;

  return rebuiltFinding(stored, {
    name,
    now,
    status: storedStatus(stored),
    recordState: stored.recordState === 'ARCHIVED' ? 'ARCHIVED' : 'ACTIVE',
    reasons: [
      {
        ReasonCode: 'NODES_NOT_LISTED',
        Description: 'seen before this run, which could not list the nodes that it is about',
      },
    ],
    remedy: 'Look at the finding in Security Hub: it says what was seen, and how to fix it.',
    alert: nextAlert(stored, 'unseen', now.toISOString()),
  });
}

const unlistedFinding = (
  stored: StoredFinding,
  { name, since, now }: { readonly name: FindingName; readonly since: string; readonly now: Date },
): AsffFinding =>
  rebuiltFinding(stored, {
    name,
    now,
    status: 'NOT_AVAILABLE',
    recordState: 'ACTIVE',
    reasons: [
      {
        ReasonCode: 'NODES_NOT_LISTED',
        Description: `since ${since} no run could list the nodes that this is about: the problems in the audit's result say why`,
      },
    ],
    remedy:
      "The cluster's nodes could not be listed, so nothing is proved. Let the audit list them (an access entry and its RBAC), as the problems in its result say.",
    alert: nextAlert(stored, 'unseen', now.toISOString()),
    unreadableSince: since,
  });
