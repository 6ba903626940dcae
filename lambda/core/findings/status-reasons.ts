import type { Verdict } from '../model.ts';
import { originText, viaText } from '../origin-text.ts';
import type { AsffStatusReason } from './asff.ts';
import { findingText } from './finding-text.ts';
import type { JudgedNode, RolledUp } from './roll-up.ts';

/** Reasons in one finding; the rest is one more that counts them. */
const maxReasons = 8;

const reasonCodes = {
  fail: 'KUBELET_NOT_COMPLIANT',
  warn: 'KUBELET_SUSPECT',
  unknown: 'KUBELET_NOT_READ',
  pass: 'KUBELET_COMPLIANT',
  'not-applicable': 'KUBELET_NOT_APPLICABLE',
} as const satisfies Record<Verdict['status'], string>;

/**
 * Why the status is what it is: one reason for each thing that was seen, with the number of nodes that show it, the worst first.
 * Passing nodes are a reason only when nothing speaks against them. At most 9 reasons of at most 512 characters.
 */
export function statusReasons(rolled: Pick<RolledUp, 'status' | 'nodes'>): readonly AsffStatusReason[] {
  const quiet =
    rolled.status === 'pass'
      ? ['not-applicable']
      : rolled.status === 'not-applicable'
        ? []
        : ['pass', 'not-applicable'];
  const telling = rolled.nodes.filter(({ verdict }) => !quiet.includes(verdict.status));
  // Nodes come the worst first and grouping keeps the order, so the reasons come the worst first too.
  const reasons = [...Map.groupBy(telling, reasonKey).values()];
  const told = reasons.slice(0, maxReasons).map(reasonOf);
  const untold = reasons.slice(maxReasons);
  if (untold.length === 0) return told;

  const nodes = untold.reduce((sum, each) => sum + each.length, 0);
  return [
    ...told,
    {
      ReasonCode: 'MORE_REASONS',
      Description: `${untold.length} more reasons at ${nodes} more nodes: see the audit's result`,
    },
  ];
}

const reasonKey = ({ verdict }: JudgedNode): string => `${verdict.status} ${reasonText(verdict)}`;

function reasonOf(nodes: readonly JudgedNode[]): AsffStatusReason {
  const verdict = nodes[0]?.verdict ?? { status: 'unknown', because: 'no node' };

  return {
    ReasonCode: reasonCodes[verdict.status],
    Description: findingText(`${nodes.length === 1 ? '1 node' : `${nodes.length} nodes`}: ${reasonText(verdict)}`, 512),
  };
}

/** What one verdict says, in one bounded line. */
export function reasonText(verdict: Verdict): string {
  if (!('evidence' in verdict) || verdict.status === 'warn') return findingText(verdict.because, 450);

  const { setting, value, expected, origin, via, notes } = verdict.evidence;
  const seen = `${setting} is ${findingText(value, 120)}, expected ${findingText(expected, 120)}`;
  const source = `from ${findingText(originText(origin), 120)}, read by ${viaText[via]}`;
  return findingText([seen, source, ...notes.slice(0, 3)].join('; '), 450);
}
