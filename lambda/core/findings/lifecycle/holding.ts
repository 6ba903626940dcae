import { isOfCluster } from '../../judge/control.ts';
import type { FoundWaiver } from '../../judge/waivers/find-waiver.ts';
import type { ClusterNode, NodeGroup } from '../../model/model.ts';
import { byText } from '../../model/text/words.ts';
import { subjectPath } from '../identity.ts';
import type { JudgedNode, RolledUp } from '../roll-up.ts';
import type { Memory, RememberedFinding } from './memory.ts';

/** So many runs in a row may fail to read what was proved before; then it is NOT_AVAILABLE. */
export const patience = 3;

export interface Run {
  readonly id: string;
  readonly startedAt: Date;
}

export type Unreadable = NonNullable<RememberedFinding['unreadable']>;

/** One more run that could not read it. A run that is repeated counts once: the memory says which run wrote it. */
export function unreadableAfter(
  before: RememberedFinding | undefined,
  { memory, run }: { readonly memory: Memory; readonly run: Run },
): Unreadable {
  if (!before?.unreadable) return { since: run.startedAt.toISOString(), runs: 1 };
  if (memory.runId === run.id) return before.unreadable;

  const { since, runs } = before.unreadable;
  return { since, runs: Math.min(runs + 1, 1_000_000) };
}

/** What waivers say of a control on a node group. A held finding is not judged again, but its waiver may have come or gone. */
export type WaiverFor = (control: string, group?: NodeGroup) => FoundWaiver | undefined;

/**
 * What could not be read keeps the status that was proved before, as long as there is patience. A refusal (`warn`) is a result: it is never held
 * back. What is held says the same in each run, so it is sent once. Failing to read is announced separately, at once, as a gap.
 */
export function heldBack(rolled: RolledUp, remembered: RememberedFinding | undefined, waiverFor: WaiverFor): RolledUp {
  const { status, unreadable } = remembered ?? {};
  if (rolled.status !== 'unknown' || !unreadable || !isHeld(remembered) || !isProven(status))
    return rolled.otherwise ?? rolled;

  const because = `unreadable since ${unreadable.since}`;
  const waiver = status === 'fail' ? waiverOfAll(rolled, waiverFor) : undefined;
  const [failing] = status === 'fail' ? unreadFailing(rolled) : [];
  return {
    ...rolled,
    status,
    held: { since: unreadable.since, ...(failing !== undefined && { failing }) },
    nodes: rolled.nodes.map(({ node }) => ({ node, verdict: { status: 'unknown', because } })),
    ...(waiver && { waiver }),
  };
}

/** Machines that failed before, that AWS confirms, and that could not be read, in the same order in each run. */
export const unreadFailing = ({ nodes }: Pick<RolledUp, 'nodes'>): readonly string[] =>
  nodes
    .flatMap(({ node: { failedBefore, machine }, verdict }) =>
      failedBefore && machine.status === 'confirmed' && verdict.status === 'unknown' ? [machine.instanceId] : [],
    )
    .toSorted();

export const isHeld = (remembered: RememberedFinding | undefined): boolean =>
  isProven(remembered?.status) && (remembered?.unreadable?.runs ?? 0) <= patience;

const isProven = (status: RememberedFinding['status']): status is 'pass' | 'fail' =>
  status === 'pass' || status === 'fail';

const unreadOf = (nodes: RolledUp['nodes']) => nodes.filter(({ verdict }) => verdict.status === 'unknown');

/** Whose group AWS doesn't confirm, no waiver of a group covers. */
const waiverOfNode = (slug: string, { group, groupUnconfirmed }: ClusterNode, waiverFor: WaiverFor) =>
  waiverFor(slug, groupUnconfirmed === undefined ? group : undefined);

/**
 * Unread nodes whose failure ends by nothing that is shown. No waiver covers them where the others are waived, or they failed before where the others are
 * only suspected.
 */
export function leftUnread(rolled: RolledUp, before: RememberedFinding, waiverFor: WaiverFor): readonly JudgedNode[] {
  const { control, nodes, waiver, status } = rolled;
  const unread = unreadOf(nodes);
  if (waiver?.state === 'active')
    return unread.filter(({ node }) => waiverOfNode(control.slug, node, waiverFor)?.state !== 'active');
  return status === 'warn' && before.status === 'fail' && unreadFailing(rolled).length > 0 ? unread : [];
}

/** Whether an unread machine failed the control in the last run, under the name that its finding had then: the scope or its group may have changed. */
export const failedElsewhere = (rolled: RolledUp, { findings, machines = {} }: Memory): boolean =>
  unreadFailing(rolled).some((id) => {
    const group = machines[id];
    const paths = ['cluster', `node/${id}`, ...(group ? [subjectPath({ scope: 'node-group', group })] : [])];
    return paths.some((path) => findings[`${rolled.control.slug}/${path}`]?.status === 'fail');
  });

/** The failure is in a node that was not read. Only what is waived for each of them is waived: of several, the waiver that ends first. */
function waiverOfAll({ control, nodes }: RolledUp, waiverFor: WaiverFor): FoundWaiver | undefined {
  const found = isOfCluster(control)
    ? [waiverFor(control.slug)]
    : unreadOf(nodes).map(({ node }) => waiverOfNode(control.slug, node, waiverFor));
  const [first] = found.flatMap((each) => each ?? []).toSorted(byText(({ mark }) => mark.until));

  return found.every((each) => each?.state === 'active')
    ? first
    : found.flatMap((each) => (each?.state === 'expired' ? [each] : []))[0];
}
