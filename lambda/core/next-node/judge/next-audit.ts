import type { ChosenControls } from '../../judge/controls/catalogue/find-control.ts';
import type { ClusterArn, ClusterAudit, Problem } from '../../model/model.ts';
import { printable } from '../../model/text/words.ts';
import type { Declared, NextNodeGroup, NodePool } from '../read/carriers/carrier.ts';
import type { JudgedNext } from './judge-next-node.ts';

/** A node class makes the nodes of each NodePool that names it; of one that no file names, those of its own name. */
export const groupsOfPools = (groups: readonly NextNodeGroup[], pools: readonly NodePool[]): readonly NextNodeGroup[] =>
  groups.flatMap((group) => {
    const own = group.group === 'karpenter' ? pools.filter(({ nodeClass }) => nodeClass === group.name) : [];
    const note = `its EC2NodeClass is ${group.name}`;
    return own.length === 0
      ? [group]
      : own.map(({ name }) => ({ ...group, name, notes: name === group.name ? group.notes : [...group.notes, note] }));
  });

interface NextAuditOptions extends ChosenControls {
  readonly now: Date;
  readonly name: string;
  readonly declared: Declared;
  readonly judged: readonly JudgedNext[];
  /** The node classes of all files. */
  readonly nodeClasses: ReadonlySet<string>;
  readonly cluster?: ClusterArn;
}

/** One file as a cluster of its own: its node groups are printed and counted like any other's nodes. */
export function nextAudit({
  controls,
  leftOut,
  now,
  name,
  declared,
  judged,
  nodeClasses,
  cluster,
}: NextAuditOptions): ClusterAudit {
  const file = printable(name, 300);
  const lost = declared.nodePools.filter(({ nodeClass }) => !nodeClasses.has(nodeClass));
  const notes = notesOf(declared, file);
  return {
    cluster: {
      name: cluster?.name ?? file,
      ...(cluster && { arn: cluster }),
      compute: { autoMode: false, fargate: false, hybrid: false },
    },
    auditedAt: now.toISOString(),
    inventory: { from: 'saved', complete: false },
    nodes: judged.map(({ audit }) => audit),
    controls: { lookedAt: controls.map(({ slug }) => slug), leftOut: leftOut.map(({ slug }) => slug) },
    problems: [
      ...judged.flatMap(({ problems }) => problems),
      ...lost.map(withoutClass),
      ...declared.unsupported.map(notRead),
    ],
    ...(notes.length > 0 && { notes }),
  };
}

const withoutClass = ({ name, nodeClass }: NodePool): Problem => ({
  code: 'node-class-not-given',
  message: `the nodes of NodePool ${name} are not judged: no file has its EC2NodeClass ${printable(nodeClass, 253)}`,
  remedy: 'give the file that has it, too',
});

const notRead = (kind: string): Problem => ({
  code: 'format-not-supported',
  message: `${kind} may make nodes, and is not read`,
  remedy: 'give the user data that it makes, or its launch template as AWS describes it',
});

function notesOf({ groups, leftOut, nodePools }: Declared, file: string): readonly Problem[] {
  const names = leftOut.slice(0, 5).join(', ');
  const startsNone =
    leftOut.length === 1
      ? '1 launch template or configuration starts'
      : `${leftOut.length} launch templates or configurations start`;
  return [
    ...(leftOut.length > 0
      ? [
          {
            code: 'launch-templates-left-out',
            message: `${startsNone} no kubelet: ${names}${leftOut.length > 5 ? ', …' : ''}`,
            remedy: 'nothing, unless their machines are nodes',
          },
        ]
      : []),
    ...(groups.length + leftOut.length + nodePools.length === 0
      ? [
          {
            code: 'no-node-group',
            message: `${file} declares no node group`,
            remedy: 'nothing, unless it was to declare one',
          },
        ]
      : []),
  ];
}
