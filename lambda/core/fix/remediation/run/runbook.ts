import { nodeSteps, refusedMarker } from '../../../../contract/remediation-names.ts';
import { alikeBy } from '../../../model/alike-by.ts';
import type { ClusterNode } from '../../../model/model.ts';
import { printable, shortHash } from '../../../model/text/words.ts';
import type { RunbookNode } from '../plan.ts';
import type { NodeOutcome } from './progress.ts';

/** Why the runbook leaves this node to a person; absent when it can do it. It knows systemd's `kubelet` unit, and machines that AWS confirms. */
export function beyondRunbook({ kind, machine }: ClusterNode): string | undefined {
  if (kind === 'ubuntu') return 'the runbook knows systemd’s kubelet unit, and here the kubelet is a snap';
  if (machine.status !== 'confirmed') return `the runbook touches confirmed machines only: ${machine.because}`;
  return undefined;
}

/** A node with something to fix, and its group. */
export interface GroupedNode extends RunbookNode {
  /** `managed/workers` */
  readonly group: string;
}

export interface RunbookStart {
  /** As `runbookGroup` names it. */
  readonly group: string;
  readonly instanceIds: readonly string[];
  readonly controls: readonly string[];
  readonly trust: readonly string[];
}

/** The number of nodes that one request changes in one cluster, and of values that a parameter of a runbook takes. */
const mostInstances = 50;

/**
 * A group's name as a parameter of the runbook takes it. The approver's mail shows it, so it has no dot: it could look like an address. One that had
 * to be changed ends in its hash, so that no two groups share a name.
 */
export function runbookGroup(group: string): string {
  const plain = group.replaceAll(/[^A-Za-z0-9_/-]+/g, '-').slice(0, 200);
  return plain === group ? plain : `${plain}~${shortHash(group)}`;
}

/**
 * One start for all nodes of a group with the same controls to fix, so that no node is changed more than requested. Two runbooks of one group exclude
 * each other: of a group with several starts the first counts. All together hold only the first 50 machines, in the order given; the rest can be
 * requested when these are done.
 */
export function runbookStarts(nodes: readonly GroupedNode[]): readonly RunbookStart[] {
  const perNode = [...alikeBy(nodes, ({ instanceId }) => instanceId)].map(([instanceId, same]) => ({
    instanceId,
    group: runbookGroup(same[0].group),
    controls: [...new Set(same.flatMap(({ controls }) => controls))].sort(),
    trust: same[0].trust,
  }));

  let left = mostInstances;
  return [...alikeBy(perNode, ({ group }) => group).values()].flatMap((members) => {
    const wordsOf = ({ controls, trust }: (typeof perNode)[number]) => JSON.stringify([controls, trust]);
    const [first] = members;
    const alike = members.filter((each) => wordsOf(each) === wordsOf(first)).slice(0, left);
    left -= alike.length;
    if (alike.length === 0) return [];
    const { group, controls, trust } = first;
    return [{ group, instanceIds: alike.map(({ instanceId }) => instanceId), controls, trust }];
  });
}

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

  if (change === undefined)
    return reach === undefined || ['Success', 'InProgress'].includes(reach.status)
      ? { state: 'waiting' }
      : { state: 'untouched', because: 'Systems Manager has no connection to the machine, or no longer knows it' };
  if (change.status === 'Success') {
    if (change.output.includes(refusedMarker)) return { state: 'untouched', because: wordsOf(change) };
    if (succeeded(nodeSteps.readAgain)) return { state: 'done' };
    const confirm = step(nodeSteps.readAgain);
    const why = confirm ? wordsOf(confirm) : 'it was not read again';
    return {
      state: 'lost',
      because: `its change was not kept, so the node puts its old state back within ten minutes: ${why}`,
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
