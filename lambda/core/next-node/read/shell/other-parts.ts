import { createHash } from 'node:crypto';
import { notYetKnownVariable } from '../not-yet-known.ts';
import { decodedBase64, gunzipped, isGzip } from '../user-data/encodings.ts';
import { judgeCloudConfig } from './cloud-config.ts';
import { ScriptEffects, type ScriptFinding } from './script-effects.ts';
import { walkScript } from './script-walk.ts';

/** What cloud-init gets beside the NodeConfigs. */
export interface OtherPart {
  /** Counted from 1; absent where the user data is one document. */
  readonly part?: number;
  /** In lower case; empty where it has none. */
  readonly type: string;
  readonly body: Uint8Array;
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
  for (const [index, { type, body }] of others.entries()) {
    effects.part = index;
    effects.lineOf = () => 1;
    judgePart(type, body, effects);
  }
  effects.finish();

  const found = effects.findings.touches ?? effects.findings['not-shown'];
  if (found === undefined) return undefined;
  const { part: index, ...finding } = found;
  const part = others[index]?.part;
  const where = `${part === undefined ? '' : `part ${part}, `}line ${finding.line}`;
  const scripts = others
    .filter((_, at) => effects.isOfAll || effects.parts.has(at))
    .map(({ body }) => createHash('sha256').update(body).digest('hex'));
  const does = finding.kind === 'touches' ? 'changes or may change the kubelet' : 'does more than this file shows';
  return { ...finding, index, where, scripts, text: `${where} ${does}: ${finding.because}` };
}

/**
 * Types whose handlers cloud-init has. Where a type says nothing, the first line of the text does; longer ones come first. The last word names what isn't judged.
 * Source: cloud-init `handlers/__init__.py` INCLUSION_TYPES_MAP.
 */
const handled: readonly (readonly [type: RegExp, begin: string | undefined, because?: string])[] = [
  [/^text\/x-include-once-url$/, '#include-once', 'an include of another address'],
  [/^text\/x-include-url$/, '#include', 'an include of another address'],
  [/^text\/cloud-config-archive$/, '#cloud-config-archive', 'an archive of parts'],
  [/^text\/cloud-config-jsonp$/, '#cloud-config-jsonp', 'a patch of cloud-config'],
  [/^text\/cloud-config$/, '#cloud-config'],
  [/^text\/cloud-boothook$/, '#cloud-boothook'],
  [/^text\/upstart-job$/, '#upstart-job', 'a job'],
  [/^text\/part-handler$/, '#part-handler', 'a part handler, which is a program'],
  [/^text\/jinja2$/, '## template: jinja', 'a template'],
  [/^text\/x-shellscript(?:-per-(?:boot|instance|once))?$/, '#!'],
  [/^application\/octet-stream$/, undefined, 'bytes of an unknown kind'],
  [/^multipart\//, undefined, 'parts in a part'],
];

/** @param type the media type in lower case, empty where there is none */
function judgePart(type: string, body: Uint8Array, effects: ScriptEffects): void {
  const bytes = opened(body);
  if (bytes === undefined) {
    effects.report('bytes that cannot be unpacked');
    return;
  }
  const text = new TextDecoder().decode(bytes);
  const begin = text.trimStart();
  const isByText = /^(?:|text\/plain|text\/x-not-multipart)$/.test(type);
  const found = handled.find(([like, first]) =>
    isByText ? first !== undefined && begin.toLowerCase().startsWith(first) : like.test(type),
  );
  const [, first, because] = found ?? [];
  if (because) effects.report(because);
  else if (first === '#cloud-config') judgeCloudConfig(bytes, effects);
  else if (first) {
    const isShell = /^(?!#!)|^#![ \t]*(?:\/usr)?\/bin\/(?:env )?(?:ba|da)?sh(?:[ \t]+-[eux]+)*[ \t]*(?:\n|$)/.test(
      begin,
    );
    if (isShell) walkScript(text, effects, false);
    else effects.report('a script that is not one of a shell');
  } else if (isByText && begin.startsWith(notYetKnownVariable)) effects.report('a text that only the deployment knows');
}

function opened(body: Uint8Array): Uint8Array | undefined {
  const decoded = decodedBase64(body);
  const bytes = decoded !== undefined && decoded.length > 0 ? decoded : body;
  if (!isGzip(bytes)) return bytes;
  const unpacked = gunzipped(bytes);
  return unpacked.ok ? unpacked.value : undefined;
}
