import type { NodeKind } from '../../../model/model.ts';
import { err, ok, type Result } from '../../../model/result.ts';
import { type MappedText, wholeText } from './mapped-text.ts';
import { kindByUserData, kindOfBytes } from './node-kinds.ts';

/** The API's own base64 undone: a text, or bytes that are none, such as gzip. */
export type DecodedUserData =
  | { readonly status: 'known'; readonly written: MappedText; readonly kind: NodeKind | undefined }
  | { readonly status: 'bytes'; readonly bytes: Uint8Array; readonly kind: NodeKind | undefined };

/** EC2 takes 16 KB; more is no user data. */
export const longestUserData = 64 * 1024;

export function decodedUserData(base64: MappedText): Result<DecodedUserData, string> {
  const text = base64.text.replaceAll(/\s/g, '');
  if (text.length > (longestUserData * 4) / 3) return err('its user data is longer than any that EC2 takes');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    return err('its user data is no base64');

  const bytes = Buffer.from(text, 'base64');
  const decoded = bytes.toString('utf8');
  if (!Buffer.from(decoded).equals(bytes)) return ok({ status: 'bytes', bytes, kind: kindOfBytes(bytes) });

  const place = { start: base64.runs[0]?.start ?? 0, end: base64.runs.at(-1)?.end ?? 0 };
  return ok({ status: 'known', written: wholeText(decoded, place), kind: kindByUserData(decoded) });
}
