import { hasCode } from '../../contract/problem-codes.ts';
import { alikeBy } from '../model/alike-by.ts';
import type { ClusterAudit, ClusterNode, Problem } from '../model/model.ts';
import type { ReportedAudit, ReportedNode } from '../model/reported-audit.ts';
import { byText, howMany, printable, shortHash } from '../model/text/words.ts';
import type { NodeGroupGap } from './answer.ts';
import type { ClaimedNodes } from './coverage.ts';

/** Named in an answer; what is more is one gap that is known by all of their names together. */
const mostGaps = 500;

/** It was not read, or the reading may be of another node, and a source should have read it. A node whose kubelet AWS runs is not missed. */
export const isUnreadable = ({ node, facts, verdicts }: ReportedNode): boolean =>
  (facts === undefined || node.distrust !== undefined) &&
  Object.values(verdicts).some(({ status }) => status !== 'not-applicable');

/** It was read, but what decides a control is unknown: its files are newer than the process, or only a source that did not answer shows it. */
const isHalfRead = ({ verdicts }: ReportedNode): boolean =>
  Object.values(verdicts).some(({ status }) => status === 'unknown');

/**
 * The unread parts of a cluster, by node group and reason, even if its findings still have a verdict. There are few, stable reasons: how exactly a
 * node fails to answer differs from night to night.
 */
export function nodeGroupGaps(
  nodes: readonly ReportedNode[],
  { contested = [] }: Pick<ClusterAudit['inventory'], 'contested'> = {},
): readonly NodeGroupGap[] {
  const missed = [
    ...nodes.flatMap((each) => codesOf(each).map((code) => missedOf(each.node, code))),
    ...contested
      .filter(({ booting }) => !booting)
      .map((node) => {
        const code = node.inOtherVpc ? 'nodes-in-other-vpc' : 'machines-contested';
        return missedOf(node, code);
      }),
  ];
  const gaps = [...alikeBy(missed, ({ nodeGroup, code }) => JSON.stringify([nodeGroup, code]))]
    .toSorted(byText(([key]) => key))
    .map(([, members]) => {
      const [{ nodeGroup, code }] = members;
      return {
        nodeGroup,
        size: members.length,
        ...(members.some(({ isConfirmed }) => isConfirmed) && { confirmed: true as const }),
        problem: problemOf(code, `node group ${nodeGroup}: ${howMany(members.length, 'machine')}${namesOf(members)}`),
      };
    });
  const rest = gaps.slice(mostGaps);
  if (rest.length === 0) return gaps;

  const hash = shortHash(rest.map(({ nodeGroup, problem }) => `${problem.code} ${nodeGroup}`).join());
  return [
    ...gaps.slice(0, mostGaps),
    {
      nodeGroup: `${rest.length} more (${hash})`,
      problem: {
        ...problemOf('nodes-unread', ''),
        message: `nodes of ${rest.length} more node groups could not be read`,
      },
    },
  ];
}

/** The checks of the cluster itself that could not be made, even if its finding still has a verdict. */
export const clusterGaps = (verdicts: ClusterAudit['clusterVerdicts'] = {}): readonly NodeGroupGap[] =>
  Object.entries(verdicts)
    .filter(([, { status }]) => status === 'unknown')
    .map(([control]) => ({
      nodeGroup: `the cluster (${control})`,
      problem: {
        code: 'cluster-unread',
        message: `${control}: not everything that decides could be read of the cluster`,
        remedy: 'see in the result of this cluster what could not be read, and which right is missing',
      },
    }));

const missedOf = (node: ClusterNode, code: Code) => ({
  nodeGroup: groupOf(node),
  code,
  key: node.key,
  isConfirmed: node.machine.status === 'confirmed' && !node.distrust && !node.claimed,
});

const groupOf = ({ group }: ClusterNode): string => printable(`${group.kind} ${group.name}`, 300);

type Code = keyof typeof texts;

