import { alikeBy } from '../../model/alike-by.ts';
import type { ClusterAudit, NodeAudit, Problem } from '../../model/model.ts';
import { viaText } from '../../model/text/origin-text.ts';
import { howMany, nameList } from '../../model/text/words.ts';
import { type AccessRight, rightText } from '../grant/broad-rights.ts';

/** The identity that calls AWS. */
export interface Caller {
  readonly arn: string;
  readonly accountId: string;
  /** By how many milliseconds this machine's clock is off; 0 below five minutes, which AWS accepts. */
  readonly clockOffMs: number;
}

/** One check before an audit. For a gap, the remedy says what to do. */
export interface Check {
  /** The cluster, or `caller`, or an account. */
  readonly where: string;
  readonly what: string;
  /** `note`: not as it could be, and no obstacle for what was asked. */
  readonly status: 'ready' | 'gap' | 'note';
  readonly says: string;
  readonly remedy?: string;
  /** For a gap: the code of the problem, as in an audit. */
  readonly code?: string;
  /** Names of the nodes that it is about. */
  readonly nodes?: readonly string[];
}

/** What the SSM source says of a node to which it would have sent its document, had it been an audit. */
export const heldBack = 'SSM reaches it; nothing was sent';

/** A right in the cluster, and the API server's answer. */
export interface RightAnswer {
  readonly right: AccessRight;
  /** Or why it is not known. */
  readonly allowed: boolean | string;
}

export const gapOf = (where: string, what: string, { code, message, remedy }: Problem): Check => ({
  where,
  what,
  status: 'gap',
  says: message,
  remedy,
  code,
});

/** What one cluster's audit would meet, from an audit that judged nothing and sent no command. */
export function clusterChecks(audit: ClusterAudit, rights: readonly RightAnswer[]): readonly Check[] {
  const { cluster, inventory, nodes, problems } = audit;
  const where = cluster.arn ? `${cluster.name} (${cluster.arn.region}, ${cluster.arn.accountId})` : cluster.name;
  const listed = {
    kubernetes: 'listed by the API server',
    tags: 'known to AWS by tags; the API server listed none',
    saved: 'saved',
    none: 'could be listed',
  }[inventory.from];
  const reading = nodes.filter(({ facts }) => facts !== undefined).length;
  const bySsm = nodes.filter((node) => isHeldBack(node)).length;
  const unreached = unreachedChecks(where, nodes);
  const unread = nodes.filter((node) => isUnread(node)).length;
  const withoutWay = nodes.length - reading - bySsm - new Set(unreached.flatMap(({ nodes: names = [] }) => names)).size;

  const counted = [
    `${reading} of ${howMany(nodes.length, 'node')} answered`,
    ...(bySsm > 0 ? [`SSM reaches ${bySsm} of the others`] : []),
    ...(bySsm > 0 && withoutWay > 0 ? [`${withoutWay} cannot be read otherwise (Windows, or run by AWS)`] : []),
  ].join('; ');
  const check = (what: string, isReady: boolean, says: string): Check => ({
    where,
    what,
    status: isReady ? 'ready' : 'note',
    says,
  });

  return [
    check('nodes', inventory.from !== 'none', `${howMany(nodes.length, 'node')} ${listed}`),
    ...rightsChecks(where, rights),
    ...problems.map((problem) => gapOf(where, 'access', problem)),
    ...(nodes.length > 0 ? [check('kubelets', unread === 0, counted)] : []),
    ...unreached,
  ];
}

const isHeldBack = ({ failures }: Pick<NodeAudit, 'failures'>): boolean =>
  failures.some(({ because }) => because === heldBack);

/** An audit would leave its verdicts unknown or in doubt. Where AWS runs the kubelet, that is no obstacle. */
const isUnread = ({ node, facts, failures }: NodeAudit): boolean =>
  facts === undefined &&
  !isHeldBack({ failures }) &&
  !['fargate', 'auto-mode'].includes(node.kind) &&
  failures.some(({ kind }) => kind !== 'not-tried');

/** A missing permission counts through the problem that it caused in the audit; alone it blocks nothing. */
function rightsChecks(where: string, rights: readonly RightAnswer[]): readonly Check[] {
  const named = (which: (answer: RightAnswer['allowed']) => boolean) =>
    rights.filter(({ allowed }) => which(allowed)).map(({ right }) => rightText(right));
  const granted = named((allowed) => allowed === true);
  const denied = named((allowed) => allowed === false);
  const [unknown] = rights.flatMap(({ allowed }) => (typeof allowed === 'string' ? [allowed] : []));

  const says = [
    ...(granted.length > 0 ? [['ready', granted.join(', ')] as const] : []),
    ...(denied.length > 0 ? [['note', `not allowed: ${denied.join(', ')}`] as const] : []),
    ...(unknown ? [['note', `not known: ${unknown}`] as const] : []),
  ];
  return says.map(([status, words]) => ({ where, what: 'rights', status, says: words }));
}

const ofNode: ReadonlySet<string> = new Set(['unreadable', 'kubelet-refused', 'kubelet-denied', 'deadline']);

/** Machines that no source would read, by reason: what the last sources say, or configz where it is the only one. */
function unreachedChecks(where: string, nodes: readonly NodeAudit[]): readonly Check[] {
  const reasons = nodes.filter(isUnread).flatMap(({ node, failures }) => {
    const own = failures.filter(({ kind }) => ofNode.has(kind));
    const others = own.filter(({ via }) => via !== 'configz');
    const name = node.name ?? node.key;
    return (others.length > 0 ? others : own).map(({ via, because }) => ({ via, because, name }));
  });

  return [...alikeBy(reasons, ({ via, because }) => `${via}: ${because}`).values()].map((alike) => {
    const [first] = alike;
    const nodes = alike.map(({ name }) => name);
    return {
      where,
      what: `${viaText[first.via]} on ${howMany(nodes.length, 'node')}`,
      status: 'gap',
      says: `${nameList(nodes, mostNames)}: ${first.because}`,
      code: 'node-unreached',
      nodes,
    } as const;
  });
}

/** Nodes named in one line. */
const mostNames = 3;

/** 0 ready, 2 with a gap. */
export const readiness = (checks: readonly Check[]): 0 | 2 => (checks.some(({ status }) => status === 'gap') ? 2 : 0);
