import type { Origin } from '../../../model/model.ts';
import { type SettingPath, settings } from '../../../model/settings.ts';
import { originText } from '../../../model/text/origin-text.ts';
import { printable } from '../../../model/text/printable.ts';
import { rewriteOf } from '../../../read/kubelet/node/nodeadm-files.ts';
import { type EditableKind, isKubeletPath, isSnapOption, nodePlaces } from '../node-places.ts';
import type { Method, Survives } from '../plan.ts';
import { deletedBy, type FoundSource } from './value-source.ts';

/** Where a setting is changed on a node. */
export interface EditTarget {
  readonly method: Method;
  readonly file?: string;
  readonly reason: string;
  /** Why a person has to do it. */
  readonly because?: string;
  readonly survives: Survives;
}

/** By where the bad value comes from: flags beat drop-ins, drop-ins beat the file. */
export function targetOf(
  setting: SettingPath,
  kind: EditableKind,
  { fact: { origin }, reading: { files } }: FoundSource,
): EditTarget {
  const byArgument = (why: string): EditTarget => ({
    method: kind === 'ubuntu' ? 'snap-arguments' : 'systemd-arguments',
    reason: `${setting}: ${why}`,
    // nodeadm writes the environment of the unit at each boot; everybody else's stays.
    survives: { reboot: kind !== 'al2023', replacement: false },
  });
  const inFile = (from: 'drop-in' | 'file', file: string | undefined, why: string): EditTarget => {
    const about = { method: from === 'file' ? 'config-file' : 'config-drop-in', reason: `${setting}: ${why}` } as const;
    if (file === undefined || !isKubeletPath(file))
      return { ...about, because: notOurFile(file), survives: { reboot: true, replacement: false } };
    const rewrite = rewriteOf({ setting, origin: { from, file }, config: files?.config, kind });
    return { ...about, file, survives: { reboot: !rewrite?.atBoot, replacement: false } };
  };

  const phrase = originPhrase(origin);
  if (origin.from === 'flag')
    return byArgument(`the argument --${settings[setting].flag} sets it, and no file can change what an argument sets`);
  if (origin.from === 'drop-in')
    return inFile('drop-in', origin.file, `${phrase} sets it over the configuration file, so that drop-in is changed`);
  if (origin.from === 'file') return inFile('file', origin.file, `${phrase} sets it, and nothing overrides it`);
  const deleting = deletedBy(origin);
  if (deleting !== undefined)
    return inFile('drop-in', deleting, `drop-in ${printable(deleting, 300)} deletes what the configuration file sets`);
  if (origin.from === 'default' && origin.of === 'no configuration file')
    return byArgument(
      'the kubelet runs without a configuration file and with the old defaults, so arguments are all it has',
    );
  const unset = 'nobody sets it, and the default is not enough';
  // Canonical's bootstrap gives these settings as options of the snap.
  if (kind === 'ubuntu' && isSnapOption(setting)) return byArgument(unset);
  return inFile('file', files?.config.state === 'known' ? files.config.path : nodePlaces[kind].config, unset);
}

const notOurFile = (path: string | undefined): string =>
  path === undefined
    ? 'where the kubelet’s configuration file lies was not seen'
    : `${printable(path, 300)} is not in the kubelet’s own folders, and nothing edits it but a person`;

export const originPhrase = (origin: Origin): string => printable(originText(origin), 300);
