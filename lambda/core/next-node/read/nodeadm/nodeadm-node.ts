import { ok } from '../../../model/result.ts';
import type { SettingPath } from '../../../model/settings.ts';
import { printable } from '../../../model/text/words.ts';
import { yamlDocument } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap, type Tree } from '../../../read/kubelet/documents/tree.ts';
import { settingFacts, unknownFact } from '../../../read/kubelet/setting-facts.ts';
import { amazonLinuxConfig } from '../eks-defaults.ts';
import { type FirstFacts, firstFacts, startedBy } from '../next-facts.ts';
import { withoutNotYetKnown } from '../not-yet-known.ts';
import {
  type FlagWord,
  flagWords,
  holds,
  placeOfItem,
  placeOfKeys,
  spelledIn,
  valueInText,
  wordOfSetting,
} from '../places.ts';
import { judgeParts } from '../shell/other-parts.ts';
import {
  type Joins,
  type NextNode,
  type NextNodeOptions,
  nameOfPiece,
  type SettingPlace,
  unknownNode,
} from '../types.ts';
import { mostBytes } from '../user-data/encodings.ts';
import { decodedConfig, hybridShape } from './node-config.ts';
import {
  type AnswerFault,
  answerOf,
  type ConfigLayer,
  type NodeadmAnswer,
  nodeadmAnswer,
  typeMeta,
} from './nodeadm-answer.ts';

const configFile = '/etc/kubernetes/kubelet/config.json';
const dropIns = '/etc/kubernetes/kubelet/config.json.d';

/** A node of Amazon Linux 2023 on EC2, which nodeadm configures by its user data. */
export function nodeadmNode(options: NextNodeOptions): NextNode {
  const answer = nodeadmAnswer(options.pieces);
  if (!answer.ok) {
    // A script may configure the node alone, such as one that runs nodeadm with a file of its own.
    const script = judgeParts(answer.error.others);
    return { ...refusedNode(answer.error), ...(script && { mayChange: script }) };
  }

  const mayChange = judgeParts(answer.value.others);
  const known = withoutNotYetKnown(answer.value);
  if (known.decides === 'all') return unknownNode(byDeployment);
  const first = nodeadmFacts(known.answer, options, '40-nodeadm.conf');
  if (first === undefined)
    return unknownNode('flags with a backslash or a line break, which systemd reads in its own way');

  const joins = (options.cluster === 'whole' ? missingOf(answer.value) : undefined) ?? startedBy(first);
  const reading = withUnknown(first.reading, known.decides);
  return { reading, joins, places: first.places, ...(mayChange && { mayChange }) };
}

const byDeployment = 'a value that only the deployment knows decides about it';

const withUnknown = (reading: FirstFacts['reading'], decides: ReadonlySet<SettingPath>): FirstFacts['reading'] =>
  reading.ok && decides.size > 0
    ? ok({
        ...reading.value,
        settings: settingFacts((path) =>
          decides.has(path) ? unknownFact(byDeployment) : reading.value.settings[path],
        ),
      })
    : reading;

/** One part that nodeadm cannot read loses all of them. */
function refusedNode({ kind, because, piece, part }: AnswerFault): NextNode {
  const where = part === undefined ? '' : `part ${part}: `;
  if (kind === 'not-read')
    return unknownNode(`${where}${because}; this program does not follow what nodeadm makes of it`);

  const text = `nodeadm cannot read the user data, ${where}${because}`;
  const placed = { piece, ...(part !== undefined && { part }) };
  return { ...unknownNode(text), joins: { status: 'no', by: 'bootstrap', because: text, ...placed } };
}

