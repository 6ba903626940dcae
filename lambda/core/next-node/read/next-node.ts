import { createHash } from 'node:crypto';
import { al2Node, ubuntuNode, windowsNode } from './bootstrap-node.ts';
import { bottlerocketNode } from './bottlerocket/bottlerocket-node.ts';
import { hybridNode } from './nodeadm/hybrid-node.ts';
import { nodeadmNode } from './nodeadm/nodeadm-node.ts';
import { notYetKnown, notYetKnownVariable } from './not-yet-known.ts';
import type { NextNode, NextNodeOptions, NextNodePiece, WithoutHash } from './types.ts';
import { unknownNode } from './types.ts';

export type {
  ByteRange,
  Joins,
  NextNode,
  NextNodeOptions,
  NextNodePiece,
  SettingPlace,
} from './types.ts';

/** EC2 takes 16 KB of user data, and no NodeConfig file is longer. */
const longest = 64 * 1024;

/** What a node will be, by what it gets at its first boot. Pure, bounded in size and work, never throws whatever the bytes. */
export function nextNode(options: NextNodeOptions): NextNode {
  const sha256 = options.pieces.map((piece) =>
    piece.from === 'kubelet' ? undefined : createHash('sha256').update(piece.bytes).digest('hex'),
  );
  return { ...decided(readerOf(options)(options), options), sha256 };
}

/** That a node does not join is never known where a part of its user data is not. */
function decided(node: WithoutHash, { pieces }: NextNodeOptions): WithoutHash {
  const { mayChange, joins } = node;
  if (mayChange && (joins.status === 'yes' || (joins.status === 'no' && joins.by === 'bootstrap')))
    return { ...node, joins: { status: 'unknown', because: mayChange.text } };
  if (node.joins.status !== 'no' || !pieces.some(holdsUnknown)) return node;
  const because = `it may depend on a value that only the deployment knows: ${node.joins.because}`;
  return node.reading.ok ? { ...node, joins: { status: 'unknown', because } } : unknownNode(because);
}

function holdsUnknown(piece: NextNodePiece): boolean {
  if (piece.from === 'kubelet') return false;
  const text = new TextDecoder().decode(piece.bytes);
  return text.includes(notYetKnown) || text.includes(notYetKnownVariable);
}

function readerOf({ kind, pieces }: NextNodeOptions): (options: NextNodeOptions) => WithoutHash {
  const length = pieces.reduce((sum, piece) => sum + (piece.from === 'kubelet' ? 0 : piece.bytes.length), 0);
  if (length > longest) return () => unknownNode(`the user data is longer than ${longest} bytes`);

  switch (kind) {
    case 'al2023':
      return nodeadmNode;
    case 'hybrid':
      return hybridNode;
    case 'al2':
      return al2Node;
    case 'bottlerocket':
      return bottlerocketNode;
    case 'windows':
      return windowsNode;
    case 'ubuntu':
      return ubuntuNode;
    case 'auto-mode':
      return () => unknownNode('AWS configures the kubelet of EKS Auto Mode: it cannot be configured here');
    case 'fargate':
      return () => unknownNode('AWS configures the kubelet of Fargate: it cannot be configured here');
    case 'linux':
      return () => unknownNode('it is not known which bootstrap this node has');
  }
}
