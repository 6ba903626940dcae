import { nothingPublished } from '../findings/lifecycle/published.ts';
import type { ClusterAudit, NodeAudit, Problem, Published } from '../model.ts';
import { type Counts, countVerdicts, sum } from '../outcome.ts';
import { byText } from '../text/by-text.ts';
import type { ItemAnswer } from './answer.ts';
import { findingCounts, noCounts } from './counts.ts';
import type { RunItem } from './item.ts';
import { isUnreadable, nodeGroupGaps } from './node-group-gaps.ts';

/** An answer is small: what is behind more problems than these is in the full result. */
const mostProblems = 20;

/** What auditing an item came to. */
export interface Outcome {
  readonly item: RunItem;
  readonly status: ItemAnswer['status'];
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** Of a cluster that was described. */
  readonly audit?: ClusterAudit;
  /** As in the answer; absent where `status` says enough. */
  readonly complete?: boolean;
  readonly published?: Published;
  readonly problems: readonly Problem[];
}

/** The outcome in numbers. */
export function answerOf(outcome: Outcome): ItemAnswer {
  const { item, status, audit, published, problems } = outcome;
  const nodes = audit?.nodes ?? [];

  return {
    item,
    status,
    startedAt: outcome.startedAt.toISOString(),
    finishedAt: outcome.finishedAt.toISOString(),
    nodes: nodes.length,
    unreadableNodes: nodes.filter((each) => isUnreadable(each) && !each.node.booting).length,
    bootingNodes: nodes.filter((each) => isUnreadable(each) && each.node.booting).length,
    gaps: nodeGroupGaps(nodes),
    complete: outcome.complete ?? status !== 'failed',
    verdicts: countVerdicts({ nodes }),
    controls: byControl(nodes),
    findings: findingCounts(published ?? nothingPublished),
    problems: problems.slice(0, mostProblems),
    moreProblems: Math.max(0, problems.length - mostProblems),
  };
}

/** The same answer, with a problem that came up after it. */
export const withProblem = (answer: ItemAnswer, problem: Problem): ItemAnswer => ({
  ...answer,
  problems: [problem, ...answer.problems].slice(0, mostProblems),
  moreProblems: answer.moreProblems + Math.max(0, answer.problems.length + 1 - mostProblems),
});

/** The same answer, to be done again for a problem that came up after it. */
export const failedAfterwards = (answer: ItemAnswer, problem: Problem): ItemAnswer => ({
  ...withProblem(answer, problem),
  status: 'failed',
});

function byControl(nodes: readonly NodeAudit[]): Readonly<Record<string, Counts>> {
  const counts = new Map<string, Counts>();
  for (const { verdicts } of nodes)
    for (const [slug, verdict] of Object.entries(verdicts))
      counts.set(
        slug,
        sum(counts.get(slug) ?? noCounts, countVerdicts({ nodes: [{ verdicts: { [slug]: verdict } }] })),
      );

  return Object.fromEntries([...counts].toSorted(byText(([slug]) => slug)));
}
