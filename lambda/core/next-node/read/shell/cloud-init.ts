import { yamlDocument } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap } from '../../../read/kubelet/documents/tree.ts';
import { notYetKnownVariable } from '../not-yet-known.ts';
import { decodedBase64, gunzipped, isGzip, latin1, mostBytes } from '../user-data/encodings.ts';
import { parseMediaType } from '../user-data/media-type.ts';
import { readMessage } from '../user-data/mime.ts';

/** What cloud-init makes of a part. */
export type CloudInitPart =
  /** cloud-init does nothing with it. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'script'; readonly text: string }
  /** Keys of cloud-config, and nothing else that runs. */
  | { readonly kind: 'config'; readonly keys: readonly string[] }
  | { readonly kind: 'several'; readonly parts: readonly CloudInitPart[] }
  | { readonly kind: 'not-followed'; readonly because: string };

/** Keys of cloud-config that touch no file of the kubelet and run nothing. */
const harmlessKeys = new Set([
  'hostname',
  'fqdn',
  'prefer_fqdn_over_hostname',
  'preserve_hostname',
  'manage_etc_hosts',
  'timezone',
  'locale',
  'ssh_authorized_keys',
  'ssh_pwauth',
  'disable_root',
  'growpart',
  'resize_rootfs',
  'final_message',
  'output',
]);

/** Types whose handlers cloud-init has beside scripts and cloud-config. */
const handled: ReadonlyMap<string, string> = new Map([
  ['text/part-handler', 'a part handler, which is a program'],
  ['text/x-include-url', 'an include of another address'],
  ['text/x-include-once-url', 'an include of another address'],
  ['text/jinja2', 'a template'],
  ['text/upstart-job', 'a job'],
  ['text/cloud-config-archive', 'an archive of parts'],
  ['text/cloud-config-jsonp', 'a patch of cloud-config'],
  ['application/octet-stream', 'bytes of an unknown kind'],
]);

/** How the first line of a text says what it is, where its type does not. Source: cloud-init `handlers/__init__.py` INCLUSION_TYPES_MAP. */
const beginnings: readonly (readonly [string, string])[] = [
  ['#include-once', 'text/x-include-once-url'],
  ['#include', 'text/x-include-url'],
  ['#cloud-config-archive', 'text/cloud-config-archive'],
  ['#cloud-config-jsonp', 'text/cloud-config-jsonp'],
  ['#cloud-config', 'text/cloud-config'],
  ['#cloud-boothook', 'text/cloud-boothook'],
  ['#upstart-job', 'text/upstart-job'],
  ['#part-handler', 'text/part-handler'],
  ['## template: jinja', 'text/jinja2'],
  ['#!', 'text/x-shellscript'],
];

const scripts = new Set([
  'text/x-shellscript',
  'text/x-shellscript-per-boot',
  'text/x-shellscript-per-instance',
  'text/x-shellscript-per-once',
  'text/cloud-boothook',
]);

/** @param type the media type in lower case, empty where there is none */
export function cloudInitPart(type: string, body: Uint8Array, depth = 0): CloudInitPart {
  const bytes = opened(body);
  if (bytes === undefined) return { kind: 'not-followed', because: 'bytes that cannot be unpacked' };
  const text = new TextDecoder().decode(bytes);

  if (type.startsWith('multipart/')) return nested(bytes, depth);
  const byText = beginnings.find(([begin]) => text.trimStart().toLowerCase().startsWith(begin))?.[1];
  const meant = type === '' || type === 'text/plain' || type === 'text/x-not-multipart' ? byText : type;
  if (meant === undefined && text.trimStart().startsWith(notYetKnownVariable))
    return { kind: 'not-followed', because: 'a text that only the deployment knows' };
  if (meant === undefined) return { kind: 'ignored' };
  if (scripts.has(meant)) return script(text);
  if (meant === 'text/cloud-config') return cloudConfig(bytes);

  const because = handled.get(meant);
  return because === undefined ? { kind: 'ignored' } : { kind: 'not-followed', because };
}

function opened(body: Uint8Array): Uint8Array | undefined {
  const decoded = decodedBase64(body);
  const bytes = decoded !== undefined && decoded.length > 0 ? decoded : body;
  if (!isGzip(bytes)) return bytes;
  const unpacked = gunzipped(bytes);
  return unpacked.ok ? unpacked.value : undefined;
}

function script(text: string): CloudInitPart {
  const first = /^[^\n]*/.exec(text.trimStart())?.[0] ?? '';
  const isShell =
    !first.startsWith('#!') || /^#!\s*(?:\/usr)?\/bin\/(?:env )?(?:ba|da)?sh(?:\s+-[eux]+)*\s*$/.test(first);
  return isShell ? { kind: 'script', text } : { kind: 'not-followed', because: 'a script that is none of a shell' };
}

function cloudConfig(bytes: Uint8Array): CloudInitPart {
  const document = yamlDocument(bytes, mostBytes);
  if (!document.ok) return { kind: 'not-followed', because: 'cloud-config that cannot be read' };
  const { tree } = document.value;
  if (tree === null) return { kind: 'ignored' };
  if (!isTreeMap(tree)) return { kind: 'not-followed', because: 'cloud-config that is no map' };

  // A NodeConfig that begins as cloud-config does is both.
  const ofNodeConfig = new Set(['apiVersion', 'kind', 'metadata', 'spec']);
  const keys = [...tree.keys()].filter((key) => !harmlessKeys.has(key) && !ofNodeConfig.has(key));
  return { kind: 'config', keys };
}

/** The header of a nested multipart is with its part; its boundary is the first line that can be one. */
function nested(bytes: Uint8Array, depth: number): CloudInitPart {
  if (depth > 5) return { kind: 'not-followed', because: 'parts in parts in parts' };
  const boundary = /^--(.*?)[ \t]*\r?$/m.exec(latin1(bytes))?.[1] ?? '';
  const header = Buffer.from(
    `Content-Type: multipart/mixed; boundary="${boundary.replace(/["\\]/g, '\\$&')}"\n\n`,
    'latin1',
  );
  const message = readMessage(new Uint8Array(Buffer.concat([header, bytes])));
  if (!message.ok || message.value.kind === 'single' || message.value.fault !== undefined)
    return { kind: 'not-followed', because: 'a nested multipart that cannot be read' };
  return {
    kind: 'several',
    parts: message.value.parts.map(({ contentType = '', body }) =>
      cloudInitPart(parseMediaType(contentType)?.type ?? '', body, depth + 1),
    ),
  };
}
