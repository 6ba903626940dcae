import type { Problem } from '../core/model/model.ts';
import { decisiveProblem, type FindingCounts, type ItemAnswer } from '../core/run/answer.ts';
import { itemName } from '../core/run/item.ts';
import type { Counts } from '../core/run/outcome.ts';
import type { SweepAnswer } from '../core/run/sweep.ts';
import { NamedError } from './invocation.ts';

/** What an item came to, small: the state machine keeps it for every item of the run. */
export interface ItemDone {
  /** `111122223333/eu-west-1/payments` */
  readonly item: string;
  readonly status: 'done' | 'gone';
  readonly nodes: number;
  readonly verdicts: Counts;
  readonly findings: FindingCounts;
}

/** A failed item fails its invocation under the name of its problem, so that a caller can recognize throttling. */
export function itemDoneOrThrown(answer: ItemAnswer): ItemDone {
  const { item, status, nodes, verdicts, findings } = answer;
  if (status === 'failed') return problemThrown(itemName(item), decisiveProblem(answer));
  return { item: itemName(item), status, nodes, verdicts, findings };
}

/** What an item of a sweep came to. */
export interface SweepItemDone {
  /** `111122223333/eu-west-1/payments` */
  readonly item: string;
  readonly status: 'done' | 'gone';
  readonly machines: number;
  readonly judged: number;
  /** Findings that it opened. */
  readonly opened: number;
}

/** A failed item fails its invocation, as one of a run does. */
export function sweepItemDoneOrThrown({ item, status, lines, opened, problems }: SweepAnswer): SweepItemDone {
  const name = itemName({ kind: 'cluster', ...item });
  if (status === 'failed') return problemThrown(name, problems[0]);
  return {
    item: name,
    status,
    machines: lines.length,
    judged: lines.filter(({ judged }) => judged).length,
    opened: opened.length,
  };
}

/** @param what the item or step that failed */
export function problemThrown(what: string, problem: Problem | undefined): never {
  throw new NamedError(
    problem?.code ?? 'unexpected-error',
    `${what} failed: ${problem ? `${problem.message}; ${problem.remedy}` : 'no problem is reported'}`,
  );
}
