import type { NodeGroup, NodeKind } from '../../../model/model.ts';
import type { NextNodeOptions, NextNodePiece } from '../types.ts';
import { type LocatedMap, treeOf } from './located.ts';
import type { MappedText } from './mapped-text.ts';

/** A piece of what a new node gets, and where the file has it. */
export interface CarriedPiece {
  readonly piece: NextNodePiece;
  /** The text of its bytes; absent for what a tool adds without being asked. */
  readonly written?: MappedText;
  /** The kubelet configuration of a `kubelet` piece. */
  readonly config?: LocatedMap;
}

/** What its nodes get. `unknown`: the file does not say it, and nothing of them is proved. */
export type Content =
  | { readonly status: 'known'; readonly pieces: readonly CarriedPiece[] }
  | { readonly status: 'unknown'; readonly because: string };

export const known = (...pieces: readonly CarriedPiece[]): Content => ({ status: 'known', pieces });
export const unknown = (because: string): Content => ({ status: 'unknown', because });

/** Of Amazon Linux 2 a tool's own call of bootstrap.sh follows: beside another call nothing is read. */
export const beforeOwnCall = (kind: NodeKind, content: Content): Content =>
  kind === 'al2' &&
  content.status === 'known' &&
  content.pieces.some(({ written }) => written?.text.includes('bootstrap.sh'))
    ? unknown('of Amazon Linux 2, only one plain call of bootstrap.sh is read; here another one follows')
    : content;

/** Nodes that are made alike, as one file declares them. */
export interface NextNodeGroup {
  readonly name: string;
  readonly group: NodeGroup['kind'];
  readonly kind: NodeKind;
  readonly ami: NextNodeOptions['ami'];
  readonly cluster: NextNodeOptions['cluster'];
  /** `1.34`, where the file says it. */
  readonly kubeletVersion?: string;
  /** Offset of its declaration in the file. */
  readonly declaredAt: number;
  readonly content: Content;
  /** What a reader of the verdicts should know. One sentence each. */
  readonly notes: readonly string[];
  /** Why the tool that reads the file makes no node of it. */
  readonly refused?: string;
  /** Another program writes this file: where its source is to be changed. Absent for a file that people write. */
  readonly madeBy?: string;
}

/** A NodePool of Karpenter: the class that it names may be in another file. */
export interface NodePool {
  readonly name: string;
  readonly nodeClass: string;
  readonly declaredAt: number;
}

/** What a file declares. */
export interface Declared {
  readonly groups: readonly NextNodeGroup[];
  readonly nodePools: readonly NodePool[];
  /** What was seen and not judged, since no kubelet comes of it. */
  readonly leftOut: readonly string[];
  /** What may make nodes, and is of a kind that isn't read. */
  readonly unsupported: readonly string[];
}

export const nothing: Declared = { groups: [], nodePools: [], leftOut: [], unsupported: [] };

export const together = (all: readonly Declared[]): Declared => ({
  groups: all.flatMap(({ groups }) => groups),
  nodePools: all.flatMap(({ nodePools }) => nodePools),
  leftOut: all.flatMap(({ leftOut }) => leftOut),
  unsupported: all.flatMap(({ unsupported }) => unsupported),
});

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The user data as the file has it. */
export const userData = (written: MappedText, by?: 'karpenter'): CarriedPiece => ({
  piece: { from: 'user-data', bytes: bytesOf(written.text), ...(by && { by }) },
  written,
});

/** User data that cannot be shown in the file's own letters, such as gzip. */
export const encodedUserData = (bytes: Uint8Array): CarriedPiece => ({ piece: { from: 'user-data', bytes } });

const typesOfParts = {
  nodeConfig: 'application/node.eks.aws',
  shell: 'text/x-shellscript; charset="us-ascii"',
  cloudConfig: 'text/cloud-config',
} as const;

/** A part that a tool puts into a MIME message: a text of the file, or one that it makes of its own fields. */
export const part = (type: keyof typeof typesOfParts, text: MappedText | string): CarriedPiece => ({
  piece: {
    from: 'part',
    contentType: typesOfParts[type],
    bytes: bytesOf(typeof text === 'string' ? text : text.text),
  },
  ...(typeof text !== 'string' && { written: text }),
});

/** A kubelet configuration that a tool renders into the user data. */
export function kubeletPiece(config: LocatedMap): CarriedPiece {
  const tree = treeOf(config);
  return { piece: { from: 'kubelet', config: tree instanceof Map ? tree : new Map() }, config };
}
