import type { SettingPath } from '../../model/settings.ts';
import { printable } from '../../model/text/printable.ts';
import type { NextNodeGroup } from '../read/carriers/carrier.ts';
import type { SettingPlace } from '../read/types.ts';
import { looksSecret } from './file-diff.ts';
import { replacement } from './replacement.ts';

interface ShownChangeOptions {
  readonly setting: SettingPath;
  readonly place: SettingPlace;
}

/** The changed line of user data that is not edited here, without the lines around it; nothing where it may hold a secret. */
export function shownChange(group: NextNodeGroup, { setting, place }: ShownChangeOptions): string | undefined {
  const piece = group.content.status === 'known' ? group.content.pieces[place.piece]?.piece : undefined;
  if (piece === undefined || piece.from === 'kubelet' || place.value === undefined || place.behind !== undefined)
    return undefined;

  const bytes = Buffer.from(piece.bytes);
  const { start, end } = place.value;
  const entry = place.entry ? bytes.toString('utf8', place.entry.start, place.entry.end) : '';
  const wanted = replacement({ setting, kind: group.kind, place, old: bytes.toString('utf8', start, end), entry });
  if (wanted === undefined) return undefined;

  const lineStart = bytes.lastIndexOf('\n', start - 1) + 1;
  const next = bytes.indexOf('\n', end);
  const lineEnd = next === -1 ? bytes.length : next;
  const before = bytes.toString('utf8', lineStart, lineEnd);
  const after = bytes.toString('utf8', lineStart, start) + wanted + bytes.toString('utf8', end, lineEnd);
  if (looksSecret(before)) return undefined;
  const line = place.line === undefined ? '' : ` line ${place.line}`;
  return `; in the user data${line}:\n#   -${printable(before, 300)}\n#   +${printable(after, 300)}`;
}
