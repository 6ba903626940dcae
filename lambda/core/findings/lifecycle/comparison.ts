import { type Control, isOfCluster } from '../../judge/control.ts';
import { findWaiver } from '../../judge/waivers/find-waiver.ts';
import type { Waiver } from '../../judge/waivers/waiver.ts';
import type { ClusterAudit, NodeGroup } from '../../model/model.ts';
import type { ReportedNode } from '../../model/reported-audit.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import { contextOf, type FindingOfOptions, type FindingOptions, namedCluster } from '../finding.ts';
import type { RolledUp } from '../roll-up.ts';
import type { JudgedWithNext } from '../roll-up-next.ts';
import { hidingsOf, isOurs, withoutForeign } from './believed.ts';
import type { WhyGoneOptions } from './gone-finding.ts';
import { failedElsewhere, type Run, type WaiverFor } from './holding.ts';
import {
  type Hiding,
  keyOfFinding,
  type Memory,
  type RememberedFinding,
  type SentFinding,
  sentBefore,
  timeAfter,
} from './memory.ts';

/** `stored` is what Security Hub holds of this cluster, active and archived. Where that can't be read, nothing can be sent. */
export interface ReconcileOptions extends Omit<FindingOptions, 'now'> {
  readonly catalogue: readonly Control[];
  readonly waivers: readonly Waiver[];
  readonly run: Run;
  /** What the run before left (missingMemory when it left nothing); absent in a terminal: then nothing is held back, archived or announced. */
  readonly memory?: Memory;
}

/** The part of an audit that is compared: of a running audit, or of a saved result. */
export type ReconciledAudit = Pick<ClusterAudit, 'cluster' | 'auditedAt' | 'inventory'> &
  Omit<JudgedWithNext, 'nodes' | 'inventory'> & {
    readonly nodes: readonly (JudgedWithNext['nodes'][number] & Partial<Pick<ReportedNode, 'facts' | 'failures'>>)[];
  };

export interface Comparison extends Pick<ReconcileOptions, 'controls' | 'scope' | 'stored'> {
  readonly audit: ReconciledAudit;
  readonly run: Run;
  readonly arn: string;
  readonly context: FindingOfOptions;
  readonly looked: WhyGoneOptions;
  readonly waiverFor: WaiverFor;
  readonly before: (id: string) => RememberedFinding | undefined;
  readonly failedElsewhere: (rolled: RolledUp) => boolean;
  readonly hidingsOf: (id: string) => readonly Hiding[];
  /** What this program sent last; `undefined` where that is not known. */
  readonly sentBefore: (id: string) => SentFinding | undefined;
  /** Findings that somebody else wrote after this program, by Id, as Security Hub holds them. In `stored` nothing of them is believed. */
  readonly foreign: ReadonlyMap<string, StoredFinding>;
}

export function comparisonOf(audit: ReconciledAudit, options: ReconcileOptions): Comparison {
  const { controls, scope, memory, run: asked } = options;
  const run = { id: asked.id, startedAt: timeAfter(asked.startedAt, memory ? [memory.startedAt] : []) };
  const cluster = namedCluster(audit.cluster);
  const keyOf = (id: string) => keyOfFinding(id, cluster.arn.arn);
  const sentOf = (id: string) => sentBefore(memory, keyOf(id));
  const foreign = new Map(
    options.stored === 'unknown' ? [] : [...options.stored].filter(([id, each]) => !isOurs(each, sentOf(id), memory)),
  );
  const stored = options.stored === 'unknown' ? options.stored : new Map(options.stored);
  for (const [id, each] of foreign) {
    const sent = sentOf(id);
    if (sent && stored !== 'unknown') stored.set(id, withoutForeign(each, sent));
  }
  const context = contextOf(audit, { ...options, stored, now: run.startedAt });

  return {
    audit,
    controls,
    scope,
    stored,
    run,
    context,
    arn: cluster.arn.arn,
    looked: lookedAt(audit, options),
    waiverFor: (control: string, group?: NodeGroup) =>
      findWaiver({ control, cluster, ...(group && { group }) }, options.waivers, asked.startedAt),
    before: (id) => memory?.findings[keyOf(id)],
    failedElsewhere: (rolled) => memory !== undefined && failedElsewhere(rolled, memory),
    hidingsOf: (id) => (stored === 'unknown' ? [] : hidingsOf(stored.get(id))),
    sentBefore: sentOf,
    foreign,
  };
}

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

/** What was listed before the verdict that is remembered, and so changes nothing of it. */
export const isOutdated = (
  before: RememberedFinding | undefined,
  { auditedAt }: Pick<ReconciledAudit, 'auditedAt'>,
): boolean => before?.listed !== undefined && before.listed > auditedAt;
