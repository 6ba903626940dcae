import { parseCompactJson } from '../documents/parse-json.ts';
import { readConfigz } from './configz.ts';

/** Keys whose values differ between the kubelets of one node group. No setting is about them. */
const ownKeys = ['address', 'providerID'] as const;

/** An answer without the values of those keys: the texts before, between and after them. */
interface Pattern {
  readonly parts: readonly string[];
  readonly result: ReturnType<typeof readConfigz>;
}

/** So many are kept, of at most so many characters each. A real answer has 3,300. */
const mostPatterns = 32;
const longestPattern = 32 * 1024;

/**
 * `readConfigz` for the nodes of one cluster. An answer that equals an earlier one but for the node's address and id has the same facts, as the same
 * object. It is compared and not parsed.
 */
export function readAlike(): typeof readConfigz {
  const patterns: Pattern[] = [];

  return (body) => {
    const known = body.length <= longestPattern && patterns.find(({ parts }) => isMadeOf(body, parts));
    if (known) return known.result;

    const result = readConfigz(body);
    const parts = result.ok ? partsOf(body) : undefined;
    if (parts) {
      patterns.unshift({ parts, result });
      patterns.splice(mostPatterns);
    }
    return result;
  };
}

/** Only of JSON that every parser reads alike, and in which each quotation mark begins or ends a string. */
function partsOf(body: string): readonly string[] | undefined {
  if (body.includes('\\')) return undefined;
  if (!parseCompactJson(body, longestPattern, () => false)) return undefined;

  const begins = ownKeys
    .map((key) => `"${key}":"`)
    .filter((key) => body.includes(key))
    .map((key) => body.indexOf(key) + key.length)
    .toSorted((one, other) => one - other);
  const ends = begins.map((begin) => body.indexOf('"', begin));
  return [0, ...ends].map((end, index) => body.slice(end, begins[index]));
}

/** Whether it is these texts, with the rest of a string between each two of them. */
function isMadeOf(body: string, parts: readonly string[]): boolean {
  let at = 0;
  for (const [index, part] of parts.entries()) {
    // `startsWith` compares character by character, which takes twenty times as long.
    if (body.slice(at, at + part.length) !== part) return false;
    at += part.length;
    if (index === parts.length - 1) break;

    const end = body.indexOf('"', at);
    if (end < 0 || needsEscape.test(body.slice(at, end))) return false;
    at = end;
  }
  return at === body.length;
}

/** What a string of JSON has only after a backslash. */
const needsEscape = /[\u0000-\u001f\\]/;
