import type { KubeletFacts, NodeKind, ReadFailure } from '../../model/model.ts';
import { err, type Result } from '../../model/result.ts';
import type { SettingPath } from '../../model/settings.ts';
import type { TreeMap } from '../../read/kubelet/documents/tree.ts';
import type { MayChange } from './shell/other-parts.ts';

/**
 * One thing that a new node gets, in the order in which the node reads it. A carrier hands in the text of its file (`user-data`) and what a tool
 * wraps into a MIME part (`part`). What a tool renders itself is `kubelet`: Karpenter's `spec.kubelet`, eksctl's `kubeletExtraConfig`.
 */
export type NextNodePiece =
  /** The bytes that the instance gets: the base64 of the EC2 API is undone, nothing else. */
  | {
      readonly from: 'user-data';
      readonly bytes: Uint8Array;
      /** Karpenter drops the settings of Bottlerocket that it does not know. */
      readonly by?: 'karpenter';
    }
  /** One MIME part whose headers are known already: `bytes` is its body as the tool writes it. */
  | { readonly from: 'part'; readonly contentType: string; readonly bytes: Uint8Array }
  /** A NodeConfig that a tool renders, with `config` and `flags` of its `spec.kubelet`; on Bottlerocket `config` is its `settings`. */
  | {
      readonly from: 'kubelet';
      /** What origins call it: `spec.kubelet of the EC2NodeClass`. */
      readonly name?: string;
      readonly config?: TreeMap;
      readonly flags?: readonly string[];
    };

export interface NextNodeOptions {
  readonly kind: NodeKind;
  /** 34 of Kubernetes 1.34. */
  readonly kubeletMinor: number;
  /** `standard`: an EKS-optimized AMI of this kind. Of any other, nothing passes. */
  readonly ami: 'standard' | 'custom';
  readonly pieces: readonly NextNodePiece[];
  /**
   * `whole`: the pieces are all that the node gets. `eks-adds`: EKS merges the cluster's details into them (a managed node group without an AMI id), and
   * the same holds for Karpenter: a NodeConfig without `spec.cluster` then joins.
   */
  readonly cluster: 'whole' | 'eks-adds';
}

/** Byte offsets into the bytes of a piece, end exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Where the value that decides about a setting is written. */
export interface SettingPlace {
  /** Index into `pieces`. */
  readonly piece: number;
  /** The MIME part of the piece, counted from 1; absent where the piece is one document. */
  readonly part?: number;
  /** The line of the value in the text of the piece, counted from 1; absent where the text is encoded (base64, quoted-printable, gzip) or a tool renders it. */
  readonly line?: number;
  /** The keys as they are spelled, from the top of the kubelet's configuration down to the value, or to the group or null that decides. */
  readonly keys?: readonly string[];
  /** The flag without its dashes, where a flag decides, and its index in `spec.kubelet.flags` of a `kubelet` piece. */
  readonly flag?: string;
  readonly flagIndex?: number;
  /** The value as it is written, quotes included; of a flag only what is behind `=` where it can be located. Absent where it has no place of its own. */
  readonly value?: ByteRange;
  /** The whole entry: from the key to the end of the value, or the whole list entry of a flag. */
  readonly entry?: ByteRange;
  /** Why an edit at `value` would not do, or would do more than that: written elsewhere, and used here. */
  readonly behind?: 'alias' | 'block-scalar' | 'encoding' | 'shell';
}

/** Whether a node that gets this would become part of its cluster. */
export type Joins =
  | { readonly status: 'yes' }
  /** The node's own bootstrap stops, or its kubelet would not start. `part` counts MIME parts from 1. */
  | {
      readonly status: 'no';
      readonly by: 'bootstrap' | 'kubelet';
      readonly because: string;
      readonly piece?: number;
      readonly part?: number;
    }
  /** The kubelet runs, and serves no cluster (Bottlerocket's `standalone-mode`). */
  | { readonly status: 'no-cluster'; readonly because: string }
  | { readonly status: 'unknown'; readonly because: string };

/** What a node will be. */
export interface NextNode {
  /** As of a running node, so that controls, reports and remedies work unchanged; an error where nothing can be known. Texts are bounded and printable. */
  readonly reading: Result<KubeletFacts, ReadFailure>;
  readonly joins: Joins;
  /** For each setting that the pieces decide: where. */
  readonly places: ReadonlyMap<SettingPath, SettingPlace>;
  /** A script beside the settings may change them before the kubelet starts. What is said here passes nothing. */
  readonly mayChange?: MayChange;
}

/** A node of which nothing can be known, nor whether there will be one. */
export const unknownNode = (because: string): NextNode => ({
  reading: err({ via: 'files', kind: 'unreadable', because }),
  joins: { status: 'unknown', because },
  places: new Map(),
});

/** What origins call a piece; absent for user data. */
export const nameOfPiece = (piece: NextNodePiece | undefined): string | undefined =>
  piece?.from === 'kubelet' ? piece.name : undefined;
