import type { SettingPath } from '../../../model/settings.ts';
import { type FlagWord, valueInText, wordOfSetting } from '../flag-words.ts';
import { holds, placeOfItem, placeOfKeys, spelledIn } from '../places.ts';
import type { SettingPlace } from '../types.ts';
import type { ConfigLayer, NodeadmAnswer } from './nodeadm-answer.ts';

/** Where the NodeConfig that decides about a setting sets it. */
export function nodeadmPlace(
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
