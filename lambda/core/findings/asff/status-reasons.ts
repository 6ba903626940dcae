import type { Beside } from '../../judge/beside.ts';
import type { FoundWaiver } from '../../judge/waivers/find-waiver.ts';
import { alikeBy } from '../../model/alike-by.ts';
import type { HeldRight, Verdict, WaiverMark } from '../../model/model.ts';
import { originText, viaText } from '../../model/text/origin-text.ts';
import { howMany } from '../../model/text/words.ts';
import { findingText } from '../identity.ts';
import { type JudgedNode, type RolledUp, waiverOf } from '../roll-up.ts';
import type { AsffStatusReason } from './asff.ts';

/** Reasons in one finding; the rest is one more that counts them. */
const maxReasons = 8;

const reasonCode = (about: 'KUBELET' | 'CLUSTER', status: Verdict['status']): string =>
  `${about}_${
    {
      fail: 'NOT_COMPLIANT',
      warn: 'SUSPECT',
      unknown: 'NOT_READ',
      pass: 'COMPLIANT',
      'not-applicable': 'NOT_APPLICABLE',
    }[status]
  }`;

type StatusReasonsOptions = Pick<RolledUp, 'status' | 'nodes' | 'waiver' | 'held' | 'verdict' | 'beside'>;

/**
 * Why the status is what it is: waivers, then one reason for each thing that was seen, with the number of nodes that show it, the worst first.
 * Passing nodes are a reason only when nothing speaks against them, and then are not counted: autoscaling would change the finding each night.
 * At most 12 reasons of at most 512 characters.
 */
export function statusReasons(rolled: StatusReasonsOptions): readonly AsffStatusReason[] {
  return [...ownReasons(rolled), ...besideReason(rolled)];
}

/** The root of a failure, or where running nodes and the next one disagree. */
export const besideCodes = {
  root: 'ROOT_IN_TEMPLATE',
  'fails-too': 'NEXT_NODE_FAILS_TOO',
  'next-fails': 'NEXT_NODE_WILL_FAIL',
  replace: 'NEXT_NODE_IS_RIGHT',
} as const satisfies Record<Beside['kind'], string>;

const besideReason = ({ beside, held }: StatusReasonsOptions): readonly AsffStatusReason[] =>
  beside && !held ? [{ ReasonCode: besideCodes[beside.kind], Description: findingText(beside.text, 512) }] : [];

function ownReasons(rolled: StatusReasonsOptions): readonly AsffStatusReason[] {
  if (rolled.held) return [...waiverReasons(rolled), unreadableSince(rolled.held)];
  if (rolled.verdict) return [...waiverReasons(rolled), ...clusterReasons(rolled.verdict)];
  return rolled.status === 'pass' ? passReasons(rolled) : [...waiverReasons(rolled), ...countedReasons(rolled)];
}

/** For the cluster itself: what was seen, and each holder of the right that is not allowed, with how it gets it. */
function clusterReasons(verdict: Verdict): readonly AsffStatusReason[] {
  const open = openHolders(verdict);
  const named = open.slice(0, maxReasons - 1).map((each) => ({
    ReasonCode: each.standing === 'expired' ? 'ALLOWANCE_EXPIRED' : 'HOLDER_NOT_ALLOWED',
    Description: findingText(holderText(each), 512),
  }));
  const more = open.length - named.length;

  return [
    { ReasonCode: reasonCode('CLUSTER', verdict.status), Description: reasonText(verdict) },
    ...named,
    ...(more > 0 ? [{ ReasonCode: 'MORE_REASONS', Description: `${more} more holders: see the audit's result` }] : []),
  ];
}

export function openHolders(verdict: Verdict | undefined): readonly HeldRight[] {
  const { holders = [] } = (verdict && 'evidence' in verdict && verdict.evidence) || {};
  return holders.filter(({ standing }) => standing === 'not-allowed' || standing === 'expired');
}

/** `Group ops (this audit): ClusterRoleBinding ops, ClusterRole debug: get on nodes/proxy`. At most 500 characters. */
export function holderText({ kind, name, ways, ours, allowance, standing }: HeldRight): string {
  const until = allowance
    ? `; ${standing === 'allowed' ? 'allowed until' : 'the allowance expired on'} ${allowance.until} (by ${allowance.by}: ${allowance.reason})`
    : '';
  return findingText(`${kind} ${name}${ours ? ' (this audit)' : ''}: ${ways.join('; ')}${until}`, 500);
}

