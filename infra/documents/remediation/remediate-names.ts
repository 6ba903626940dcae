import { controls } from '../../../lambda/core/judge/controls/index.ts';

/** What the script fixes for a control: a setting by its path, or mode or owner of a file, as in `config:mode`. */
interface FixableControl {
  readonly slug: string;
  readonly title: string;
  readonly target: { readonly list: 'settings' | 'modes'; readonly name: string };
}

/** The controls that are fixed on a node: those of a setting, and of mode and owner of a file. */
export const fixableControls: readonly FixableControl[] = controls.flatMap(
  ({ slug, title, about }): readonly FixableControl[] => {
    if (about.kind === 'setting') return [{ slug, title, target: { list: 'settings', name: about.setting } }];
    if (about.kind === 'file')
      return [{ slug, title, target: { list: 'modes', name: `${about.file}:${about.property}` } }];
    return [];
  },
);

export const fixableSlugs: readonly string[] = fixableControls.map(({ slug }) => slug);

export const remediationModes = ['dry-run', 'apply', 'confirm', 'undo'] as const;
/** Where only mode, owner or label of a file may have changed since the kubelet started, by ctime. */
export const touchedFiles = ['refuse', 'as-running'] as const;
