import type { Problem } from '../core/model/model.ts';
import type { FindingCounts, ItemAnswer } from '../core/run/answer.ts';
import { itemName } from '../core/run/item.ts';
import type { Counts } from '../core/run/outcome.ts';
import { NamedError } from './named-error.ts';

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
export function itemDoneOrThrown({ item, status, nodes, verdicts, findings, problems }: ItemAnswer): ItemDone {
  if (status === 'failed') return problemThrown(itemName(item), problems[0]);
  return { item: itemName(item), status, nodes, verdicts, findings };
}

/** @param what the item or step that was not done */
export function problemThrown(what: string, problem: Problem | undefined): never {
  throw new NamedError(
    problem?.code ?? 'unexpected-error',
    `${what} was not audited: ${problem ? `${problem.message}; ${problem.remedy}` : 'no problem is told'}`,
  );
}
