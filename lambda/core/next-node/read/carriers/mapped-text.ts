export interface FileRange {
  readonly start: number;
  readonly end: number;
}

/** A text that a file carries. Offsets count UTF-16 units, in the text and in the file. */
export interface MappedText {
  readonly text: string;
  /** The place in the file of each unit of the text. Those that the file spells in another way share one. */
  readonly at: readonly number[];
  /** What an edit must look like there; an `encoded` text is not edited. */
  readonly spelling: 'as-is' | 'quoted' | 'encoded';
}

/** A longer text is no user data: its end has no places, which would take more memory than the file. */
const mostPlaces = 1_000_000;

/** A text that the file has letter by letter. */
export const verbatimText = (text: string, start: number, spelling: MappedText['spelling'] = 'as-is'): MappedText => ({
  text,
  at: Array.from({ length: Math.min(text.length, mostPlaces) }, (_, index) => start + index),
  spelling,
});

/** A text that the file spells in another way. */
export const wholeText = (text: string, start: number): MappedText => ({
  text,
  at: new Array<number>(Math.min(text.length, mostPlaces)).fill(start),
  spelling: 'encoded',
});

/** A text between quotes; one with escapes can only be replaced as a whole. */
export const quotedText = (text: string, { start, end }: FileRange): MappedText =>
  end - start === text.length + 2 ? verbatimText(text, start + 1, 'quoted') : wholeText(text, start);

/** Several texts, one behind the other. What is edited in one of them is spelled as all of them are. */
export const concatenated = (texts: readonly MappedText[]): MappedText => ({
  text: texts.map(({ text }) => text).join(''),
  at: texts.flatMap(({ at }) => at),
  spelling: texts.every(({ spelling }) => spelling === texts[0]?.spelling)
    ? (texts[0]?.spelling ?? 'as-is')
    : 'encoded',
});

/** Each match replaced; a replacement without a place of its own has that of the match. */
export function replaced(
  mapped: MappedText,
  pattern: RegExp,
  by: (match: RegExpExecArray) => string | MappedText,
): MappedText {
  const slice = (start: number, end?: number): MappedText => ({
    text: mapped.text.slice(start, end),
    at: mapped.at.slice(start, end),
    spelling: mapped.spelling,
  });
  const texts: MappedText[] = [];
  let from = 0;
  for (const match of mapped.text.matchAll(pattern)) {
    const text = by(match);
    const place = mapped.at[match.index] ?? 0;
    texts.push(
      slice(from, match.index),
      typeof text === 'string' ? { ...wholeText(text, place), spelling: mapped.spelling } : text,
    );
    from = match.index + match[0].length;
  }
  return concatenated([...texts, slice(from)]);
}

/** The range of the file that holds exactly this range of the text; `undefined` where an edit there would touch more than that. */
export function editableRange({ at, spelling }: MappedText, start: number, end: number): FileRange | undefined {
  const [from] = at.slice(start, end);
  if (spelling === 'encoded' || from === undefined || end > at.length) return undefined;
  const isVerbatim = at.slice(start, end).every((place, index) => place === from + index);
  return isVerbatim ? { start: from, end: from + end - start } : undefined;
}

/** Counted from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