function codesOf(each: ReportedNode): readonly Code[] {
  const isMissed = (isUnreadable(each) || isHalfRead(each)) && !each.node.booting;
  // Fargate has no machine that AWS shows, and hybrid nodes need not be managed by SSM.
  const isBare = each.node.claimed === 'without-machine' && !['fargate', 'hybrid'].includes(each.node.kind);
  return [...(isMissed ? [codeOf(each)] : []), ...(isBare ? (['nodes-without-machine'] as const) : [])];
}

function codeOf(each: ReportedNode): Code {
  if (!isUnreadable(each)) return 'controls-unread';
  if (each.node.unlisted) return 'instances-not-listed';
  return each.node.distrust === undefined ? 'nodes-unread' : 'nodes-distrusted';
}

const texts = {
  'machines-contested': [
    'they carry the tags of another cluster too, and the API server of this one does not list them, so nothing says whose they are',
    'see in the result of this cluster which machines these are, and take the tags of the wrong cluster off them',
  ],
  'nodes-in-other-vpc': [
    'EC2 confirms them in another VPC, and they have no tag of this cluster, so they were not read',
    'tag them kubernetes.io/cluster/NAME with the name of this cluster, so that they are audited as its nodes; delete their Node objects if they are no nodes of it',
  ],
  'nodes-without-machine': [
    'they are Node objects behind which AWS shows no machine, so only their own words say what they are',
    'see in the result of this cluster which nodes these are and who made them; delete Node objects of no machine',
  ],
  'instances-not-listed': [
    'running instances of this cluster are not in the list of its API server, and could not be read',
    'see why they did not join, or who deleted their Node objects; take the cluster tags off machines that are no nodes',
  ],
  'nodes-distrusted': [
    'nodes are not who they say they are, so nothing that answers for them counts',
    'see in the result of this cluster what AWS says of each, and who changed the Node object or its tags',
  ],
  'nodes-unread': ['nodes could not be read', 'see in the result of this cluster what each source met'],
  'controls-unread': [
    'they were read, and not everything that decides a control could be read',
    'see in the result of this cluster which controls are unknown and why: restart kubelets whose files were changed, or let the source that shows the control read them',
  ],
} as const;

const isUnjudged = hasCode('nodes-in-other-vpc');

/** Machines that no result judges are named: up to three, the first by key. */
const namesOf = (members: readonly { readonly code: Code; readonly key: string }[]): string => {
  const keys = members.flatMap(({ code, key }) => (isUnjudged({ code }) ? [key] : []));
  return keys.length > 0 ? ` (${keys.toSorted().slice(0, 3).join(', ')})` : '';
};

const problemOf = (code: Code, about: string): Problem => ({
  code,
  message: `${about}; ${texts[code][0]}`,
  remedy: texts[code][1],
});

/** Names that are kept; the rest is counted. */
const mostNamed = 20;

type Audit = Pick<ReportedAudit, 'inventory' | 'nodes'>;

/** What only Node objects or tags say of a cluster. Names are bounded as everything that nodes say is. */
export function claimsOf({ inventory, nodes }: Audit): ClaimedNodes | undefined {
  const claimed = [
    ...(inventory.claims ?? []),
    ...nodes.flatMap(({ node }) => (node.claimed === undefined ? [] : [node])),
  ];
  const groups = [
    ...new Set(
      nodes.flatMap(({ node: { group, groupUnconfirmed } }) =>
        groupUnconfirmed === undefined ? [] : [printable(`${group.name} (${group.kind})`, 300)],
      ),
    ),
  ].toSorted();
  if (claimed.length + groups.length === 0) return undefined;

  const named = claimed.slice(0, mostNamed).map(({ name, key, kind, machine }) => {
    const because = kind === 'fargate' ? 'Fargate' : machine.status === 'confirmed' ? kind : machine.because;
    return printable(`${name ?? key} (${because})`, 300);
  });
  return {
    nodes: claimed.length,
    named,
    ...(groups.length > 0 && { groups: groups.length, groupsNamed: groups.slice(0, mostNamed) }),
  };
}
