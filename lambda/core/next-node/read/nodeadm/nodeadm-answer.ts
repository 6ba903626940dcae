import { err, ok, type Result } from '../../../model/result.ts';
import { isTreeMap, type Tree, type TreeMap } from '../../../read/kubelet/documents/tree.ts';
import type { PlacedDocument } from '../places.ts';
import type { OtherPart } from '../shell/other-parts.ts';
import type { NextNodePiece } from '../types.ts';
import { mediaType, nodeConfigType } from '../user-data/mime.ts';
import { type ClusterDetails, type NodeConfig, noCluster } from './node-config.ts';
import { decodePart, nodeadmUserData, type UserDataFault } from './user-data.ts';

/** One NodeConfig, in the order in which nodeadm merges them. */
export interface ConfigLayer {
  readonly piece: number;
  readonly part?: number;
  readonly config?: TreeMap;
  readonly flags: readonly string[];
  /** Absent for what a tool renders. */
  readonly placed?: PlacedDocument;
}

/** What nodeadm makes of all that a node gets. */
export interface NodeadmAnswer {
  readonly layers: readonly ConfigLayer[];
  readonly others: readonly (OtherPart & { readonly piece: number })[];
  /** The KubeletConfiguration that it writes as 40-nodeadm.conf; absent where no NodeConfig has one. */
  readonly dropIn?: TreeMap;
  /** Appended behind its own flags. */
  readonly flags: readonly string[];
  readonly cluster: ClusterDetails;
  readonly unknownFields: readonly string[];
}

export type AnswerFault = UserDataFault & { readonly piece: number };

/** Source: awslabs/amazon-eks-ami `nodeadm/internal/api/merge.go`, `internal/kubelet/config.go`. */
export function nodeadmAnswer(pieces: readonly NextNodePiece[]): Result<NodeadmAnswer, AnswerFault> {
  const layers: ConfigLayer[] = [];
  const others: (OtherPart & { readonly piece: number })[] = [];
  const configs: NodeConfig[] = [];
  const faults: AnswerFault[] = [];

  for (const [piece, given] of pieces.entries()) {
    if (given.from === 'kubelet') {
      layers.push({ piece, flags: given.flags ?? [], ...(given.config !== undefined && { config: given.config }) });
      continue;
    }
    const read = given.from === 'user-data' ? nodeadmUserData(given.bytes) : partOf(given);
    if (!read.ok) {
      faults.push({ ...read.error, piece });
      continue;
    }
    for (const { config, part, at } of read.value.configs) {
      configs.push(config);
      const { document } = config;
      layers.push({
        piece,
        flags: config.flags,
        ...(part !== undefined && { part }),
        ...(config.config !== undefined && { config: config.config }),
        ...(document !== undefined && { placed: { document, bytes: given.bytes, ...(at !== undefined && { at }) } }),
      });
    }
    others.push(...read.value.others.map((other) => ({ ...other, piece })));
  }

  const containerd = configs.map((config) => config.containerd).filter((each) => each !== 'none');
  if (containerd.length > 1 && containerd.includes('not-read'))
    faults.push({ kind: 'not-read', because: 'two configurations of containerd, which nodeadm merges', piece: 0 });
  const fault = faults.find(({ kind }) => kind === 'refused') ?? faults[0];
  return fault === undefined ? ok(merged(layers, configs, others)) : err(fault);
}

/** The answer to one NodeConfig that is a file of its own. */
export function answerOf(config: NodeConfig, bytes: Uint8Array): NodeadmAnswer {
  const layer: ConfigLayer = {
    piece: 0,
    flags: config.flags,
    ...(config.config !== undefined && { config: config.config }),
    ...(config.document !== undefined && { placed: { document: config.document, bytes, at: 0 } }),
  };
  return merged([layer], [config], []);
}

function partOf(piece: NextNodePiece & { readonly from: 'part' }): ReturnType<typeof nodeadmUserData> {
  const type = mediaType(piece.contentType);
  if (type === undefined) return err({ kind: 'not-read', because: 'a Content-Type of an unusual form' });
  if (type !== nodeConfigType) return ok({ configs: [], others: [{ type, body: piece.bytes }] });

  const decoded = decodePart(piece.bytes);
  if (!decoded.ok) return decoded;
  const { config, isPlain } = decoded.value;
  return ok({ configs: [{ config, ...(isPlain && { at: 0 }) }], others: [] });
}

function merged(
  layers: readonly ConfigLayer[],
  configs: readonly NodeConfig[],
  others: NodeadmAnswer['others'],
): NodeadmAnswer {
  let config: TreeMap = new Map();
  for (const layer of layers) {
    if (layer.config === undefined || layer.config.size === 0) continue;
    config = config.size === 0 ? layer.config : mergeConfigs(config, layer.config);
  }

  let cluster: ClusterDetails = noCluster;
  for (const { cluster: later } of configs) cluster = mergedCluster(cluster, later);
  return {
    layers,
    others,
    ...(config.size > 0 && { dropIn: mergeConfigs(typeMeta, config) }),
    flags: layers.flatMap(({ flags }) => flags),
    cluster,
    unknownFields: configs.flatMap(({ unknownFields }) => unknownFields).slice(0, 20),
  };
}

/** The user's own keys win over them, so that a wrong kind keeps the kubelet from starting. */
export const typeMeta: TreeMap = new Map([
  ['kind', 'KubeletConfiguration'],
  ['apiVersion', 'kubelet.config.k8s.io/v1beta1'],
]);

/** What is empty or false changes nothing. */
const mergedCluster = (earlier: ClusterDetails, later: ClusterDetails): ClusterDetails => ({
  name: later.name || earlier.name,
  apiServerEndpoint: later.apiServerEndpoint || earlier.apiServerEndpoint,
  certificateAuthority: later.certificateAuthority || earlier.certificateAuthority,
  cidr: later.cidr || earlier.cidr,
  enableOutpost: later.enableOutpost || earlier.enableOutpost,
  id: later.id || earlier.id,
});

/**
 * A later `spec.kubelet.config` over an earlier one: maps merge, an empty map changes nothing, and null, false, 0, texts and lists replace.
 * Source: dario.cat/mergo v1.0.2 `merge.go` WithOverride, over maps that JSON made.
 */
function mergeConfigs(earlier: TreeMap, later: TreeMap): TreeMap {
  const merged = new Map(earlier);
  for (const [key, value] of later) {
    const before = merged.get(key);
    const isDeep = isTreeMap(value) && isTreeMap(before) && before.size > 0;
    merged.set(key, isDeep ? mergeConfigs(before, value) : withoutRepeats(value));
  }
  return merged;
}

/** A key that JSON has twice is its last one, once it went through a map. */
function withoutRepeats(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map((item) => withoutRepeats(item));
  return isTreeMap(tree) ? new Map([...tree].map(([key, value]) => [key, withoutRepeats(value)])) : tree;
}
