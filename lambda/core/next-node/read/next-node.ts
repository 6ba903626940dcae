import type { NodeKind } from '../../model/model.ts';
import { ok } from '../../model/result.ts';
import { originText } from '../../model/text/origin-text.ts';
import { printable } from '../../model/text/words.ts';
import { settingFacts, unknownFact } from '../../read/kubelet/setting-facts.ts';
import { al2Node, ubuntuNode, windowsNode } from './bootstrap-node.ts';
import { bottlerocketNode } from './bottlerocket/bottlerocket-node.ts';
import { hybridNode, nodeadmNode } from './nodeadm/nodeadm-node.ts';
import { isOfDeployment } from './tokens.ts';
import type { NextNode, NextNodeOptions, NextNodePiece } from './types.ts';
import { unknownNode } from './types.ts';

/** EC2 takes 16 KB of user data, and no NodeConfig file is longer. */
const longest = 64 * 1024;

/** What a node will be, by what it gets at its first boot. Pure, bounded in size and work, never throws whatever the bytes. */
export const nextNode = (options: NextNodeOptions): NextNode => decided(read(options), options);

/** That a node does not join is never known where a part of its user data is not. */
function decided(node: NextNode, { pieces }: NextNodeOptions): NextNode {
  const { mayChange, joins } = node;
  if (mayChange && (joins.status === 'yes' || (joins.status === 'no' && joins.by === 'bootstrap')))
    return { ...node, joins: { status: 'unknown', because: mayChange.text } };
  if (node.joins.status !== 'no' || !pieces.some(holdsUnknown)) return node;
  const because = `it may depend on a value that only the deployment knows: ${node.joins.because}`;
  return node.reading.ok ? { ...node, joins: { status: 'unknown', because } } : unknownNode(because);
}

function holdsUnknown(piece: NextNodePiece): boolean {
  if (piece.from === 'kubelet') return false;
  return isOfDeployment(new TextDecoder().decode(piece.bytes));
}

const readers: Partial<Readonly<Record<NodeKind, (options: NextNodeOptions) => NextNode>>> = {
  al2023: nodeadmNode,
  hybrid: hybridNode,
  al2: al2Node,
  bottlerocket: bottlerocketNode,
  windows: windowsNode,
  ubuntu: ubuntuNode,
};

function read(options: NextNodeOptions): NextNode {
  const { kind, pieces } = options;
  const length = pieces.reduce((sum, piece) => sum + (piece.from === 'kubelet' ? 0 : piece.bytes.length), 0);
  if (length > longest) return unknownNode(`the user data is longer than ${longest} bytes`);
  const reader = readers[kind];
  if (reader) return options.ami === 'custom' ? ofCustomAmi(reader(options)) : reader(options);
  if (kind === 'linux') return unknownNode('it is not known which bootstrap this node has');
  const named = kind === 'fargate' ? 'Fargate' : 'EKS Auto Mode';
  return unknownNode(`AWS configures the kubelet of ${named}: it cannot be configured here`);
}

/** A custom image has its own defaults, units and files. What the user data says is reported, and nothing passes because of it. */
function ofCustomAmi({ reading, joins, places }: NextNode): NextNode {
  const stops = joins.status === 'no' && joins.by === 'bootstrap';
  return {
    reading: reading.ok
      ? ok({
          ...reading.value,
          settings: settingFacts((setting) => {
            const fact = reading.value.settings[setting];
            const said =
              fact.state === 'known' && fact.origin.from === 'user-data'
                ? `; ${printable(originText(fact.origin))} sets it to ${printable(String(fact.value ?? '(not set)'), 100)}`
                : '';
            return unknownFact(`the AMI is not EKS-optimized, and may set ${setting} itself${said}`);
          }),
        })
      : reading,
    joins: stops ? joins : { status: 'unknown', because: 'the AMI is not EKS-optimized: its bootstrap is not known' },
    places,
  };
}