function nodeadmFacts(
  answer: NodeadmAnswer,
  { pieces, kubeletMinor, kind }: NextNodeOptions,
  dropIn: string,
): FirstFacts | undefined {
  const words = flagWords(answer.flags);
  if (!words.ok) return undefined;

  return firstFacts({
    flags: [
      `--config=${configFile}`,
      ...(answer.dropIn === undefined ? [] : [`--config-dir=${dropIns}`]),
      '--kubeconfig=/var/lib/kubelet/kubeconfig',
      "--hostname-override=(the instance's own name)",
      ...words.value.map(({ word }) => word),
    ],
    configFile,
    config: amazonLinuxConfig,
    ...(answer.dropIn !== undefined && { dropIn: { path: `${dropIns}/${dropIn}`, config: answer.dropIn } }),
    kubeletMinor,
    notes: [
      `not running yet: what a new node (${kind === 'hybrid' ? 'hybrid' : 'Amazon Linux 2023'}, Kubernetes 1.${kubeletMinor}) will run, by its NodeConfig`,
      ...(answer.unknownFields.length === 0
        ? []
        : [`nodeadm has no such field and ignores it: ${printable(answer.unknownFields.join(', '), 300)}`]),
    ],
    placeOf: (setting, by) =>
      by === 'flag'
        ? placeOfFlag(answer.layers, words.value, setting)
        : by === 'drop-in'
          ? placeOfConfig(answer, setting)
          : undefined,
    nameOf: (piece) => nameOfPiece(pieces[piece]),
  });
}

/** Source: `nodeadm/internal/api/validation.go`, `internal/api/net.go`. */
function missingOf({ layers, cluster }: NodeadmAnswer): Joins | undefined {
  const stops = (because: string): Joins => ({ status: 'no', by: 'bootstrap', because: `nodeadm stops: ${because}` });

  if (layers.length === 0) return stops('no NodeConfig is in the user data');
  const missing = ['name', 'apiServerEndpoint', 'certificateAuthority', 'cidr'].find((key) => !cluster.has(key));
  if (missing !== undefined) return stops(`spec.cluster.${missing} is missing`);
  if (cluster.has('enableOutpost') && !cluster.has('id'))
    return stops('spec.cluster.id is missing, which an Outpost needs');
  const cidr = /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[\da-fA-F.]*:)[\da-fA-F:.]*)\/\d{1,3}$/;
  return cidr.test(String(cluster.get('cidr')))
    ? undefined
    : { status: 'unknown', because: 'spec.cluster.cidr is no address range that this program knows' };
}

/** The last NodeConfig that has the keys: later ones win. */
function placeOfConfig({ layers, dropIn }: NodeadmAnswer, setting: SettingPath): SettingPlace | undefined {
  const keys = dropIn && spelledIn(dropIn, setting);
  const layer = keys && layers.findLast(({ config }) => config !== undefined && holds(config, keys));
  if (!layer) return undefined;
  const place = layer.placed === undefined ? {} : placeOfKeys(layer.placed, ['spec', 'kubelet', 'config', ...keys]);
  return { ...ofLayer(layer), keys, ...place };
}

function placeOfFlag(
  layers: readonly ConfigLayer[],
  words: readonly FlagWord[],
  setting: SettingPath,
): SettingPlace | undefined {
  const word = wordOfSetting(words, setting);
  if (word === undefined) return undefined;

  let first = 0;
  for (const layer of layers) {
    const index = word.entry - first;
    first += layer.flags.length;
    if (index >= layer.flags.length) continue;

    const flag = /^--([^=]*)/.exec(word.word)?.[1] ?? '';
    return { ...ofLayer(layer), flag, flagIndex: index, ...placeOfEntry(layer, index, word.word) };
  }
  return undefined;
}

function placeOfEntry(
  { placed }: ConfigLayer,
  index: number,
  word: string,
): Pick<SettingPlace, 'line' | 'value' | 'entry' | 'behind'> {
  if (placed === undefined) return {};
  const { node, value, ...place } = placeOfItem(placed, ['spec', 'kubelet', 'flags'], index);
  if (node === undefined || value === undefined) return place;

  const text = Buffer.from(placed.bytes.subarray(value.start, value.end)).toString('latin1');
  const found = valueInText(text, Buffer.from(word).toString('latin1'));
  return {
    ...place,
    ...(found !== undefined && { value: { start: value.start + found.start, end: value.start + found.end } }),
  };
}

const ofLayer = ({ piece, part }: ConfigLayer): Pick<SettingPlace, 'piece' | 'part'> => ({
  piece,
  ...(part !== undefined && { part }),
});

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
  const first = nodeadmFacts(answer, options, '00-nodeadm.conf');
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
