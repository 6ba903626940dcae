import { fixableSlugs, remediationMethods, remediationModes, touchedFiles } from './remediate-names.ts';

const control = `kubelet-(${fixableSlugs.map((slug) => slug.replace(/^kubelet-/, '')).join('|')})`;
const sha256 = '[0-9a-f]{64}';

/** What both documents are given. Names from fixed lists and fingerprints: never a value, a path or a text that a node or a finding holds. */
export const remediationParameters = {
  Controls: {
    type: 'String',
    description: 'Which controls are fixed, by name, with commas between',
    // A comma may only come before a name.
    allowedPattern: `^(${control}(,\\b|$)){1,${fixableSlugs.length}}$`,
  },
  CaSha256: {
    type: 'String',
    description:
      'SHA-256 of each certificate of the cluster’s CA, in lower-case hexadecimal digits with commas between; needed for kubelet-client-ca-file. The file on the node must hold them all.',
    default: '',
    allowedPattern: `^(${sha256}(,${sha256}){0,7})?$`,
  },
  Mode: {
    type: 'String',
    description:
      'dry-run shows what would be changed; confirm succeeds only where nothing would be; both change nothing. undo puts the files of a run back',
    default: 'dry-run',
    allowedValues: [...remediationModes],
  },
  Method: {
    type: 'String',
    description:
      'Where a setting is fixed: in the configuration file, in the arguments of the systemd unit, or (auto) where its bad value stands',
    default: 'auto',
    allowedValues: [...remediationMethods],
  },
  StableSeconds: {
    type: 'String',
    description:
      'For how long one process of the restarted kubelet must be well before its new configuration is kept: 5 to 600 seconds',
    default: '60',
    allowedPattern: '^([5-9]|[1-9][0-9]|[1-5][0-9]{2}|600)$',
  },
  Run: {
    type: 'String',
    description: 'The run under whose name the node keeps the previous files for 30 days, or whose last change there is undone',
    default: 'by-hand',
    allowedPattern: '^[0-9A-Za-z][0-9A-Za-z-]{0,63}$',
  },
  Touched: {
    type: 'String',
    description:
      'A file of which only mode, owner or label may have changed since the kubelet started: refuse, or as-running where the caller has just read that what runs is what the files say',
    default: 'refuse',
    allowedValues: [...touchedFiles],
  },
} as const;
