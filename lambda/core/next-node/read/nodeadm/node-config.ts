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
import { notYetKnown } from '../not-yet-known.ts';
import { decodedBase64, mostBytes } from '../user-data/encodings.ts';
import { isPlainToml, tomlDocument } from '../user-data/toml.ts';

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

/** `spec.cluster`; the certificate authority only as whether it is there. */
export interface ClusterDetails {
  readonly name: string;
  readonly apiServerEndpoint: string;
  readonly certificateAuthority: boolean;
  readonly cidr: string;
  readonly enableOutpost: boolean;
  readonly id: string;
}

export const noCluster: ClusterDetails = {
  name: '',
  apiServerEndpoint: '',
  certificateAuthority: false,
  cidr: '',
  enableOutpost: false,
  id: '',
};

/** The type of a field as Go declares it; an object lists its fields, all others are unknown. */
export type Shape =
  | 'string'
  | 'bool'
  | 'bytes'
  | 'raw-map'
  /** Not checked here: a value in it is not followed. */
  | 'not-read'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

const strings: Shape = { list: 'string' };

/** Source: awslabs/amazon-eks-ami `nodeadm/api/v1alpha1/nodeconfig_types.go`, apimachinery `ObjectMeta`. */
const metadata: Shape = {
  fields: {
    name: 'string',
    generateName: 'string',
    namespace: 'string',
    selfLink: 'string',
    uid: 'string',
    resourceVersion: 'string',
    generation: 'not-read',
    creationTimestamp: 'not-read',
    deletionTimestamp: 'not-read',
    deletionGracePeriodSeconds: 'not-read',
    labels: { map: 'string' },
    annotations: { map: 'string' },
    ownerReferences: 'not-read',
    finalizers: strings,
    managedFields: 'not-read',
  },
};

const kubelet: Shape = { fields: { config: 'raw-map', flags: strings, maxPodsExpression: 'string' } };

const ec2Shape: Shape = {
  fields: {
    kind: 'string',
    apiVersion: 'string',
    metadata,
    spec: {
      fields: {
        cluster: {
          fields: {
            name: 'string',
            apiServerEndpoint: 'string',
            certificateAuthority: 'bytes',
            cidr: 'string',
            enableOutpost: 'bool',
            id: 'string',
          },
        },
        containerd: { fields: { config: 'string', baseRuntimeSpec: 'raw-map' } },
        instance: {
          fields: {
            localStorage: { fields: { strategy: 'string', mountPath: 'string', disabledMounts: strings } },
            environment: { map: { map: 'string' } },
            network: { fields: { nameservers: strings, domains: strings } },
          },
        },
        kubelet,
        featureGates: { map: 'bool' },
      },
    },
  },
};

/** Source: aws/eks-hybrid `api/v1alpha1/nodeconfig_types.go`. */
export const hybridShape: Shape = {
  fields: {
    kind: 'string',
    apiVersion: 'string',
    metadata,
    spec: {
      fields: {
        cluster: {
          fields: {
            name: 'string',
            region: 'string',
            apiServerEndpoint: 'string',
            certificateAuthority: 'bytes',
            cidr: 'string',
            enableOutpost: 'bool',
            id: 'string',
          },
        },
        containerd: { fields: { config: 'string' } },
        instance: { fields: { localStorage: { fields: { strategy: 'string' } } } },
        kubelet: { fields: { config: 'raw-map', flags: strings } },
        hybrid: {
          fields: {
            enableCredentialsFile: 'bool',
            iamRolesAnywhere: {
              fields: {
                nodeName: 'string',
                trustAnchorArn: 'string',
                profileArn: 'string',
                roleArn: 'string',
                awsConfigPath: 'string',
                certificatePath: 'string',
                privateKeyPath: 'string',
              },
            },
            ssm: { fields: { activationCode: 'string', activationId: 'string' } },
          },
        },
      },
    },
    status: 'not-read',
  },
};

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
  const decoder = new Decoder();
  decoder.decode(tree, shape, []);
  return decoder.fault === undefined ? ok(decoder.config(document)) : err(decoder.fault);
}

