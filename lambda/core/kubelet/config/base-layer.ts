import { printable } from '../../text/printable.ts';
import type { NamedPath } from '../command-line/named-files.ts';
import type { FileSnapshot, NodeFiles } from '../node-files.ts';
import { type SettingFacts, settingFacts, unknownFact } from '../setting-facts.ts';
import { settings } from '../settings.ts';
import { readConfigFile } from './config-file.ts';

export interface Layer {
  readonly settings: SettingFacts;
  readonly notes: readonly string[];
}

/** The lowest layer: the main file over its defaults, or the legacy defaults where no main file is named. */
export function baseLayer({ files }: Pick<NodeFiles, 'files'>, config: NamedPath | undefined): Layer {
  if (config === undefined) {
    return {
      settings: settingFacts((path) => ({
        state: 'known',
        value: settings[path].legacyDefault,
        origin: { from: 'default', of: 'no configuration file' },
      })),
      notes: [],
    };
  }

  const { written, absolute } = config;
  if (absolute === undefined)
    return allUnknown(`--config ${printable(written)} is relative, and the working directory is not known`);

  const snapshot = files.get(absolute) ?? { status: 'not-saved' };
  if (snapshot.status !== 'read') return allUnknown(missing(`the configuration file ${printable(absolute)}`, snapshot));

  const file = readConfigFile(absolute, snapshot.text);
  if (!file.ok) return allUnknown(notStartable(file.error));

  const { values, unclear, notes } = file.value;
  return {
    settings: settingFacts((path) => {
      const because = unclear.get(path);
      if (because !== undefined) return unknownFact(because);
      return values.has(path)
        ? { state: 'known', value: values.get(path), origin: { from: 'file', file: printable(absolute) } }
        : { state: 'known', value: settings[path].default, origin: { from: 'default', of: 'configuration file' } };
    }),
    notes,
  };
}

export const allUnknown = (because: string): Layer => ({
  settings: settingFacts(() => unknownFact(because)),
  notes: [],
});

export const notStartable = (error: string): string =>
  `${error}; a kubelet would not start with it, so a kubelet that runs has read something else`;

/** Why something that decides could not be looked at, in one sentence. */
export function missing(what: string, snapshot: Exclude<FileSnapshot, { readonly status: 'read' }>): string {
  switch (snapshot.status) {
    case 'absent':
      return `${what} is not there: what a running kubelet read is not known, and it would not start again`;
    case 'refused':
      return `${what} could not be read: ${printable(snapshot.because)}`;
    case 'not-saved':
      return `${what} was not read`;
  }
}
