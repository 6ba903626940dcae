import { ok } from '../../../model/result.ts';
import type { SettingPath } from '../../../model/settings.ts';
import { printable } from '../../../model/text/words.ts';
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
import { type AnswerFault, type ConfigLayer, type NodeadmAnswer, nodeadmAnswer } from './nodeadm-answer.ts';

const configFile = '/etc/kubernetes/kubelet/config.json';
const dropInFile = '/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf';

/** A node of Amazon Linux 2023 on EC2, which nodeadm configures by its user data. */
export function nodeadmNode(options: NextNodeOptions): NextNode {
  const answer = nodeadmAnswer(options.pieces);
  if (!answer.ok) return refusedNode(answer.error);

  const mayChange = judgeParts(answer.value.others);
  const known = withoutNotYetKnown(answer.value);
  if (known.decides === 'all') return unknownNode(byDeployment);
  const first = nodeadmFacts(known.answer, options, dropInFile);
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
export function refusedNode({ kind, because, piece, part }: AnswerFault): NextNode {
  const where = part === undefined ? '' : `part ${part}: `;
  if (kind === 'not-read')
    return unknownNode(`${where}${because}; this program does not follow what nodeadm makes of it`);

  const text = `nodeadm cannot read the user data, ${where}${because}`;
  const placed = { piece, ...(part !== undefined && { part }) };
  return { ...unknownNode(text), joins: { status: 'no', by: 'bootstrap', because: text, ...placed } };
}

export function nodeadmFacts(
  answer: NodeadmAnswer,
  { pieces, kubeletMinor, kind }: NextNodeOptions,
  dropIn: string,
): FirstFacts | undefined {
  const words = flagWords(answer.flags);
  if (!words.ok) return undefined;

  return firstFacts({
    flags: [
      `--config=${configFile}`,
      ...(answer.dropIn === undefined ? [] : [`--config-dir=${dropIn.replace(/\/[^/]*$/, '')}`]),
      '--kubeconfig=/var/lib/kubelet/kubeconfig',
      "--hostname-override=(the instance's own name)",
      ...words.value.map(({ word }) => word),
    ],
    configFile,
    config: amazonLinuxConfig,
    ...(answer.dropIn !== undefined && { dropIn: { path: dropIn, config: answer.dropIn } }),
    kubeletMinor,
    notes: [
      `not running yet: what a new node (${kind === 'hybrid' ? 'hybrid' : 'Amazon Linux 2023'}, Kubernetes 1.${kubeletMinor}) will run, by its NodeConfig`,
      ...(answer.unknownFields.length === 0
        ? []
        : [`nodeadm has no such field and ignores it: ${printable(answer.unknownFields.join(', '), 300)}`]),
    ],
    placeOf: (setting, by) => nodeadmPlace(answer, words.value, setting)(by),
    nameOf: (piece) => nameOfPiece(pieces[piece]),
  });
}

/** Source: `nodeadm/internal/api/validation.go`, `internal/api/net.go`. */
function missingOf({ layers, cluster }: NodeadmAnswer): Joins | undefined {
  const stops = (because: string): Joins => ({ status: 'no', by: 'bootstrap', because: `nodeadm stops: ${because}` });

  if (layers.length === 0) return stops('no NodeConfig is in the user data');
  if (cluster.name === '') return stops('spec.cluster.name is missing');
  if (cluster.apiServerEndpoint === '') return stops('spec.cluster.apiServerEndpoint is missing');
  if (!cluster.certificateAuthority) return stops('spec.cluster.certificateAuthority is missing');
  if (cluster.cidr === '') return stops('spec.cluster.cidr is missing');
  if (cluster.enableOutpost && cluster.id === '') return stops('spec.cluster.id is missing, which an Outpost needs');
  return /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[\da-fA-F.]*:)[\da-fA-F:.]*)\/\d{1,3}$/.test(cluster.cidr)
    ? undefined
    : { status: 'unknown', because: 'spec.cluster.cidr is no address range that this program knows' };
}

/** Where the NodeConfig that decides about a setting sets it. */
function nodeadmPlace(
  { layers, dropIn }: Pick<NodeadmAnswer, 'layers' | 'dropIn'>,
  words: readonly FlagWord[],
  setting: SettingPath,
): (by: 'flag' | 'drop-in' | 'file') => SettingPlace | undefined {
  return (by) => {
    if (by === 'flag') return placeOfFlag(layers, words, setting);
    const keys = by === 'drop-in' && dropIn ? spelledIn(dropIn, setting) : undefined;
    return keys && placeOfConfig(layers, keys);
  };
}

/** The last NodeConfig that has the keys: later ones win. */
function placeOfConfig(layers: readonly ConfigLayer[], keys: readonly string[]): SettingPlace | undefined {
  const layer = layers.findLast(({ config }) => config !== undefined && holds(config, keys));
  if (layer === undefined) return undefined;
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
