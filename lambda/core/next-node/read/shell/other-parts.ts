import { createHash } from 'node:crypto';
import { ok } from '../../../model/result.ts';
import { deploymentVariable } from '../tokens.ts';
import { decodedBase64, gunzipped, latin1, openedOf } from '../user-data/encodings.ts';
import { nodeConfigType } from '../user-data/mime.ts';
import { judgeCloudConfig } from './cloud-config.ts';
import { ScriptEffects, type ScriptFinding } from './script-effects.ts';
import { walkScript } from './script-walk.ts';
import { tableRows } from './table-rows.ts';

/** What cloud-init gets. */
export interface OtherPart {
  /** Counted from 1; absent where the user data is one document. */
  readonly part?: number;
  /** In lower case; empty where it has none. */
  readonly type: string;
  readonly body: Uint8Array;
  /** By name in lower case; absent where no message is around it. */
  readonly headers?: ReadonlyMap<string, string>;
}

/** What of a node's scripts isn't known to leave its kubelet alone: the first of it. */
export type MayChange = ScriptFinding & {
  /** Which of the parts it is. */
  readonly index: number;
  /** `part 2, line 3` */
  readonly where: string;
  /** SHA-256 of each part that something was found in, by which a waiver names it. */
  readonly scripts: readonly string[];
  /** A sentence without any text of the script, which may hold secrets. */
  readonly text: string;
};

export function judgeParts(others: readonly OtherPart[]): MayChange | undefined {
  const effects = new ScriptEffects(walkScript);
  const taken = others.map(takenPart);
  const configs = taken.filter(({ does }) => does === 'cloud-config').length;
  for (const [index, { does, text }] of taken.entries()) {
    effects.part = index;
    effects.lineOf = () => 1;
    if (configs > 1 && does === 'cloud-config' && !isMergedWhole(others[index]?.headers))
      effects.report('cloud-config that is merged in an unusual way');
    if (does === 'cloud-config') judgeCloudConfig(Buffer.from(text), effects);
    else if (does === 'script') judgeScript(text, effects);
    else if (does !== 'ignored') effects.report(does);
  }
  effects.finish();

  const found = effects.findings.touches ?? effects.findings['not-shown'];
  if (found === undefined) return undefined;
  const { part: index, ...finding } = found;
  const part = others[index]?.part;
  const where = `${part === undefined ? '' : `part ${part}, `}line ${finding.line}`;
  const scripts = others
    .filter(({ type }, at) => effects.parts.has(at) || (effects.isOfAll && type !== nodeConfigType))
    .map(({ body }) => createHash('sha256').update(body).digest('hex'));
  const does = finding.kind === 'touches' ? 'changes or may change the kubelet' : 'does more than this file shows';
  return { ...finding, index, where, scripts, text: `${where} ${does}: ${finding.because}` };
}

/** How cloud-init takes a part: it ignores it, it runs a text, it reads one as cloud-config, or why its code isn't shown. */
export interface TakenPart {
  readonly does: string;
  readonly text: string;
}

/**
 * What cloud-init does with each type. `by its text` looks at the first line, as the list below does; `gzip` unpacks first. Each type that isn't here is *code
 * not shown*, since a handler may exist. Recorded from `user_data.py` and `handlers/` of cloud-init 22.2 (Amazon Linux 2023) and 25.1, and compared with 25.1.
 */
const typeTable = `
| what | types |
| by its text | text/plain text/x-not-multipart text/x-shellscript |
| cloud-config | text/cloud-config |
| script | text/cloud-boothook text/x-shellscript-per-boot text/x-shellscript-per-instance text/x-shellscript-per-once |
| gzip | application/gzip application/gzip-compressed application/gzipped application/x-compress application/x-compressed |
| gzip | application/x-gunzip application/x-gzip application/x-gzip-compressed |
| ignored | application/node.eks.aws application/octet-stream application/json application/yaml application/x-yaml application/toml |
| ignored | text/html text/markdown text/yaml text/x-yaml text/csv text/xml application/xml text/x-toml text/x-python |
`;
const types = new Map<string, string>();
for (const [does = '', names = ''] of tableRows(typeTable)) for (const name of names.split(' ')) types.set(name, does);

