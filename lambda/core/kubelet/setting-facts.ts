import type { SettingFact } from '../model.ts';
import { type SettingPath, settingPaths } from './settings.ts';

/** A fact for every setting that this program may look at. */
export type SettingFacts = Readonly<Record<SettingPath, SettingFact>>;

export function settingFacts(factOf: (path: SettingPath) => SettingFact): SettingFacts {
  const facts: Partial<Record<SettingPath, SettingFact>> = {};
  for (const path of settingPaths) facts[path] = factOf(path);
  // settingPaths holds every key of the record, which the loop cannot say.
  return facts as Record<SettingPath, SettingFact>;
}

export const unknownFact = (because: string): SettingFact => ({ state: 'unknown', because });
