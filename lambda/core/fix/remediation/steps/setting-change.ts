import { type SettingPath, type SettingValue, settings } from '../../../model/settings.ts';
import { printable } from '../../../model/text/printable.ts';
import { shellWord } from '../../../model/text/quote.ts';
import { type EditableKind, isSnapOption, nodePlaces } from '../node-places.ts';
import type { Change } from '../plan.ts';
import { argumentOf } from '../wanted-value.ts';
import type { EditTarget } from './edit-target.ts';

interface ChangeOfOptions {
  readonly setting: SettingPath;
  readonly kind: EditableKind;
  readonly target: EditTarget;
  readonly before: SettingValue | undefined;
  readonly after: SettingValue;
}

/** The difference in its place, and what a person runs for it. */
export function changeOf({ setting, kind, target, before, after }: ChangeOfOptions): {
  readonly change: Change;
  readonly commands: readonly string[];
} {
  const old = typeof before === 'string' ? printable(before, 300) : before;

  if (target.method === 'config-file' || target.method === 'config-drop-in')
    return {
      change: {
        kind: 'setting',
        ...(target.file !== undefined && { file: target.file }),
        format: formatOf(target.file),
        setting,
        ...(old !== undefined && { before: old }),
        after,
      },
      commands: restartCommandsOf(kind),
    };

  const argument = argumentOf(setting, after);
  return {
    change: {
      kind: 'argument',
      places: kind === 'ubuntu' ? [snapPlace(setting)] : argumentPlaces(kind),
      ...(old !== undefined && { before: argumentOf(setting, old) }),
      after: argument,
    },
    commands: kind === 'ubuntu' ? [snapCommand(setting, argument), ...snapRestart] : restartCommandsOf(kind),
  };
}

const snapPlace = (setting: SettingPath): string =>
  isSnapOption(setting) ? `sudo snap get kubelet-eks ${settings[setting].flag}` : 'sudo snap get kubelet-eks args';

/** Snap shows options to root only: without sudo what is there would be taken for nothing. */
function snapCommand(setting: SettingPath, argument: string): string {
  const option = argument.slice(2);
  // One option holds all gates: the others stay.
  if (setting.startsWith('featureGates.')) {
    const [gate = ''] = option.replace(/^feature-gates=/, '').split('=');
    const others = `$(sudo snap get kubelet-eks feature-gates | sed 's/,*${gate}=[a-z]*//')`;
    return `sudo snap set kubelet-eks feature-gates="${others},${gate}=true"`;
  }
  // The last one of a flag counts, so that it may stand behind what is there.
  return isSnapOption(setting)
    ? `sudo snap set kubelet-eks ${shellWord(option)}`
    : `sudo snap set kubelet-eks args="$(sudo snap get kubelet-eks args) ${argument}"`;
}

function argumentPlaces(kind: EditableKind): readonly string[] {
  const { argumentFiles, variable } = nodePlaces[kind];
  const [first, ...others] = argumentFiles;
  if (first === undefined) return ['the unit’s own files, as systemctl cat kubelet shows them'];
  return [`${first}${variable ? ` (${variable})` : ''}`, ...others];
}

/** nodeadm writes JSON into its drop-ins too. */
const formatOf = (file: string | undefined): 'json' | 'yaml' =>
  file !== undefined && /\.json$|nodeadm\.conf$/.test(file) ? 'json' : 'yaml';

/** The benchmark's last lines: reload the files, restart the kubelet, check its state. */
const systemdRestart = [
  'sudo systemctl daemon-reload',
  'sudo systemctl restart kubelet',
  'sudo systemctl status kubelet --no-pager --full',
];

const snapRestart: readonly string[] = ['sudo snap restart kubelet-eks', 'snap services kubelet-eks'];

export const restartCommandsOf = (kind: EditableKind): readonly string[] =>
  kind === 'ubuntu' ? snapRestart : systemdRestart;
