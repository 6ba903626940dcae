import { isTreeMap, type Tree } from '../../../kubelet/documents/tree.ts';
import { type Joins, type NextNodeOptions, unknownNode, type WithoutHash } from '../types.ts';
import { ofCustomAmi } from '../custom-ami.ts';
import { type StrictNodeConfig, strictNodeConfig } from './strict-node-config.ts';
import { answerOf, type NodeadmAnswer } from './nodeadm-answer.ts';
import { nodeadmFacts, refusedNode } from './nodeadm-node.ts';

const dropInFile = '/etc/kubernetes/kubelet/config.json.d/00-nodeadm.conf';

/** A node outside AWS: the file of `nodeadm init -c file://…`, read strictly, and nothing else. */
export function hybridNode(options: NextNodeOptions): WithoutHash {
  const [piece, another] = options.pieces;
  if (piece === undefined || another !== undefined || piece.from === 'kubelet')
    return unknownNode('a hybrid node is configured by one NodeConfig file');

  const config = strictNodeConfig(piece.bytes);
  if (!config.ok) return refusedNode({ ...config.error, piece: 0 });
  const answer = answerOf(config.value.config, piece.bytes);
  const first = nodeadmFacts(answer, options, dropInFile);
  if (first === undefined) return unknownNode('flags with a backslash or a line break, which systemd reads in its own way');

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
