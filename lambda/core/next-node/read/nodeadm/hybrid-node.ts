import { isTreeMap, type Tree } from '../../../read/kubelet/documents/tree.ts';
import { ofCustomAmi } from '../custom-ami.ts';
import { type Joins, type NextNodeOptions, unknownNode, type WithoutHash } from '../types.ts';
import { answerOf, type NodeadmAnswer, typeMeta } from './nodeadm-answer.ts';
import { nodeadmFacts, refusedNode } from './nodeadm-node.ts';
import { type StrictNodeConfig, strictNodeConfig } from './strict-node-config.ts';

const dropInFile = '/etc/kubernetes/kubelet/config.json.d/00-nodeadm.conf';

/** A node outside AWS: the file of `nodeadm init -c file://…`, read strictly, and nothing else. */
export function hybridNode(options: NextNodeOptions): WithoutHash {
  const [piece, another] = options.pieces;
  if (piece === undefined || another !== undefined || piece.from === 'kubelet')
    return unknownNode('a hybrid node is configured by one NodeConfig file');

  const config = strictNodeConfig(piece.bytes);
  if (!config.ok) return refusedNode({ ...config.error, piece: 0 });
  const answer = ofHybrid(answerOf(config.value.config, piece.bytes));
  if (answer.flags.some((flag) => flag.includes('"'))) return unknownNode(oddFlags);
  const first = nodeadmFacts(answer, options, dropInFile);
  if (first === undefined) return unknownNode(oddFlags);

  const stop = stopOf(config.value, answer);
  const joins: Joins =
    stop !== undefined
      ? { status: 'no', by: 'bootstrap', because: `nodeadm stops: ${stop}` }
      : first.fault === undefined
        ? { status: 'yes' }
        : { status: 'no', by: 'kubelet', because: `the kubelet would not start: ${first.fault}` };
  const node = { reading: first.reading, joins, places: first.places };
  return options.ami === 'custom' ? ofCustomAmi(node) : node;
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
function stopOf({ tree }: StrictNodeConfig, { flags }: NodeadmAnswer): string | undefined {
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
