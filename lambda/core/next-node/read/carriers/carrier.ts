import type { NodeGroup, NodeKind } from '../../../model/model.ts';
import type { NextNodeOptions, NextNodePiece } from '../types.ts';
import type { LocatedMap } from './located.ts';
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
type Content =
  | { readonly status: 'known'; readonly pieces: readonly CarriedPiece[] }
  | { readonly status: 'unknown'; readonly because: string };

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
