import { err, ok, type Result } from '../../../model/result.ts';
import { goInteger } from './go-values.ts';
import type { Tree } from './tree.ts';

/** A scalar as the document has it, quotes and escapes resolved. */
interface Scalar {
  readonly text: string;
  /** Without quotes, so that its type follows from its text. */
  readonly plain: boolean;
  /** Absent when none is written. */
  readonly tag: string | undefined;
}

const prefix = 'tag:yaml.org,2002:';

/**
 * A scalar's value as goyaml v2 resolves it (YAML 1.1: `yes` is true, `010` is 8) and `sigs.k8s.io/yaml` turns it into JSON; whole floats are whole
 * numbers there. The error says why the kubelet refuses it, or that this program does not read it.
 * Source: sigs.k8s.io/yaml 1.4.0 `goyaml.v2/resolve.go`, `decode.go`.
 */
export function scalarValue({ text, plain, tag }: Scalar): Result<Tree, 'refused' | 'not-read'> {
  if (tag === undefined) return plain ? implicitValue(text) : ok(text);
  if (tag === `${prefix}binary`) return binaryValue(text);

  const wanted = typesOfTags.get(tag);
  if (wanted === undefined) return ok(text);

  const value = implicitValue(text);
  if (!value.ok) return value;
  const type = value.value === null ? 'null' : typeof value.value;
  const isFraction = tag === `${prefix}int` && goInteger(text.replaceAll('_', '')) === undefined;
  return type === wanted && !isFraction ? value : err('refused');
}

/** Any other tag leaves the text as it is: `!`, `!!str` and `!!timestamp` too. */
const typesOfTags: ReadonlyMap<string, 'boolean' | 'number' | 'null'> = new Map([
  [`${prefix}bool`, 'boolean'],
  [`${prefix}float`, 'number'],
  [`${prefix}int`, 'number'],
  [`${prefix}null`, 'null'],
]);

/** Base64 as Go's `encoding/base64` reads it: whole groups, and bytes that are UTF-8; JSON would replace others. */
function binaryValue(text: string): Result<Tree, 'refused' | 'not-read'> {
  const digits = text.replaceAll(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(digits)) return err('refused');

  try {
    const bytes = Uint8Array.from(atob(digits), (char) => char.charCodeAt(0));
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return err('not-read');
  }
}

const words: ReadonlyMap<string, boolean | null> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
]);

function implicitValue(text: string): Result<Tree, 'refused'> {
  const word = words.get(text);
  if (word !== undefined) return ok(word);
  // JSON has neither, and the conversion fails.
  if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(text)) return err('refused');

  if (!/^[-+.0-9]/.test(text)) return ok(text);
  const digits = text.startsWith('.') ? text : text.replaceAll('_', '');
  const value = goInteger(digits) ?? floatOf(digits);
  return ok(value === undefined || !Number.isFinite(value) ? text : value);
}

function floatOf(text: string): number | undefined {
  return /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) + 0 : undefined;
}
