import type { SettingFact } from '../model.ts';
import { type SettingPath, settingPaths } from './settings.ts';

/** A fact for every setting that this program may look at. */
export type SettingFacts = Readonly<Record<SettingPath, SettingFact>>;

export function settingFacts(factOf: (path: SettingPath) => SettingFact): SettingFacts {
  // settingPaths holds every key of the record, which fromEntries cannot say.
  return Object.fromEntries(settingPaths.map((path) => [path, factOf(path)])) as Record<SettingPath, SettingFact>;
}

export const unknownFact = (because: string): SettingFact => ({ state: 'unknown', because });
