import { err, ok, type Result } from '../../../model/result.ts';
import { sameKey } from '../../../read/kubelet/config/kubelet-document.ts';
import { type YamlDocument, yamlDocument } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { parseJson } from '../../../read/kubelet/documents/parse-json.ts';
import {
  type DocumentFault,
  isTreeMap,
  membersOf,
  type Tree,
  type TreeMap,
} from '../../../read/kubelet/documents/tree.ts';
import { tokens } from '../tokens.ts';
import { decodedBase64, isPlainToml, mostBytes, tomlDocument } from '../user-data/encodings.ts';

/** What of a NodeConfig decides about the kubelet and about joining; nothing else of it is kept. */
export interface NodeConfig {
  /** `spec.kubelet.config`; absent where it is missing or null. */
  readonly config?: TreeMap;
  readonly flags: readonly string[];
  readonly cluster: ClusterDetails;
  /** Its texts are merged as TOML, which fails where one is none. */
  readonly containerd: 'none' | 'plain' | 'not-read';
  /** Fields that nodeadm does not have, by path, at most 20. */
  readonly unknownFields: readonly string[];
  /** Where its values are written; absent where its JSON is no YAML. */
  readonly document?: YamlDocument;
}

/** The values of `spec.cluster`; the certificate authority only as whether it is there. */
export type ClusterDetails = ReadonlyMap<string, Tree>;

/** The type of a field as Go declares it. A value of `not-read` isn't followed. */
type FieldType =
  | 'string'
  | 'bool'
  | 'bytes'
  | 'raw-map'
  | 'not-read'
  | 'strings'
  | 'map-of-string'
  | 'map-of-map'
  | 'map-of-bool';

/** Types by the path of their field; what is above a path is a map of fields. */
type Shape = ReadonlyMap<string, FieldType>;

const shapeOf = (types: Partial<Readonly<Record<FieldType, string>>>): Shape =>
  new Map(
    Object.entries(types).flatMap(([type, paths]) =>
      paths.split(/\s+/).map((path) => [path, type as FieldType] as const),
    ),
  );

const everywhere = {
  string: `kind apiVersion metadata.name metadata.generateName metadata.namespace metadata.selfLink metadata.uid metadata.resourceVersion
    spec.cluster.name spec.cluster.apiServerEndpoint spec.cluster.cidr spec.cluster.id spec.containerd.config spec.instance.localStorage.strategy`,
  'not-read':
    'metadata.generation metadata.creationTimestamp metadata.deletionTimestamp metadata.deletionGracePeriodSeconds metadata.ownerReferences metadata.managedFields',
  strings: 'metadata.finalizers spec.kubelet.flags',
  'map-of-string': 'metadata.labels metadata.annotations',
  bool: 'spec.cluster.enableOutpost',
  bytes: 'spec.cluster.certificateAuthority',
  'raw-map': 'spec.kubelet.config',
};

/** Source: awslabs/amazon-eks-ami `nodeadm/api/v1alpha1/nodeconfig_types.go`, apimachinery `ObjectMeta`. */
const ec2Shape = shapeOf({
  ...everywhere,
  string: `${everywhere.string} spec.instance.localStorage.mountPath spec.kubelet.maxPodsExpression`,
  strings: `${everywhere.strings} spec.instance.localStorage.disabledMounts spec.instance.network.nameservers spec.instance.network.domains`,
  'map-of-bool': 'spec.featureGates',
  'map-of-map': 'spec.instance.environment',
  'raw-map': `${everywhere['raw-map']} spec.containerd.baseRuntimeSpec`,
});

const roles = [
  'nodeName',
  'trustAnchorArn',
  'profileArn',
  'roleArn',
  'awsConfigPath',
  'certificatePath',
  'privateKeyPath',
];

