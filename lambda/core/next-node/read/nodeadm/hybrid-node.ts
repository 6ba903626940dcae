import { yamlDocument } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap, type Tree } from '../../../read/kubelet/documents/tree.ts';
import { startedBy } from '../next-facts.ts';
import { type Joins, type NextNode, type NextNodeOptions, unknownNode } from '../types.ts';
import { mostBytes } from '../user-data/encodings.ts';
import { decodedConfig, hybridShape } from './node-config.ts';
import { type AnswerFault, answerOf, type NodeadmAnswer, typeMeta } from './nodeadm-answer.ts';
import { nodeadmFacts, refusedNode } from './nodeadm-node.ts';

const dropInFile = '/etc/kubernetes/kubelet/config.json.d/00-nodeadm.conf';

/**
 * A node outside AWS: the file of `nodeadm init -c file://…`, read strictly, and nothing else. Its kind is not looked at.
 * Source: aws/eks-hybrid `internal/api/bridge/decode.go`, sigs.k8s.io/yaml UnmarshalStrict.
 */
export function hybridNode(options: NextNodeOptions): NextNode {
  const [piece, another] = options.pieces;
  if (piece === undefined || another !== undefined || piece.from === 'kubelet')
    return unknownNode('a hybrid node is configured by one NodeConfig file');

  const document = yamlDocument(piece.bytes, mostBytes);
  if (!document.ok) return refusedNode({ ...document.error, piece: 0 });
  const { tree, repeatedKeys } = document.value;
  const config = decodedConfig(tree, hybridShape, document.value);
  if (!config.ok) return refusedNode({ ...config.error, piece: 0 });
  const [unknown] = config.value.unknownFields;
  if (unknown !== undefined) return refusedNode(unknownField(unknown));
  if (repeatedKeys.length > 0) return refusedNode({ kind: 'refused', because: 'a key that is there twice', piece: 0 });
  const answer = ofHybrid(answerOf(config.value, piece.bytes));
  if (answer.flags.some((flag) => flag.includes('"'))) return unknownNode(oddFlags);
  const first = nodeadmFacts(answer, options, dropInFile);
  if (first === undefined) return unknownNode(oddFlags);

  const stop = stopOf(tree, answer);
  const joins: Joins =
    stop !== undefined ? { status: 'no', by: 'bootstrap', because: `nodeadm stops: ${stop}` } : startedBy(first);
  return { reading: first.reading, joins, places: first.places };
}

/** It takes keys in any case, which is not followed. */
function unknownField(path: string): AnswerFault {
  const isOtherCase = [...hybridShape.keys()].some((known) =>
    `${known}.`.toLowerCase().startsWith(`${path}.`.toLowerCase()),
  );
  const because = `${path} is no field of a NodeConfig of hybrid nodes`;
  return { kind: isOtherCase ? 'not-read' : 'refused', because, piece: 0 };
}

const oddFlags = 'flags with a quote, a backslash or a line break, which systemd reads in its own way';

/**
 * Here kind and apiVersion win over the user's, and a null at the top is left out.
 * Source: aws/eks-hybrid `internal/util/merge.go`, mergo without an override.
 */
function ofHybrid(answer: NodeadmAnswer): NodeadmAnswer {
  const { dropIn, ...rest } = answer;
  if (dropIn === undefined) return rest;
  const kept = [...dropIn].filter(([, value]) => value !== null);
  return { ...rest, dropIn: new Map([...kept, ...typeMeta]) };
}

/** Source: aws/eks-hybrid `internal/node/hybrid/validator.go`. Only whether a value is there is looked at: some are secrets. */
function stopOf(tree: Tree, { flags }: NodeadmAnswer): string | undefined {
  const has = (...keys: readonly string[]): boolean => {
    const value = at(tree, keys);
    return value !== undefined && value !== null && value !== '';
  };
  if (!has('spec', 'cluster', 'name')) return 'spec.cluster.name is missing';
  if (!has('spec', 'cluster', 'region')) return 'spec.cluster.region is missing';
  if (flags.some((flag) => /^--hostname-override=./.test(flag))) return 'it allows no --hostname-override';

  const [ssm, rolesAnywhere] = [has('spec', 'hybrid', 'ssm'), has('spec', 'hybrid', 'iamRolesAnywhere')];
  if (ssm === rolesAnywhere) return 'spec.hybrid needs one of ssm and iamRolesAnywhere';
  const needed = ssm
    ? ['activationCode', 'activationId']
    : ['roleArn', 'profileArn', 'trustAnchorArn', 'nodeName', 'certificatePath', 'privateKeyPath'];
  const missing = needed.find((key) => !has('spec', 'hybrid', ssm ? 'ssm' : 'iamRolesAnywhere', key));
  return missing === undefined ? undefined : `${missing} is missing in spec.hybrid`;
}

function at(tree: Tree, keys: readonly string[]): Tree | undefined {
  let found: Tree | undefined = tree;
  for (const key of keys) found = isTreeMap(found) ? found.get(key) : undefined;
  return found;
}