/** What a text begins with, in any case and behind blanks; longer ones come first. Source: cloud-init `handlers/__init__.py` INCLUSION_TYPES_MAP. */
const beginnings: readonly (readonly [begin: string, does: string])[] = [
  ['#cloud-config-archive', 'an archive of parts'],
  ['#cloud-config-jsonp', 'a patch of cloud-config'],
  ['## template: jinja', 'a template'],
  ['#cloud-boothook', 'script'],
  ['#include', 'an include of another address'],
  ['#part-handler', 'a part handler, which is a program'],
  ['#cloud-config', 'cloud-config'],
  ['#upstart-job', 'a job'],
  ['#!', 'script'],
  [deploymentVariable, 'a text that only the deployment knows'],
];

/** The part as cloud-init gives it to its handlers. */
export function takenPart({ type, body, headers }: OtherPart): TakenPart {
  const notShown = (does: string): TakenPart => ({ does, text: '' });
  const isPart = headers !== undefined;
  const whole = isPart ? ok(body) : openedOf(body);
  if (!whole.ok) return notShown('bytes that cannot be unpacked');
  const given = latin1(whole.value);
  if (isPart && /\r(?!\n)/.test(given)) return notShown('a carriage return, behind which cloud-init may see a part');
  if (!isPart && /mime-version:/i.test(given.slice(0, 4096)))
    return notShown('a message that cloud-init may read otherwise than nodeadm');
  const isBase64 = /^base64$/i.test(headers?.get('content-transfer-encoding') ?? '');
  const bytes = isBase64 ? decodedBase64(body) : whole.value;
  if (bytes === undefined) return notShown('a part whose base64 cannot be read');

  const isNested = /^(?:multipart|message)\//.test(type);
  const unlisted = isNested ? 'parts in a part' : 'a part of a type whose handling is not known';
  const does = types.get(type || 'text/plain') ?? unlisted;
  const unpacked = does === 'gzip' ? gunzipped(bytes) : undefined;
  if (unpacked && !unpacked.ok) return notShown('bytes that cannot be unpacked');
  const plain = unpacked?.value ?? bytes;
  const text = utf8(isPart && (unpacked || !isBase64) ? asPython(plain) : plain);
  if (does !== 'gzip' && does !== 'by its text') return { does, text };
  // These are blanks to Python.
  const begin = (unpacked ? utf8(plain) : text).replace(/^(?:(?!\ufeff)[\s\u001c-\u001f\u0085])+/, '').toLowerCase();
  const [, found] = beginnings.find(([each]) => begin.startsWith(each.toLowerCase())) ?? [];
  return { does: found ?? (type === 'text/x-shellscript' ? 'script' : 'ignored'), text };
}

const utf8 = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** Python's email package gives the text of a part in its own encoding. Source: CPython `email/message.py` get_payload. */
function asPython(bytes: Uint8Array): Uint8Array {
  const escaped = (char: string): string => {
    const code = char.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
  };
  return Buffer.from(utf8(bytes).replaceAll(/[^\0-\u00ff]/gu, escaped), 'latin1');
}

/** Whether lists and maps of several parts are taken whole: texts that are joined are commands that no part shows. */
function isMergedWhole(headers: OtherPart['headers']): boolean {
  const how = headers?.get('merge-type') ?? headers?.get('x-merge-type') ?? '';
  return /^(?:(?:list\((?:append|prepend|replace|no_replace)?\)|dict\((?:recurse_array|recurse_dict|no_replace|replace|,)*\)|str\(\))\+?)*$/.test(
    how,
  );
}

function judgeScript(given: string, effects: ScriptEffects): void {
  const [firstLine = ''] = given.split('\n', 1);
  // cloud-init writes such a script with the line ends of Linux.
  const text = firstLine.endsWith('\r') ? given.replaceAll('\r\n', '\n') : given;
  const program = text.replace(/^#cloud-boothook\s*/, '');
  const shell = /^(?!\s*#!)|^\s*#![ \t]*(?:\/usr)?\/bin\/(?:env )?(?:ba|da)?sh(?:[ \t]+-[eux]+)*[ \t]*(?:\n|$)/;
  if (shell.test(program)) walkScript(text, effects, false);
  else effects.report('a script that is not one of a shell');
}
