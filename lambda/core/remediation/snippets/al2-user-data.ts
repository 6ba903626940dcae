import type { SettingPath, SettingValue } from '../../kubelet/settings.ts';
import { nodePlaces } from '../node-places.ts';
import { shellWord } from '../quote.ts';
import type { Wanted } from './wanted.ts';

/** Runs before bootstrap.sh, which keeps what the file says about these keys. */
export function al2Script({ settings }: Wanted): string {
  if (settings.size === 0) return '';
  const program = [...settings].map(assignment).join(' | ');

  return [
    '#!/bin/bash',
    'set -o errexit -o nounset -o pipefail',
    '',
    `file=${shellWord(nodePlaces.al2.config ?? '')}`,
    `jq ${shellWord(program)} "$file" > "$file.new"`,
    'install --owner=root --group=root --mode=644 "$file.new" "$file"',
    'rm "$file.new"',
    '',
  ].join('\n');
}

const assignment = ([path, value]: readonly [SettingPath, SettingValue]): string =>
  `.${path} = ${JSON.stringify(value)}`;
