import { type SettingPath, settings } from '../../../model/settings.ts';
import type { About } from '../../control.ts';

/**
 * How a person names what a control is about. The words of controls, findings and reports come from here, never by copying: a control can then
 * not speak of another one's setting.
 */

/** One name: a setting's path, a flag, or what of a file. Evidence is filed under it. */
export function nameOf(about: About): string {
  switch (about.kind) {
    case 'setting':
      return about.setting;
    case 'flag':
      return `--${about.flag}`;
    case 'file':
      return `${about.property} of the file that --${about.file} names`;
    case 'content':
      return `content of the file that ${about.setting} names`;
    case 'connection':
    case 'cluster':
      return about.what;
  }
}

/** The flag that sets it, or that names the file; empty where none does: `--client-ca-file`, `--feature-gates=RotateKubeletServerCertificate`. */
export function flagOf(about: About): string {
  switch (about.kind) {
    case 'setting':
    case 'content':
      return flagOfSetting(about.setting);
    case 'flag':
      return `--${about.flag}`;
    case 'file':
      return `--${about.file}`;
    case 'connection':
    case 'cluster':
      return '';
  }
}

/** The name, and the flag where the name does not hold it: `readOnlyPort (--read-only-port)`. */
export function describe(about: About): string {
  const [name, flag] = [nameOf(about), flagOf(about)];
  return name.includes(flag) ? name : `${name} (${flag})`;
}

/** What is required, and a short name of what it is about: `Kubelet must reject anonymous requests - anonymous.enabled`. */
export const titleOf = (must: string, about: About): string => `${must} - ${shortNameOf(about)}`;

/** The last part of a setting's path, with the one before where it alone would say nothing; a flag without its dashes. */
export function shortNameOf(about: About): string {
  switch (about.kind) {
    case 'setting':
    case 'content':
      return about.setting
        .split('.')
        .slice(/(?:enabled|mode)$/.test(about.setting) ? -2 : -1)
        .join('.');
    case 'flag':
      return about.flag;
    case 'file':
      return about.file;
    case 'connection':
    case 'cluster':
      return about.what;
  }
}

function flagOfSetting(path: SettingPath): string {
  const { flag } = settings[path];
  return path.startsWith('featureGates.') ? `--${flag}=${path.slice('featureGates.'.length)}` : `--${flag}`;
}
