import { type SettingPath, settings } from '../../../model/settings.ts';
import { printable } from '../../../model/text/words.ts';
import type { About, Control } from '../../control.ts';

/**
 * How a person names what a control is about. The words of controls, findings and reports come from here, never by copying: a control can then
 * not speak of another one's setting.
 */

interface Words {
  /** One name: a setting's path, a flag, or what of a file. Evidence is filed under it. */
  readonly name: string;
  /** The flag that sets it, or that names the file; empty where none does: `--client-ca-file`, `--feature-gates=RotateKubeletServerCertificate`. */
  readonly flag: string;
  /** The last part of a setting's path, with the one before where it alone would say nothing; a flag without its dashes. */
  readonly short: string;
}

function wordsOf(about: About): Words {
  switch (about.kind) {
    case 'setting':
      return { ...ofSetting(about.setting), name: about.setting };
    case 'content':
      return { ...ofSetting(about.setting), name: `content of the file that ${about.setting} names` };
    case 'flag':
      return { name: `--${about.flag}`, flag: `--${about.flag}`, short: about.flag };
    case 'file':
      return {
        name: `${about.property} of the file that --${about.file} names`,
        flag: `--${about.file}`,
        short: about.file,
      };
    case 'connection':
    case 'cluster':
      return { name: about.what, flag: '', short: about.what };
  }
}

const ofSetting = (path: SettingPath): Omit<Words, 'name'> => ({
  flag: `--${settings[path].flag}${path.startsWith('featureGates.') ? `=${path.slice('featureGates.'.length)}` : ''}`,
  short: path
    .split('.')
    .slice(/(?:enabled|mode)$/.test(path) ? -2 : -1)
    .join('.'),
});

export const nameOf = (about: About): string => wordsOf(about).name;
export const flagOf = (about: About): string => wordsOf(about).flag;

/** The name, and the flag where the name does not hold it: `readOnlyPort (--read-only-port)`. */
export function describe(about: About): string {
  const { name, flag } = wordsOf(about);
  return name.includes(flag) ? name : `${name} (${flag})`;
}

/** What is required, and a short name of what it is about: `Kubelet must reject anonymous requests - anonymous.enabled`. */
export const titleOf = (must: string, about: About): string => `${must} - ${wordsOf(about).short}`;

/**
 * The title of a control's findings: stable, and about the control only, without its number, which depends on the benchmark. Automated Security Response looks up the runbook of a custom finding under
 * the SSM parameter `/Solutions/SO0111/<cleaned Title>`, so only characters are left that any cleaning agrees on. At most 200 characters.
 */
export const findingTitle = ({ slug, title }: Pick<Control, 'slug' | 'title'>): string => {
  const words = title.replace(/[^A-Za-z0-9 ._-]+/g, ' ').trim();

  return words === '' ? slug : printable(words, 200).replace('…', '');
};
