import { err, ok, type Result } from '../../../model/result.ts';
import { sameKey } from '../../../read/kubelet/config/kubelet-document.ts';
import { yamlDocument } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { type DocumentFault, isTreeMap, type Tree } from '../../../read/kubelet/documents/tree.ts';
import { mostBytes } from '../user-data/encodings.ts';
import { decodedConfig, hybridShape, type NodeConfig, type Shape } from './node-config.ts';

export interface StrictNodeConfig {
  readonly config: NodeConfig;
  /** With its keys as Go names them. */
  readonly tree: Tree;
}

/**
 * A NodeConfig file of a hybrid node, always YAML. An unknown field or a repeated key refuses it. Case doesn't count, and a number is taken as text
 * where a text is wanted. Its kind is not looked at.
 * Source: aws/eks-hybrid `internal/api/bridge/decode.go`, sigs.k8s.io/yaml UnmarshalStrict.
 */
export function strictNodeConfig(bytes: Uint8Array): Result<StrictNodeConfig, DocumentFault> {
  const document = yamlDocument(bytes, mostBytes);
  if (!document.ok) return document;
  const [repeated] = document.value.repeatedKeys;
  if (repeated !== undefined) return err({ kind: 'refused', because: 'a key that is there twice' });

  const named = canonical(document.value.tree, hybridShape, []);
  if (!named.ok) return named;
  const config = decodedConfig(named.value, hybridShape, document.value);
  if (!config.ok) return config;
  const [unknown] = config.value.unknownFields;
  return unknown === undefined
    ? ok({ config: config.value, tree: named.value })
    : err({ kind: 'refused', because: `${unknown} is no field of a NodeConfig of hybrid nodes` });
}

function canonical(tree: Tree, shape: Shape, path: readonly string[]): Result<Tree, DocumentFault> {
  if (shape === 'string') {
    if (typeof tree === 'number' && !Number.isSafeInteger(tree))
      return err({ kind: 'not-read', because: `${path.join('.')} is a number where a text is wanted` });
    return ok(typeof tree === 'number' || typeof tree === 'boolean' ? String(tree) : tree);
  }
  if (typeof shape === 'string') return ok(tree);
  if ('list' in shape) {
    if (!Array.isArray(tree)) return ok(tree);
    const items: Tree[] = [];
    for (const item of tree) {
      const named = canonical(item, shape.list, [...path, '[]']);
      if (!named.ok) return named;
      items.push(named.value);
    }
    return ok(items);
  }
  if (!isTreeMap(tree)) return ok(tree);

  const members = new Map<string, Tree>();
  for (const [key, value] of tree) {
    const field = 'map' in shape ? key : (Object.keys(shape.fields).find((each) => sameKey(each, key)) ?? key);
    if (members.has(field))
      return err({ kind: 'not-read', because: `${[...path, field].join('.')} is there in two spellings` });
    const below = 'map' in shape ? shape.map : shape.fields[field];
    const named = below === undefined ? ok(value) : canonical(value, below, [...path, field]);
    if (!named.ok) return named;
    members.set(field, named.value);
  }
  return ok(members);
}
