import { ok, type Result } from '../../../model/result.ts';
import { deepest, type ParsedDocument, plainNumber, type Tree } from './tree.ts';

/** Whether the member of this name at this depth (0 is the top) is wanted: thousands of answers have eighty keys each, and twelve settings. */
type Keeps = (key: string, depth: number) => boolean;

/**
 * The fast way for JSON without blanks, as encoders write it. If its parsed form is written back as the very same text, no key was repeated and no
 * number was spelled oddly: every parser reads it alike. `undefined` for any other text, which `parseJson` then reads closely.
 */
export function parseCompactJson(text: string, limit: number, keeps: Keeps): Result<ParsedDocument, never> | undefined {
  if (text.length > limit) return undefined;

  try {
    const value: unknown = JSON.parse(text);
    const written = JSON.stringify(value);
    if (written !== text && `${written}\n` !== text) return undefined;

    return ok({ tree: toTree(value, 0, keeps), repeatedKeys: [] });
  } catch {
    // Not JSON, or nested too deep: parseJson says what and where.
    return undefined;
  }
}

function toTree(value: unknown, depth: number, keeps: Keeps): Tree {
  if (depth > deepest) throw new RangeError('nested too deep');
  if (typeof value === 'number') return plainNumber.test(String(value)) ? value : Number.NaN;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((item) => toTree(item, depth + 1, keeps));

  const members = new Map<string, Tree>();
  const object: Readonly<Record<string, unknown>> = Object(value);
  for (const key of Object.keys(object)) if (keeps(key, depth)) members.set(key, toTree(object[key], depth + 1, keeps));
  return members;
}
