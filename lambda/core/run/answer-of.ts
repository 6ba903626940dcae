import { hasOwnGap } from '../../contract/problem-codes.ts';
import type { Subject } from '../findings/identity.ts';
import { nothingPublished } from '../findings/lifecycle/difference.ts';
import { type Judged, rollUp } from '../findings/roll-up.ts';
import { type JudgedWithNext, rollUpNext } from '../findings/roll-up-next.ts';
import { statementsOf } from '../findings/statement.ts';
import { controls } from '../judge/controls/index.ts';
import type { Waiver } from '../judge/waivers/waiver.ts';
import { matchedWaivers } from '../judge/waivers/waiver-use.ts';
import { countStates } from '../model/access-states.ts';
import type { Problem, Verdict } from '../model/model.ts';
import type { PublishResult } from '../model/published.ts';
import type { ReportedAudit } from '../model/reported-audit.ts';
import { openStatuses } from '../model/statuses.ts';
import { byText, printable } from '../model/text/words.ts';
import { type FindingCounts, findingCounts, type ItemAnswer, type OpenGroup } from './answer.ts';
import type { RunItem } from './item.ts';
import { claimsOf, clusterGaps, isUnreadable, nodeGroupGaps } from './node-group-gaps.ts';
import { type Counts, countVerdicts, countWaived } from './outcome.ts';

/** An answer is small: what is behind more problems than these is in the full result. */
const mostProblems = 20;
const mostOpen = 200;

export interface Outcome {
  readonly item: RunItem;
  readonly status: ItemAnswer['status'];
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly audit?: Pick<
    ReportedAudit,
    'cluster' | 'inventory' | 'nodes' | 'clusterVerdicts' | 'suppressed' | 'nextNodes'
  >;
  /** As in the answer; absent where `status` says enough. */
  readonly complete?: boolean;
  readonly published?: PublishResult;
  readonly goneClusters?: readonly string[];
  readonly problems: readonly Problem[];
  /** The problem that names it where it failed or is not complete, if that is not the first one. */
  readonly decisive?: Problem | undefined;
  readonly waivers?: readonly Waiver[];
}

export function answerOf(outcome: Outcome): ItemAnswer {
  const { item, status, audit, published, problems, waivers = [] } = outcome;
  const nodes = audit?.nodes ?? [];
  const claims = audit && claimsOf(audit);
  const own = audit?.clusterVerdicts && { clusterVerdicts: audit.clusterVerdicts };
  const waived = countWaived({ nodes, ...own });

  return {
    item,
    status,
    startedAt: outcome.startedAt.toISOString(),
    finishedAt: outcome.finishedAt.toISOString(),
    ...(audit?.cluster.version !== undefined && { kubernetes: audit.cluster.version }),
    nodes: nodes.length,
    unreadableNodes: nodes.filter((each) => isUnreadable(each) && !each.node.booting).length,
    bootingNodes: nodes.filter((each) => isUnreadable(each) && each.node.booting).length,
    machinesWithoutKubelet: audit?.inventory.withoutKubelet?.length ?? 0,
    ...(audit?.suppressed && { suppressed: audit.suppressed }),
    ...(waived > 0 && { waived }),
    ...(audit && waivers.length > 0 && { waiversMatched: matchedWaivers(audit, waivers) }),
    ...(claims && { claims }),
    ...machinesOfSeveral(audit),
    ...nextNodesOf(audit),
    gaps: [...nodeGroupGaps(nodes, audit?.inventory), ...clusterGaps(own?.clusterVerdicts)],
    complete: outcome.complete ?? status !== 'failed',
    verdicts: countVerdicts({ nodes, ...own }),
    states: countStates(nodes),
    ...(audit && { statements: statementsOf(audit, controls).slice(0, mostStatements) }),
    controls: byControl({ nodes, ...own }),
    ...(audit && openOf({ nodes, ...own, ...(audit.nextNodes && { nextNodes: audit.nextNodes }) })),
    ...(outcome.goneClusters?.length && { goneClusters: outcome.goneClusters }),
    findings: countFindings(published ?? nothingPublished),
    problems: [...problems.filter(hasOwnGap), ...problems.filter((each) => !hasOwnGap(each))].slice(0, mostProblems),
    moreProblems: Math.max(0, problems.length - mostProblems),
    ...(outcome.decisive && { decisive: outcome.decisive }),
  };
}

const mostStatements = 200;
const mostShared = 200;
const mostUnknownNext = 20;

function machinesOfSeveral(audit: Outcome['audit']): Pick<ItemAnswer, 'machinesOfSeveral'> {
  const shared = (audit?.nodes ?? []).flatMap(({ node }) =>
    node.alsoTaggedFor === undefined ? [] : [printable(node.key, 32)],
  );
  return shared.length > 0 ? { machinesOfSeveral: shared.slice(0, mostShared) } : {};
}

