import type { Scope } from '../../contract/settings.ts';
import { type Beside, besideOf } from '../judge/beside.ts';
import type { Control } from '../judge/control.ts';
import type { ClusterAudit, NextNodes, NodeGroup } from '../model/model.ts';
import { type Judged, type RolledUp, rollUp } from './roll-up.ts';

export interface JudgedWithNext extends Judged {
  readonly nextNodes?: NextNodes;
  readonly inventory?: Pick<ClusterAudit['inventory'], 'machinesUnknown'>;
}

/**
 * The running nodes by subject, and the next node of each node group, which has a finding of its own in every scope. Each says what the other means
 * for it.
 */
export function* rollUpWithNext(
  audit: JudgedWithNext,
  controls: readonly Control[],
  scope: Scope,
): Generator<RolledUp> {
  const next = rollUpNext(audit, controls);
  const nextOf = new Map(next.map((each) => [keyOf(each.control, each.subject), each]));
  const sources = new Map(audit.nextNodes?.nodes.map(({ node, source }) => [node.key, source]));
  const withBeside = (rolled: RolledUp, one: RunningVerdicts | undefined, other: RolledUp): RolledUp => {
    // Whose nodes these are is a claim where AWS did not say it.
    const beside = audit.inventory?.machinesUnknown ? undefined : besideIn(sources, one, other);
    return beside ? { ...rolled, beside } : rolled;
  };

  const ofGroups = new Map<string, RunningVerdicts>();
  for (const each of rollUp(audit, controls, scope)) {
    const key = keyOf(each.control, each.subject);
    const nextOne = nextOf.get(key);
    const running = nextOne && runningOf(each);
    if (running) ofGroups.set(key, running);
    yield nextOne ? withBeside(each, running, nextOne) : each;
  }
  if (scope !== 'node-group' && next.length > 0)
    for (const each of rollUp(audit, controls, 'node-group'))
      ofGroups.set(keyOf(each.control, each.subject), runningOf(each));
  for (const each of next) yield withBeside(each, ofGroups.get(keyOf(each.control, each.subject)), each);
}

type RunningVerdicts = NonNullable<Parameters<typeof besideOf>[0]['running']>;

/** Its verdicts once each: most nodes share theirs. */
const runningOf = ({ status, nodes }: RolledUp): RunningVerdicts => ({
  status,
  verdicts: [...new Set(nodes.map(({ verdict }) => verdict))],
});

/** The next nodes alone: one result a node group and control, the worst of its templates first. */
export const rollUpNext = (
  { nextNodes }: Pick<JudgedWithNext, 'nextNodes'>,
  controls: readonly Control[],
): readonly RolledUp[] => {
  const judged = controls.filter(({ slug }) => nextNodes?.nodes.some(({ verdicts }) => slug in verdicts));
  return rollUp({ nodes: nextNodes?.nodes ?? [] }, judged, 'node-group')
    .flatMap((each): readonly RolledUp[] =>
      each.subject.scope === 'node-group'
        ? [{ ...each, subject: { scope: 'next-node', group: each.subject.group } }]
        : [],
    )
    .toArray();
};

function besideIn(
  sources: ReadonlyMap<string, string>,
  running: RunningVerdicts | undefined,
  next: RolledUp,
): Beside | undefined {
  const worst = next.nodes[0];
  const source = worst && sources.get(worst.node.key);
  if (!worst || source === undefined) return undefined;
  return besideOf({
    running,
    next: { verdict: worst.verdict, source },
  });
}

/** By the node group; `undefined` in a subject that has none. */
function keyOf({ slug }: Control, subject: RolledUp['subject']): string {
  const group: NodeGroup | undefined =
    subject.scope === 'cluster' ? undefined : subject.scope === 'node' ? subject.node.group : subject.group;
  return group ? `${slug} ${group.kind} ${group.name}` : slug;
}
