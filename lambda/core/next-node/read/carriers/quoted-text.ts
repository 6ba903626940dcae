import { type FileRange, type MappedText, mappedText, type Run, wholeText } from './mapped-text.ts';

/**
 * What a quoted scalar says, each character with its place in the file. One that goes over several lines, or whose escapes are not those that both JSON and
 * YAML have, is one stretch without places inside.
 * @param source as it is written, quotes included
 */
export function quotedText(value: string, source: string, place: FileRange): MappedText {
  const isDouble = source.startsWith('"');
  const runs: Run[] = [];
  let at = 1;
  let from = 1;
  const plain = (end: number): void => {
    if (end > from) runs.push({ text: source.slice(from, end), start: place.start + from, end: place.start + end });
  };

  while (at < source.length - 1) {
    const length = isDouble ? escapeAt(source, at) : source.startsWith("''", at) ? 2 : 0;
    if (length === 0) {
      at += 1;
      continue;
    }
    plain(at);
    const text = isDouble ? unescaped(source.slice(at, at + length)) : "'";
    if (text === undefined) return wholeText(value, place);
    runs.push({ text, start: place.start + at, end: place.start + at + length });
    at += length;
    from = at;
  }
  plain(source.length - 1);

  const mapped = mappedText(runs, isDouble ? 'double-quoted' : 'single-quoted');
  return mapped.text === value ? mapped : wholeText(value, place);
}

const lengths: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

const escapeAt = (source: string, at: number): number =>
  source[at] === '\\' ? (lengths[source[at + 1] ?? ''] ?? 2) : 0;

const words: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '0': '\0',
  '"': '"',
  '\\': '\\',
  '/': '/',
  ' ': ' ',
};

function unescaped(sequence: string): string | undefined {
  const kind = sequence[1] ?? '';
  const digits = sequence.slice(2);
  if (kind in lengths) return /^[\da-f]+$/i.test(digits) ? String.fromCharCode(Number.parseInt(digits, 16)) : undefined;
  return words[kind];
}
