import { err, ok, type Result } from '../../../model/result.ts';
import { type DocumentFault, isTreeMap, type Tree, type TreeMap } from '../../../read/kubelet/documents/tree.ts';
import type { PlacedDocument } from '../places.ts';
import type { OtherPart } from '../shell/other-parts.ts';
import type { NextNodePiece } from '../types.ts';
import { openedOf } from '../user-data/encodings.ts';
import { mediaType, nodeConfigType, readMessage } from '../user-data/mime.ts';
import { type ClusterDetails, decodeNodeConfig, type NodeConfig } from './node-config.ts';

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

/** `part` is the one that spoils it. */
export interface AnswerFault extends DocumentFault {
  readonly piece: number;
  readonly part?: number;
}

/**
 * The NodeConfigs of all pieces in their order, as nodeadm finds and merges them. One that cannot be decoded spoils them all; that there is none is no
 * error here, since another source may have one.
 * Source: awslabs/amazon-eks-ami `nodeadm/internal/{api/merge.go,kubelet/config.go,configprovider/{userdata,mime,encoding}.go}`.
 */
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
    const parts = partsOf(given);
    if (!parts.ok) faults.push({ ...parts.error, piece });
    for (const { at, ...each } of parts.ok ? parts.value : []) {
      const { part, type, body } = each;
      const placed = { piece, ...(part !== undefined && { part }) };
      if (type !== wholeType) others.push({ ...each, piece });
      if (type !== nodeConfigType && type !== wholeType) continue;
      const opened = type === wholeType ? ok(body) : openedOf(body);
      const config = opened.ok ? decodeNodeConfig(opened.value) : opened;
      if (!config.ok) {
        faults.push({ ...config.error, ...placed });
        continue;
      }
      configs.push(config.value);
      const isPlain = at !== undefined && opened.ok && opened.value === body;
      layers.push({ ...placed, ...layerOf(config.value, given.bytes, isPlain ? at : undefined) });
    }
  }

  const containerd = configs.map((config) => config.containerd).filter((each) => each !== 'none');
  if (containerd.length > 1 && containerd.includes('not-read'))
    faults.push({ kind: 'not-read', because: 'two configurations of containerd, which nodeadm merges', piece: 0 });
  // What nodeadm refuses in one part outweighs what is not followed in another.
  const fault = faults.find(({ kind }) => kind === 'refused') ?? faults[0];
  return fault === undefined ? ok(merged(layers, configs, others)) : err(fault);
}

const layerOf = (
  { config, flags, document }: NodeConfig,
  bytes: Uint8Array,
  at: number | undefined,
): Omit<ConfigLayer, 'piece'> => ({
  flags,
  ...(config !== undefined && { config }),
  ...(document !== undefined && { placed: { document, bytes, ...(at !== undefined && { at }) } }),
});

/** User data that is one NodeConfig as a whole. */
const wholeType = 'whole';

interface Part extends OtherPart {
  /** Where its text begins in the bytes of the piece; absent where it is encoded. */
  readonly at?: number;
}

function partsOf(given: Exclude<NextNodePiece, { from: 'kubelet' }>): Result<readonly Part[], DocumentFault> {
  if (given.from === 'part') {
    const type = mediaType(given.contentType);
    if (type === undefined) return err({ kind: 'not-read', because: 'a Content-Type of an unusual form' });
    return ok([{ type, body: given.bytes, at: 0, headers: new Map() }]);
  }
  const opened = openedOf(given.bytes);
  const message = opened.ok ? readMessage(opened.value) : opened;
  if (!opened.ok || !message.ok) return message as Result<never, DocumentFault>;
  const body = opened.value;
  const placeOf = (at: number): { readonly at?: number } => (body === given.bytes ? { at } : {});
  if (message.value)
    return ok(message.value.map(({ at, ...part }, index) => ({ ...part, part: index + 1, ...placeOf(at) })));
  // cloud-init looks at the same text, and runs one that begins as a script does.
  return ok([
    { type: wholeType, body, ...placeOf(0) },
    { type: '', body },
  ]);
}

/** The answer to one NodeConfig that is a file of its own. */
export function answerOf(config: NodeConfig, bytes: Uint8Array): NodeadmAnswer {
  return merged([{ piece: 0, ...layerOf(config, bytes, 0) }], [config], []);
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

  return {
    layers,
    others,
    ...(config.size > 0 && { dropIn: mergeConfigs(typeMeta, config) }),
    flags: layers.flatMap(({ flags }) => flags),
    // What is empty or false changes nothing.
    cluster: new Map(configs.flatMap(({ cluster }) => [...cluster].filter(([, value]) => Boolean(value)))),
    unknownFields: configs.flatMap(({ unknownFields }) => unknownFields).slice(0, 20),
  };
}

/** The user's own keys win over them, so that a wrong kind keeps the kubelet from starting. */
export const typeMeta: TreeMap = new Map([
  ['kind', 'KubeletConfiguration'],
  ['apiVersion', 'kubelet.config.k8s.io/v1beta1'],
]);

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