/** Next nodes in numbers, and which of them are not known at all. */
function nextNodesOf(audit: Outcome['audit']): Pick<ItemAnswer, 'nextNodes'> {
  if (!audit?.nextNodes) return {};

  const groups = Map.groupBy(audit.nextNodes.nodes, ({ node: { group } }) => `${group.name} (${group.kind})`);
  const all = [...groups].map(([group, nodes]) => ({
    group,
    verdicts: nodes.flatMap(({ verdicts }) => Object.values(verdicts)),
  }));
  const unknown = all.flatMap(({ group, verdicts: [first, ...others] }) =>
    first?.status === 'unknown' && others.every(({ status }) => status === 'unknown')
      ? [printable(`${group}: ${first.because}`, 300)]
      : [],
  );
  const isFailing = (verdict: Verdict) => verdict.status === 'fail' && verdict.waived === undefined;
  return {
    nextNodes: {
      groups: all.length,
      failing: all.filter(({ verdicts }) => verdicts.some(isFailing)).length,
      unknown: unknown.length,
      named: unknown.slice(0, mostUnknownNext),
    },
  };
}

/** Group names are bounded as everything that nodes and tags say is. */
const mostGroupName = 300;

/** What is no pass, by the verdicts that there are, and every node group that was judged. */
function openOf(audit: JudgedWithNext): Pick<ItemAnswer, 'open' | 'groups'> {
  const judged = new Set([
    ...audit.nodes.flatMap(({ verdicts }) => Object.keys(verdicts)),
    ...Object.keys(audit.clusterVerdicts ?? {}),
  ]);
  const running = rollUp(
    audit,
    controls.filter(({ slug }) => judged.has(slug)),
    'node-group',
  );
  const rolledUp = [...running, ...rollUpNext(audit, controls)].map((each) => ({
    ...each,
    group: nameOf(each.subject),
  }));
  const all = rolledUp.flatMap(({ subject, group, control, status, counts, waiver }): readonly OpenGroup[] => {
    if (status === 'pass' || status === 'not-applicable') return [];
    // A next node that can't be known is open in nothing: the answer counts it.
    if (status === 'unknown' && subject.scope === 'next-node') return [];
    const standing = status === 'fail' && waiver?.state === 'active' ? 'waived' : status;
    const nodes = subject.scope === 'cluster' ? 0 : counts[status];
    return [{ control: control.slug, group, standing, nodes }];
  });
  const names = [...new Set(rolledUp.map(({ group }) => group))];
  const judgedGroups = names.length <= mostOpen ? { groups: names } : {};
  if (all.length === 0) return judgedGroups;

  const groups = all
    .toSorted((one, other) => openStatuses.indexOf(one.standing) - openStatuses.indexOf(other.standing))
    .slice(0, mostOpen);
  return { open: { groups, more: all.length - groups.length }, ...judgedGroups };
}

function nameOf(subject: Subject): string {
  const named = 'group' in subject ? `${subject.group.name} (${subject.group.kind})` : 'the cluster';
  return printable(subject.scope === 'next-node' ? `next node of ${named}` : named, mostGroupName);
}

export const withProblem = (answer: ItemAnswer, problem: Problem): ItemAnswer => ({
  ...answer,
  decisive: problem,
  problems: [problem, ...answer.problems].slice(0, mostProblems),
  moreProblems: answer.moreProblems + Math.max(0, answer.problems.length + 1 - mostProblems),
});

/** The same answer, to be done again for a problem that came up after it. */
export const failedAfterwards = (answer: ItemAnswer, problem: Problem): ItemAnswer => ({
  ...withProblem(answer, problem),
  status: 'failed',
});

function byControl({ nodes, clusterVerdicts = {} }: Judged): Readonly<Record<string, Counts>> {
  const all = [...nodes.map(({ verdicts }) => verdicts), clusterVerdicts].flatMap((each) => Object.entries(each));
  const bySlug = [...Map.groupBy(all, ([slug]) => slug)].toSorted(byText(([slug]) => slug));
  return Object.fromEntries(
    bySlug.map(([slug, of]) => [
      slug,
      countVerdicts({ nodes: of.map((each) => ({ verdicts: Object.fromEntries([each]) })) }),
    ]),
  );
}

export const countFindings = ({ rejected, notSent, ...published }: PublishResult): FindingCounts =>
  findingCounts.parse({ ...published, rejected: rejected.length, notSent: notSent.length });

export const noFindings = countFindings(nothingPublished);
