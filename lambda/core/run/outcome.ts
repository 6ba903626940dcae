import { countStates, countsByStatus, noStates } from '../model/access-states.ts';
import { addCounts } from '../model/add-counts.ts';
import type { ClusterAudit, NodeAudit, Problem, Verdict, VerdictStatus } from '../model/model.ts';
import type { Result } from '../model/result.ts';
import { notPassing } from '../model/statuses.ts';
import { isWaived } from '../model/verdict-parts.ts';
import type { Coverage } from './coverage.ts';

export type Counts = Readonly<Record<VerdictStatus, number>>;

export const noCounts: Counts = { pass: 0, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };

export function countVerdicts(audit: WithVerdicts): Counts {
  const counts = { ...noCounts };
  for (const { status } of verdictsOf(audit)) counts[status] += 1;
  return counts;
}

export interface WithVerdicts extends Pick<ClusterAudit, 'clusterVerdicts'> {
  readonly nodes: readonly Pick<NodeAudit, 'verdicts'>[];
}

function* verdictsOf({ nodes, clusterVerdicts = {} }: WithVerdicts): Generator<Verdict> {
  for (const { verdicts } of nodes) yield* Object.values(verdicts);
  yield* Object.values(clusterVerdicts);
}

export const countWaived = (audit: WithVerdicts): number => verdictsOf(audit).filter(isWaived).toArray().length;

/** What an audit comes to, counted cluster by cluster: no cluster is kept. */
export const emptyTally = {
  verdicts: noCounts,
  waived: 0,
  /** Nodes by their state: they add up to all nodes. */
  states: noStates,
  clusters: 0,
  nodes: 0,
  /** Verdicts of next nodes that fail and that no waiver covers. They are no nodes, and count in nothing else. */
  nextFailing: 0,
  /** Verdicts of nodes that scripts leave unknown, and that a waiver accepts. */
  accepted: 0,
  unlisted: 0,
  clusterProblems: 0,
  /** Findings that Security Hub should hold and does not. */
  unpublished: 0,
  /** Failures and warnings without a waiver that are suppressed in Security Hub. */
  suppressed: 0,
  /** Problems wider than one cluster, or of one that could not be audited at all. */
  problems: [] as readonly Problem[],
};

export type Tally = Readonly<typeof emptyTally>;

type CountedAudit = Pick<
  ClusterAudit,
  'inventory' | 'problems' | 'published' | 'suppressed' | 'clusterVerdicts' | 'nextNodes'
> & {
  readonly nodes: readonly Pick<NodeAudit, 'verdicts' | 'access'>[];
};

export function tallied(tally: Tally, result: Result<CountedAudit, Problem>): Tally {
  if (!result.ok) return { ...tally, problems: [...tally.problems, result.error] };

  const { nodes, inventory, problems, published, nextNodes } = result.value;
  const next = { nodes: nextNodes?.nodes ?? [] };
  return {
    verdicts: addCounts(tally.verdicts, countVerdicts(result.value)),
    waived: tally.waived + countWaived(result.value),
    states: addCounts(tally.states, countStates(nodes)),
    clusters: tally.clusters + 1,
    nodes: tally.nodes + nodes.length,
    nextFailing: tally.nextFailing + countVerdicts(next).fail - countWaived(next),
    accepted:
      tally.accepted +
      verdictsOf({ nodes })
        .filter((each) => 'accepted' in each)
        .toArray().length,
    unlisted: tally.unlisted + (inventory.from === 'none' ? 1 : 0),
    clusterProblems: tally.clusterProblems + problems.length,
    unpublished: tally.unpublished + (published ? published.rejected.length + published.notSent.length : 0),
    suppressed: tally.suppressed + (result.value.suppressed ?? 0),
    problems: tally.problems,
  };
}

/** From which verdict on an audit ends with 1. `access`: only the state of nodes counts. `never`: nothing that is found is worth an exit code. */
export const failingFrom = [...notPassing, 'access', 'never'] as const;
export type FailingFrom = (typeof failingFrom)[number];

/**
 * The exit code of an audit:
 * - 0: all passed or waived, or a waiver accepts the scripts that leave it unknown. 1: a control failed, on a node or on the next one of a node group.
 * - 2: incomplete. Something is unknown, warned about, not listed or not published; nothing failed.
 * - 3: nothing could be audited. No cluster was found and something was not looked at, or the nodes of none could be listed.
 */
export function outcome(
  tally: Tally,
  coverage?: Pick<Coverage, 'regions' | 'gaps'>,
  failFrom: FailingFrom = 'fail',
): 0 | 1 | 2 | 3 {
  const { verdicts, waived, nextFailing, accepted, clusters, unlisted, clusterProblems, unpublished } = tally;
  const missed = tally.problems.length + clusterProblems + unpublished + (coverage?.gaps.length ?? 0);
  // Regions without a cluster were looked at, too.
  const lookedAtNothing = clusters === unlisted && !(clusters === 0 && coverage && coverage.regions > 0);

  if (missed > 0 && lookedAtNothing) return 3;
  if (failFrom === 'never') return 0;
  if (failFrom === 'access') {
    const { fail, warn, unknown } = countsByStatus(tally.states);
    if (fail > 0) return 1;
    return warn + unknown + missed > 0 ? 2 : 0;
  }

  const failing =
    verdicts.fail -
    waived +
    nextFailing +
    (failFrom === 'fail' ? 0 : verdicts.warn) +
    (failFrom === 'unknown' ? verdicts.unknown : 0);
  if (failing > 0) return 1;
  return verdicts.warn + verdicts.unknown - accepted + missed > 0 ? 2 : 0;
}
