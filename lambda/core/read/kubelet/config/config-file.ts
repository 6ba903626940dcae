import type { Origin } from '../../../model/model.ts';
import { err, ok, type Result } from '../../../model/result.ts';
import { type SettingPath, settingPaths } from '../../../model/settings.ts';
import { printable } from '../../../model/text/words.ts';
import { absolutePath, directoryOf } from '../absolute-path.ts';
import type { NamedPath } from '../command-line/command-line.ts';
import { type DocumentFault, isTreeMap, type Tree, type TreeMap } from '../documents/tree.ts';
import type { FileSnapshot, NodeFiles } from '../node-files.ts';
import { decoded, type GoConfiguration, legacyConfiguration, settingOf, withDefaults } from './go-configuration.ts';
import { readKubeletDocument, sameKey } from './kubelet-document.ts';

/** What the files said so far, and where each value comes from. */
export interface Layer {
  readonly configuration: GoConfiguration;
  readonly origins: ReadonlyMap<SettingPath, Origin>;
  readonly notes: readonly string[];
}

const originOfAll = (origin: Origin): ReadonlyMap<SettingPath, Origin> =>
  new Map(settingPaths.map((path) => [path, origin]));

/** Why a file says nothing, in one sentence: a kubelet would not start with it, or this program does not read it as the kubelet does. */
export const faultOf = (path: string, { kind, because }: DocumentFault): string =>
  kind === 'refused'
    ? notStartable(`${printable(path)}: ${because}`)
    : `${printable(path)}: ${because}; this program does not read it, and does not know what the kubelet makes of it`;

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

/**
 * The lowest layer: the main file (`--config`) over its defaults, or the legacy defaults where none is named. In the file keys respect case, a wrong type
 * keeps the kubelet from starting, and a relative CA file counts from the file's folder.
 * Source: kubernetes `pkg/kubelet/kubeletconfig/configfiles`; measured on 1.29.14 and 1.34.9.
 */
export function fileLayer({ files }: Pick<NodeFiles, 'files'>, config: NamedPath | undefined): Result<Layer, string> {
  if (config === undefined) {
    const origins = originOfAll({ from: 'default', of: 'no configuration file' });
    return ok({ configuration: legacyConfiguration, origins, notes: [] });
  }

  const { written, absolute } = config;
  if (absolute === undefined)
    return err(`--config ${printable(written)} is relative, and the working directory is not known`);
  const snapshot = files.get(absolute) ?? { status: 'not-saved' };
  if (snapshot.status !== 'read') return err(missing(`the configuration file ${printable(absolute)}`, snapshot));

  const document = readKubeletDocument(snapshot.text, 'main');
  if (!document.ok) return err(faultOf(absolute, document.error));
  const given = decoded(document.value, { foldsCase: false });
  if (!given.ok) return err(notStartable(`${printable(absolute)}: ${given.error}`));

  const configuration = withResolvedCa(withDefaults(given.value), absolute);
  const fromFile: Origin = { from: 'file', file: printable(absolute) };
  const byDefault: Origin = { from: 'default', of: 'configuration file' };
  return ok({
    configuration,
    origins: new Map(
      settingPaths.map((path) => {
        const isKept = settingOf(given.value, path) === settingOf(withDefaults(given.value), path);
        return [path, settingOf(given.value, path) !== undefined && isKept ? fromFile : byDefault];
      }),
    ),
    notes: misspelled(document.value).map(
      (key) => `${printable(absolute)} has the key ${key}, which the kubelet ignores: case matters there`,
    ),
  });
}

/** The kubelet leaves an absolute path as it is written, and joins and shortens a relative one. */
function withResolvedCa(configuration: GoConfiguration, file: string): GoConfiguration {
  const path = configuration.values.get('authentication.x509.clientCAFile');
  if (typeof path !== 'string' || path === '' || path.startsWith('/')) return configuration;

  const resolved = absolutePath(path, directoryOf(file)) ?? path;
  const values = new Map(configuration.values).set('authentication.x509.clientCAFile', resolved);
  return { ...configuration, values };
}

/** Keys that name a setting but for their case. */
function misspelled(tree: TreeMap): readonly string[] {
  const found = new Set<string>();
  for (const setting of settingPaths) {
    let at: Tree | undefined = tree;
    for (const step of setting.split('.')) {
      if (!isTreeMap(at)) break;
      for (const key of at.keys()) if (key !== step && sameKey(key, step)) found.add(printable(key, 60));
      at = at.get(step);
    }
  }
  return [...found].slice(0, 5);
}