/** The same in every run that holds, so that it is sent once. */
const unreadableSince = ({ since, failing }: NonNullable<RolledUp['held']>): AsffStatusReason => ({
  ReasonCode: reasonCode('KUBELET', 'unknown'),
  Description: `unreadable since ${since}: the status is what was proved before; ${
    failing === undefined
      ? 'it becomes NOT_AVAILABLE when more than 3 runs in a row could not read it'
      : `it stays until machine ${failing}, which failed, is read or AWS says that it is terminated`
  }`,
});

/** Without a number, and in an order of their own: which node comes first changes with autoscaling. */
function passReasons({ nodes }: StatusReasonsOptions): readonly AsffStatusReason[] {
  const reasons = [
    ...new Set(nodes.flatMap(({ verdict }) => (verdict.status === 'pass' ? [reasonText(verdict)] : []))),
  ].toSorted();
  const who = reasons.length > 1 ? 'some nodes' : 'every node';
  const named = reasons
    .slice(0, maxReasons)
    .map((each) => ({ ReasonCode: reasonCode('KUBELET', 'pass'), Description: findingText(`${who}: ${each}`, 512) }));

  return reasons.length > maxReasons
    ? [...named, { ReasonCode: 'MORE_REASONS', Description: "more was seen: see the audit's result" }]
    : named;
}

function countedReasons({ status, nodes }: StatusReasonsOptions): readonly AsffStatusReason[] {
  const quiet = status === 'not-applicable' ? [] : ['pass', 'not-applicable'];
  const notable = nodes.filter(({ verdict }) => !quiet.includes(verdict.status));
  // Nodes come the worst first and grouping keeps the order, so the reasons come the worst first too.
  const reasons = [...alikeBy(notable, reasonKey).values()];
  const named = reasons.slice(0, maxReasons).map(reasonOf);
  const others = reasons.slice(maxReasons);
  if (others.length === 0) return named;

  const more = others.reduce((sum, each) => sum + each.length, 0);
  return [
    ...named,
    {
      ReasonCode: 'MORE_REASONS',
      Description: `${others.length} more reasons at ${more} more nodes: see the audit's result`,
    },
  ];
}

const reasonKey = ({ verdict }: JudgedNode): string => `${verdict.status} ${reasonText(verdict)}`;

function reasonOf(nodes: readonly [JudgedNode, ...JudgedNode[]]): AsffStatusReason {
  const [{ verdict }] = nodes;
  return {
    ReasonCode: reasonCode('KUBELET', verdict.status),
    Description: findingText(`${howMany(nodes.length, 'node')}: ${reasonText(verdict)}`, 512),
  };
}

/** Each waiver that says something about a node, at most two: the subject's own first. */
function waiverReasons({ nodes, waiver, held }: StatusReasonsOptions): readonly AsffStatusReason[] {
  const found = [...(waiver ? [waiver] : []), ...(held ? [] : nodes.flatMap(({ verdict }) => waiverOf(verdict) ?? []))];
  const distinct = new Map(found.map((each) => [waiverText(each), each]));

  return [...distinct].slice(0, 2).map(([text, { state }]) => ({
    ReasonCode: state === 'active' ? 'WAIVED' : 'WAIVER_EXPIRED',
    Description: text,
  }));
}

/** `waived until 2026-12-31 by team-payments: replaced in January`. At most 400 characters. */
export function waiverText({ state, mark }: FoundWaiver): string {
  const { until, by, reason }: WaiverMark = mark;

  return findingText(
    state === 'active'
      ? `waived until ${until} by ${by}: ${reason}`
      : `waiver expired on ${until} (by ${by}: ${reason})`,
    400,
  );
}

export function reasonText(verdict: Verdict): string {
  if (!('evidence' in verdict) || verdict.status === 'warn') return findingText(verdict.because, 450);

  const { setting, value, expected, origin, via, notes, holders } = verdict.evidence;
  const is = holders ? 'are' : 'is';
  const seen = `${setting} ${is} ${findingText(value, 120)}, expected ${findingText(expected, 120)}`;
  const source = `from ${findingText(originText(origin), 120)}, read by ${viaText[via]}`;
  return findingText([seen, source, ...notes.slice(0, 3)].join('; '), 450);
}
