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

const remediationModes = ['dry-run', 'apply', 'keep', 'put-back', 'undo'] as const;
/** Where only mode, owner or label of a file may have changed since the kubelet started, by ctime. */
const touchedFiles = ['refuse', 'as-running'] as const;

const control = `kubelet-(${fixableSlugs.map((slug) => slug.replace(/^kubelet-/, '')).join('|')})`;
const sha256 = '[0-9a-f]{64}';

/** What both documents are given. Names from fixed lists and fingerprints: never a value, a path or a text that a node or a finding holds. */
export const remediationParameters = {
  Controls: {
    type: 'String',
    description: 'Controls to fix, with commas between',
    // A comma may only come before a name.
    allowedPattern: `^(${control}(,\\b|$)){1,${fixableSlugs.length}}$`,
  },
  CaSha256: {
    type: 'String',
    description:
      'SHA-256 of each certificate of the cluster’s CA, with commas between. The file on the node must hold them all.',
    default: '',
    allowedPattern: `^(${sha256}(,${sha256}){0,7})?$`,
  },
  Mode: {
    type: 'String',
    description:
      'dry-run shows what apply would change. A change is put back within ten minutes unless keep follows, or at once by put-back. undo restores the files of a run',
    default: 'dry-run',
    allowedValues: [...remediationModes],
  },
  StableSeconds: {
    type: 'String',
    description: 'Seconds for which the restarted kubelet must be well: 5 to 600',
    default: '60',
    allowedPattern: '^([5-9]|[1-9][0-9]|[1-5][0-9]{2}|600)$',
  },
  Run: {
    type: 'String',
    description: 'The run, whose previous files undo restores within 30 days',
    default: 'by-hand',
    allowedPattern: '^[0-9A-Za-z][0-9A-Za-z-]{0,63}$',
  },
  Touched: {
    type: 'String',
    description: 'as-running if the caller has just read that the kubelet runs with what its files say',
    default: 'refuse',
    allowedValues: [...touchedFiles],
  },
} as const;
