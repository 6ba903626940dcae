import { nodeSteps, refusedMarker } from '../../../../contract/remediation-names.ts';
import { printable } from '../../../model/text/printable.ts';
import type { NodeOutcome } from './progress.ts';

/** One step that the runbook ran, as Systems Manager keeps it. */
export interface RunbookStep {
  readonly name: string;
  readonly status: string;
  /** Of a step in the loop: the machine that it was about. */
  readonly instanceId?: string;
  /** What the command printed, cut by Systems Manager; or what it says of a failure, which holds that. */
  readonly output: string;
}

export interface RunbookNodeEnd {
  readonly instanceId: string;
  readonly outcome: NodeOutcome | { readonly state: 'waiting' };
}

/** What became of each machine that the runbook was started with, in its order. That a kubelet runs with its new values is seen by reading it again. */
export const runbookNodeEnds = (
  instanceIds: readonly string[],
  steps: readonly RunbookStep[],
): readonly RunbookNodeEnd[] =>
  instanceIds.map((instanceId) => ({
    instanceId,
    outcome: outcomeOf(steps.filter((step) => step.instanceId === instanceId)),
  }));

function outcomeOf(steps: readonly RunbookStep[]): RunbookNodeEnd['outcome'] {
  const step = (name: string) => steps.find((each) => each.name === name);
  const succeeded = (name: string) => step(name)?.status === 'Success';
  const change = step(nodeSteps.change);
  const reach = step(nodeSteps.reach);

  if (change === undefined) {
    return reach === undefined || reach.status === 'Success' || reach.status === 'InProgress'
      ? { state: 'waiting' }
      : { state: 'untouched', because: 'Systems Manager has no connection to the machine, or no longer knows it' };
  }
  if (change.status === 'Success') {
    if (change.output.includes(refusedMarker)) return { state: 'untouched', because: wordsOf(change) };
    if (succeeded(nodeSteps.readAgain)) return { state: 'done' };
    const confirm = step(nodeSteps.readAgain);
    return {
      state: 'lost',
      because: `it was changed, and that is not confirmed: ${confirm ? wordsOf(confirm) : 'it was not read again'}`,
    };
  }
  if (succeeded(nodeSteps.undelivered)) return { state: 'untouched', because: 'the command did not reach the machine' };
  const state = change.output.includes('outcome=restored') ? 'restored' : 'lost';
  return { state, because: wordsOf(change) };
}

/** Of the node's answer its reason and its words, and nothing else: lines of the kubelet's log stay where they are. */
function wordsOf({ output, status }: RunbookStep): string {
  const lines = output.split(/\r?\n/);
  const line = (name: string) => lines.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const words = printable(line('words'), 300) || printable(line('reason'), 40);
  return words || `the command ended as ${printable(status, 40)}`;
}