/** Source: aws/eks-hybrid `api/v1alpha1/nodeconfig_types.go`. */
export const hybridShape = shapeOf({
  ...everywhere,
  string: `${everywhere.string} spec.cluster.region ${roles.map((role) => `spec.hybrid.iamRolesAnywhere.${role}`).join(' ')}
    spec.hybrid.ssm.activationCode spec.hybrid.ssm.activationId`,
  bool: `${everywhere.bool} spec.hybrid.enableCredentialsFile`,
  'not-read': `${everywhere['not-read']} status`,
});

/** The names of the fields below a path; none where it is a value. */
const fieldsBelow = (shape: Shape, path: string): readonly string[] => [
  ...new Set(
    [...shape.keys()].flatMap((each) =>
      path === '' || each.startsWith(`${path}.`)
        ? (each.slice(path === '' ? 0 : path.length + 1).split('.')[0] ?? [])
        : [],
    ),
  ),
];

/**
 * One NodeConfig as nodeadm's decoder reads it: JSON where the text begins with `{`, otherwise the first YAML document. Keys respect case, unknown
 * fields are left out, and any field of a wrong type refuses the whole.
 * Source: apimachinery `serializer/json`, `serializer/recognizer`, sigs.k8s.io/json.
 */
export function decodeNodeConfig(bytes: Uint8Array): Result<NodeConfig, DocumentFault> {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const isJson = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*\{/.test(text);
  const yaml = yamlDocument(bytes, mostBytes);
  const json = isJson ? parseJson(text, mostBytes, 'as-values') : yaml;
  if (!json.ok) return json;

  const fault = kindFault(json.value.tree);
  return fault === undefined ? decodedConfig(json.value.tree, ec2Shape, yaml.ok ? yaml.value : undefined) : err(fault);
}

/** A tree as Go decodes it into a NodeConfig of this shape. */
export function decodedConfig(
  tree: Tree,
  shape: Shape,
  document: YamlDocument | undefined,
): Result<NodeConfig, DocumentFault> {
  const decoder = new Decoder(shape);
  decoder.decode(tree);
  return decoder.fault === undefined ? ok(decoder.config(document)) : err(decoder.fault);
}

function containerdOf(text: string): NodeConfig['containerd'] {
  const toml = text.length > 64 * 1024 ? undefined : tomlDocument(Buffer.from(text));
  return toml?.ok && isPlainToml(toml.value) ? 'plain' : 'not-read';
}

const refused = (because: string): DocumentFault => ({ kind: 'refused', because });

/** The kind is looked for in any spelling, the last one wins. */
function kindFault(tree: Tree): DocumentFault | undefined {
  if (tree !== null && !isTreeMap(tree)) return refused('it is no NodeConfig, but a single value or a list');

  const found = { apiversion: '', kind: '' };
  for (const [key, value] of tree === null ? [] : membersOf(tree)) {
    const name = sameKey(key, 'apiVersion') ? 'apiversion' : sameKey(key, 'kind') ? 'kind' : undefined;
    if (name === undefined || value === null) continue;
    if (typeof value !== 'string') return refused(`${name === 'kind' ? 'kind' : 'apiVersion'} is no text`);
    found[name] = value;
  }
  if (found.apiversion === 'node.eks.aws/__internal') return { kind: 'not-read', because: 'an internal apiVersion' };
  return found.apiversion === 'node.eks.aws/v1alpha1' && found.kind === 'NodeConfig'
    ? undefined
    : refused('it is no NodeConfig of node.eks.aws/v1alpha1');
}

const wantedBy: Readonly<Record<FieldType, string>> = {
  string: 'a text',
  bool: 'true or false',
  bytes: 'base64',
  'raw-map': 'a map',
  'map-of-string': 'a map',
  'map-of-bool': 'a map',
  'map-of-map': 'a map',
  strings: 'a list',
  'not-read': '',
};

class Decoder {
  fault: DocumentFault | undefined;
  readonly #shape: Shape;
  readonly #unknown: string[] = [];
  /** Last values by path. */
  readonly #values = new Map<string, Tree>();

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  config(document: YamlDocument | undefined): NodeConfig {
    const config = this.#values.get('spec.kubelet.config');
    const flags = this.#values.get('spec.kubelet.flags');
    const containerd = this.#values.get('spec.containerd.config');
    const inCluster = 'spec.cluster.';
    const cluster = [...this.#values].filter(([path]) => path.startsWith(inCluster));
    return {
      ...(isTreeMap(config) && { config }),
      flags: Array.isArray(flags) ? flags.map((item) => (item === null ? '' : String(item))) : [],
      cluster: new Map(cluster.map(([path, value]) => [path.slice(inCluster.length), value])),
      containerd: typeof containerd === 'string' && containerd !== '' ? containerdOf(containerd) : 'none',
      unknownFields: this.#unknown,
      ...(document !== undefined && { document }),
    };
  }

  /** Members in their order, each over what is there: a key that JSON has twice is decoded twice. */
  decode(tree: Tree, path = ''): void {
    const type = this.#shape.get(path);
    if (type !== undefined) this.#value(tree, type, path);
    else if (isTreeMap(tree))
      for (const [key, value] of membersOf(tree)) {
        const below = path === '' ? key : `${path}.${key}`;
        if (this.#shape.has(below) || fieldsBelow(this.#shape, below).length > 0) this.decode(value, below);
        else if (this.#unknown.length < 20) this.#unknown.push(below);
      }
    else if (tree !== null && !this.#isLater(tree, path)) this.#wrong(path, 'a map');
  }

  /** A null empties what Go can set to nil, and leaves a text as it is. */
  #value(tree: Tree, type: FieldType, path: string): void {
    if (tree === null) {
      if (type !== 'string') this.#values.delete(path);
    } else if (type === 'not-read' || (type === 'bytes' && Array.isArray(tree)))
      this.#fail({ kind: 'not-read', because: `${path} is not read` });
    else if (type === 'string' && typeof tree === 'string') this.#values.set(path, tree);
    // Hybrid nodes take a number or a boolean for a text.
    else if (
      type === 'string' &&
      this.#shape === hybridShape &&
      (typeof tree === 'number' || typeof tree === 'boolean')
    )
      this.#values.set(path, String(tree));
    else if (
      type === 'bytes' &&
      typeof tree === 'string' &&
      (tree.includes(tokens.deployment) || decodedBase64(Buffer.from(tree)))
    )
      this.#values.set(path, true);
    else if (this.#isLater(tree, path)) return;
    else if (type === 'bool' && typeof tree === 'boolean') this.#values.set(path, tree);
    else if (type === 'strings' && Array.isArray(tree)) {
      for (const item of tree) this.#item(item, 'string', `${path}.[]`);
      this.#values.set(path, tree);
    } else if (type === 'raw-map' && isTreeMap(tree)) {
      const before = this.#values.get(path);
      this.#values.set(path, new Map([...(isTreeMap(before) ? before : []), ...tree]));
    } else if (type.startsWith('map-of-') && isTreeMap(tree))
      for (const [, item] of membersOf(tree)) this.#item(item, type.slice('map-of-'.length), `${path}.*`);
    else this.#wrong(path, wantedBy[type]);
  }

  #item(item: Tree, type: string, path: string): void {
    this.#value(item, type === 'map' ? 'map-of-string' : (type as FieldType), path);
  }

  /** What only the deployment knows is not taken for anything but a text. */
  #isLater(tree: Tree, path: string): boolean {
    const isLater = typeof tree === 'string' && tree.includes(tokens.deployment);
    if (isLater) this.#fail({ kind: 'not-read', because: `${path} is known to the deployment only` });
    return isLater;
  }

  #wrong(path: string, wanted: string): void {
    this.#fail(refused(`${path} is not ${wanted}`));
  }

  /** What nodeadm refuses outweighs what is not followed here. */
  #fail(fault: DocumentFault): void {
    if (this.fault?.kind !== 'refused') this.fault = fault;
  }
}