function containerdOf(text: string): NodeConfig['containerd'] {
  const toml = text.length > 64 * 1024 ? undefined : tomlDocument(Buffer.from(text));
  return toml?.ok && isPlainToml(toml.value.values) ? 'plain' : 'not-read';
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

const wantedBy = {
  string: 'a text',
  bool: 'true or false',
  bytes: 'base64',
  'raw-map': 'a map',
} as const;

class Decoder {
  fault: DocumentFault | undefined;
  readonly #unknown: string[] = [];
  #config: Map<string, Tree> | undefined;
  #flags: readonly string[] = [];
  #containerd: NodeConfig['containerd'] = 'none';
  readonly #cluster = { ...noCluster };

  config(document: YamlDocument | undefined): NodeConfig {
    return {
      ...(this.#config !== undefined && { config: this.#config }),
      flags: this.#flags,
      cluster: this.#cluster,
      containerd: this.#containerd,
      unknownFields: this.#unknown,
      ...(document !== undefined && { document }),
    };
  }

  /** Members in their order, each over what is there: a key that JSON has twice is decoded twice. */
  decode(tree: Tree, shape: Shape, path: readonly string[]): void {
    if (tree === null) this.#clear(path);
    else if (typeof tree === 'string' && tree.includes(notYetKnown)) this.#later(tree, shape, path);
    else if (typeof shape === 'string') this.#leaf(tree, shape, path);
    else if ('list' in shape) this.#list(tree, shape.list, path);
    else if (isTreeMap(tree)) this.#members(tree, shape, path);
    else this.#wrong(path, 'a map');
  }

  #list(tree: Exclude<Tree, null>, shape: Shape, path: readonly string[]): void {
    if (!Array.isArray(tree)) {
      this.#wrong(path, 'a list');
      return;
    }
    for (const item of tree) this.decode(item, shape, [...path, '[]']);
    if (path.join('.') === 'spec.kubelet.flags') this.#flags = tree.map((item) => (item === null ? '' : String(item)));
  }

  #members(tree: TreeMap, shape: Exclude<Shape, string | { readonly list: Shape }>, path: readonly string[]): void {
    for (const [key, value] of membersOf(tree)) {
      const below = 'map' in shape ? shape.map : Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
      if (below !== undefined) this.decode(value, below, [...path, 'map' in shape ? '*' : key]);
      else if (this.#unknown.length < 20) this.#unknown.push([...path, key].join('.'));
    }
  }

  /** What only the deployment knows is taken for one of its type. */
  #later(tree: string, shape: Shape, path: readonly string[]): void {
    if (shape === 'string') this.#text(tree, path.join('.'));
    else if (shape === 'bytes') this.#cluster.certificateAuthority = true;
    else this.#fail({ kind: 'not-read', because: `${path.join('.')} is known to the deployment only` });
  }

  #leaf(tree: Exclude<Tree, null>, shape: Extract<Shape, string>, path: readonly string[]): void {
    const name = path.join('.');
    if (shape === 'not-read' || (shape === 'bytes' && Array.isArray(tree)))
      this.#fail({ kind: 'not-read', because: `${name} is not read` });
    else if (shape === 'string' && typeof tree === 'string') this.#text(tree, name);
    else if (shape === 'bool' && typeof tree === 'boolean') {
      if (name === 'spec.cluster.enableOutpost') this.#cluster.enableOutpost = tree;
    } else if (shape === 'bytes' && typeof tree === 'string' && decodedBase64(Buffer.from(tree)) !== undefined)
      this.#cluster.certificateAuthority = true;
    else if (shape === 'raw-map' && isTreeMap(tree)) {
      if (name === 'spec.kubelet.config') this.#config = new Map([...(this.#config ?? []), ...tree]);
    } else this.#wrong(path, wantedBy[shape]);
  }

  #text(value: string, name: string): void {
    switch (name) {
      case 'spec.cluster.name':
        this.#cluster.name = value;
        break;
      case 'spec.cluster.apiServerEndpoint':
        this.#cluster.apiServerEndpoint = value;
        break;
      case 'spec.cluster.cidr':
        this.#cluster.cidr = value;
        break;
      case 'spec.cluster.id':
        this.#cluster.id = value;
        break;
      case 'spec.containerd.config':
        this.#containerd = value === '' ? 'none' : containerdOf(value);
        break;
    }
  }

  /** A null empties what Go can set to nil, and leaves everything else as it is. */
  #clear(path: readonly string[]): void {
    switch (path.join('.')) {
      case 'spec.kubelet.config':
        this.#config = undefined;
        break;
      case 'spec.kubelet.flags':
        this.#flags = [];
        break;
      case 'spec.cluster.certificateAuthority':
        this.#cluster.certificateAuthority = false;
        break;
      case 'spec.cluster.enableOutpost':
        this.#cluster.enableOutpost = false;
        break;
    }
  }

  #wrong(path: readonly string[], wanted: string): void {
    this.#fail(refused(`${path.join('.')} is not ${wanted}`));
  }

  /** What nodeadm refuses outweighs what is not followed here. */
  #fail(fault: DocumentFault): void {
    if (this.fault?.kind !== 'refused') this.fault = fault;
  }
}
