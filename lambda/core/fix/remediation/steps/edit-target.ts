import type { KubeletFacts, Origin } from '../../../model/model.ts';
import { type SettingPath, settings } from '../../../model/settings.ts';
import { originText } from '../../../model/text/origin-text.ts';
import { printable } from '../../../model/text/printable.ts';
import { rewriteOf } from '../../../read/kubelet/node/nodeadm-files.ts';
import { isKubeletPath } from '../kubelet-path.ts';
import { type EditableKind, isSnapOption, nodePlaces } from '../node-places.ts';
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
export function targetOf(setting: SettingPath, kind: EditableKind, { fact, reading }: FoundSource): EditTarget {
  const { origin } = fact;
  const flag = settings[setting].flag;
  const reason = `${setting}: ${reasonOf(origin, flag)}`;
  const argument = kind === 'ubuntu' ? 'snap-arguments' : 'systemd-arguments';
  const ofArguments: EditTarget = {
    method: argument,
    reason,
    // nodeadm writes the environment of the unit at each boot; everybody else's stays.
    survives: { reboot: kind !== 'al2023', replacement: false },
  };

  const inFile = (method: Method, path: string | undefined): EditTarget => {
    const file = path !== undefined && isKubeletPath(path) ? path : undefined;
    const rewrite =
      file === undefined
        ? undefined
        : rewriteOf({ setting, origin: originAt(method, file), config: reading.files?.config, kind });
    return {
      method,
      ...(file !== undefined && { file }),
      reason,
      ...(file === undefined && { because: notOurFile(path) }),
      survives: { reboot: !rewrite?.atBoot, replacement: false },
    };
  };

  switch (origin.from) {
    case 'flag':
      return ofArguments;
    case 'drop-in':
      return inFile('config-drop-in', origin.file);
    case 'file':
      return inFile('config-file', origin.file);
    default: {
      const dropIn = deletedBy(origin);
      if (dropIn !== undefined) return inFile('config-drop-in', dropIn);
      // Canonical's bootstrap gives these settings as options of the snap, and a kubelet without a file has nothing else.
      if (
        (kind === 'ubuntu' && isSnapOption(setting)) ||
        (origin.from === 'default' && origin.of === 'no configuration file')
      )
        return ofArguments;
      return inFile('config-file', mainFile(kind, reading));
    }
  }
}

const originAt = (method: Method, file: string): Origin => ({
  from: method === 'config-drop-in' ? 'drop-in' : 'file',
  file,
});

function mainFile(kind: EditableKind, { files }: KubeletFacts): string | undefined {
  if (files?.config.state === 'known') return files.config.path;
  return nodePlaces[kind].config;
}

const notOurFile = (path: string | undefined): string =>
  path === undefined
    ? 'where the kubelet’s configuration file lies was not seen'
    : `${printable(path, 300)} is not in the kubelet’s own folders, and nothing edits it but a person`;

function reasonOf(origin: Origin, flag: string): string {
  switch (origin.from) {
    case 'flag':
      return `the argument --${flag} sets it, and no file can change what an argument sets`;
    case 'drop-in':
      return `${originPhrase(origin)} sets it over the configuration file, so that drop-in is changed`;
    case 'file':
      return `${originPhrase(origin)} sets it, and nothing overrides it`;
    default: {
      const dropIn = deletedBy(origin);
      if (dropIn !== undefined) return `drop-in ${printable(dropIn, 300)} deletes what the configuration file sets`;
      return origin.from === 'default' && origin.of === 'no configuration file'
        ? 'the kubelet runs without a configuration file and with the old defaults, so arguments are all it has'
        : 'nobody sets it, and the default is not enough';
    }
  }
}

export const originPhrase = (origin: Origin): string => printable(originText(origin), 300);
