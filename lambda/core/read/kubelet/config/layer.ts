import type { Origin } from '../../../model/model.ts';
import { type SettingPath, settingPaths } from '../../../model/settings.ts';
import { printable } from '../../../model/text/printable.ts';
import type { DocumentFault } from '../documents/tree.ts';
import type { FileSnapshot } from '../node-files.ts';
import type { GoConfiguration } from './go-configuration.ts';

/** What the files said so far, and where each value comes from. */
export interface Layer {
  readonly configuration: GoConfiguration;
  readonly origins: ReadonlyMap<SettingPath, Origin>;
  readonly notes: readonly string[];
}

export const originOfAll = (origin: Origin): ReadonlyMap<SettingPath, Origin> =>
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
