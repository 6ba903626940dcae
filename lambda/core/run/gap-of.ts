import type { Problem } from '../model/model.ts';
import { howMany } from '../model/text/how-many.ts';
import { decisiveProblem, type ItemAnswer } from './answer.ts';
import type { Gap } from './discovery.ts';
import type { RunItem } from './item.ts';

/** The parts of an item that were in scope, or had to be sent to Security Hub, and were not; empty when everything was. */
export function gapsOf(answer: ItemAnswer): readonly Gap[] {
  const place = placeOf(answer.item);
  const problem = problemOf(answer);
  const groups = answer.status === 'gone' ? [] : answer.gaps.map((each) => ({ ...place, ...each }));
  return [...(problem ? [{ ...place, problem }] : []), ...groups];
}

/** An item that has no answer: the run was stopped, or its invocation died without a word. */
export const notAudited = (item: RunItem): Gap => ({
  ...placeOf(item),
  problem: {
    code: 'not-audited',
    message: item.kind === 'cluster' ? `cluster ${item.cluster} was not audited` : 'gone clusters were not looked for',
    remedy: 'audit it again; a deployed run that is started again under its id audits only what is missing',
  },
});

/** Each of two API servers lists a machine that carries the tags of both: one of them is misled, and nothing says which. */
export const listedTwice = (item: RunItem, count: number): Gap => ({
  ...placeOf(item),
  problem: {
    code: 'machines-contested',
    message: `${howMany(count, 'machine')} with the tags of several clusters, which their API servers list too: nothing says of which cluster each is`,
    remedy: 'take the tags of the wrong cluster off each machine, and delete its Node object there',
  },
});

const placeOf = (item: RunItem) => ({
  accountId: item.accountId,
  region: item.region,
  ...(item.kind === 'cluster' && { cluster: item.cluster }),
});

function problemOf(answer: ItemAnswer): Problem | undefined {
  const { item, status, complete, findings } = answer;
  const decisive = decisiveProblem(answer);
  if (status === 'gone') return undefined;
  if (status === 'failed' || !complete) return decisive ?? withoutReason;
  // Some problems of a cluster are no gap, such as a source that another one replaced. A Region has only its findings, and its decisive problem says why
  // they were not taken.
  if (item.kind === 'region' && decisive) return decisive;
  const left = findings.rejected + findings.notSent;
  return left > 0 ? notTaken(left) : undefined;
}

const notTaken = (count: number): Problem => ({
  code: 'findings-not-taken',
  message: `Security Hub did not take ${howMany(count, 'finding')}`,
  remedy: 'see in the log of this item, or of the terminal, why each was refused; the next run sends them again',
});

const withoutReason: Problem = {
  code: 'incomplete',
  message: 'not all of it was looked at',
  remedy: 'see the log of this item',
};
