import type { NodeKind } from '../../../model/model.ts';
import { gunzipped, isGzip } from '../user-data/encodings.ts';
import { type Content, encodedUserData, known, unknown, userData } from './carrier.ts';
import { type MappedText, wholeText } from './mapped-text.ts';

/** The kind of node that takes such user data; `undefined` where it fits several, or none. */
export function kindByUserData(text: string): NodeKind | undefined {
  if (/^\s*<(?:powershell|script)>/i.test(text)) return 'windows';
  if (/\bnode\.eks\.aws\b/.test(text)) return /^[ \t]+hybrid:/m.test(text) && !isMime(text) ? 'hybrid' : 'al2023';
  if (/Start-EKSBootstrap/i.test(text)) return 'windows';
  if (/\bkubelet-eks\b/.test(text)) return 'ubuntu';
  if (/\/etc\/eks\/bootstrap\.sh|kubelet-config\.json|KUBELET_EXTRA_ARGS/.test(text)) return 'al2';
  return isToml(text) ? 'bottlerocket' : undefined;
}

/** The same of packed user data; `undefined` for all other bytes. */
export function kindOfBytes(bytes: Uint8Array): NodeKind | undefined {
  const unpacked = isGzip(bytes) ? gunzipped(bytes) : undefined;
  return unpacked?.ok ? kindByUserData(new TextDecoder().decode(unpacked.value)) : undefined;
}

/** The first line that says something is a table or a key of TOML. */
export function isToml(text: string): boolean {
  const first = text.split('\n').find((line) => !/^\s*(?:#|$)/.test(line)) ?? '';
  return /^(?:\[[\w."'\s-]+\]\s*(?:#.*)?$|["\w.-]+\s*=\s*[^\s=])/.test(first.trim());
}

/**
 * The kind of node of EKS's word for an AMI type; `CUSTOM` says nothing.
 * @param unknown the kind of a type that this program does not know
 */
export function kindOfAmiType(type: string, unknown?: NodeKind): NodeKind | undefined {
  const [, family] = /^(AL2|AL2023|BOTTLEROCKET|WINDOWS)_/.exec(type) ?? [];
  if (family !== undefined) return kindOfFamily(family);
  return type === 'CUSTOM' ? undefined : unknown;
}

/** The families of Karpenter and eksctl. */
export function kindOfFamily(family: string): NodeKind | undefined {
  const name = family.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const [kind] = /^(?:windows|ubuntu)/.exec(name) ?? [name.replace('amazonlinux', 'al')];
  return (['al2023', 'al2', 'bottlerocket', 'windows', 'ubuntu'] as const).find((each) => each === kind);
}

/** Whether the text is a MIME archive, by what Karpenter looks at. */
export const isMime = (text: string): boolean => /^\s*(?:MIME-Version|Content-Type):/.test(text);

/** EC2 takes 16 KB; more is no user data. */
export const longestUserData = 64 * 1024;

/** User data with the kind of node that takes it. */
export interface UserData {
  readonly content: Content;
  readonly kind?: NodeKind | undefined;
}

/** The API's own base64 undone: a text, or bytes that are none, such as gzip. */
export function decodedUserData({ text: written, at: [start = 0] }: MappedText): UserData {
  const base64 = written.replaceAll(/\s/g, '');
  if (base64 === '') return { content: known() };
  if (base64.length > (longestUserData * 4) / 3)
    return { content: unknown('its user data is longer than any that EC2 takes') };
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64))
    return { content: unknown('its user data is no base64') };

  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes)
    ? { content: known(userData(wholeText(text, start))), kind: kindByUserData(text) }
    : { content: known(encodedUserData(bytes)), kind: kindOfBytes(bytes) };
}
