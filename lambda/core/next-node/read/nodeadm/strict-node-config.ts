import { err, ok, type Result } from '../../../model/result.ts';
import { sameKey } from '../../../read/kubelet/config/kubelet-document.ts';
import { yamlDocument } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { type DocumentFault, isTreeMap, type Tree } from '../../../read/kubelet/documents/tree.ts';
import { mostBytes } from '../user-data/encodings.ts';
import { decodedConfig, fieldsBelow, hybridShape, type NodeConfig, type Shape } from './node-config.ts';

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

  const named = canonical(document.value.tree, hybridShape, '');
  if (!named.ok) return named;
  const config = decodedConfig(named.value, hybridShape, document.value);
  if (!config.ok) return config;
  const [unknown] = config.value.unknownFields;
  return unknown === undefined
    ? ok({ config: config.value, tree: named.value })
    : err({ kind: 'refused', because: `${unknown} is no field of a NodeConfig of hybrid nodes` });
}

function canonical(tree: Tree, shape: Shape, path: string): Result<Tree, DocumentFault> {
  const type = shape.get(path);
  if (type === 'string') return asText(tree, path);
  if (type === 'strings' && Array.isArray(tree)) {
    const items = tree.map((item) => asText(item, `${path}.[]`));
    return items.find((item) => !item.ok) ?? ok(items.flatMap((item) => (item.ok ? [item.value] : [])));
  }
  if (!isTreeMap(tree) || (type !== undefined && type !== 'map-of-string')) return ok(tree);

  const fields = fieldsBelow(shape, path);
  const members = new Map<string, Tree>();
  for (const [key, value] of tree) {
    const field = fields.find((each) => sameKey(each, key)) ?? key;
    const below = path === '' ? field : `${path}.${field}`;
    if (members.has(field)) return err({ kind: 'not-read', because: `${below} is there in two spellings` });
    const named = type === undefined ? canonical(value, shape, below) : asText(value, `${path}.*`);
    if (!named.ok) return named;
    members.set(field, named.value);
  }
  return ok(members);
}

function asText(tree: Tree, path: string): Result<Tree, DocumentFault> {
  if (typeof tree === 'number' && !Number.isSafeInteger(tree))
    return err({ kind: 'not-read', because: `${path} is a number where a text is wanted` });
  return ok(typeof tree === 'number' || typeof tree === 'boolean' ? String(tree) : tree);
}
