/** A stretch of a text and where the file has it: `start` and `end` are offsets into the file, in UTF-16 units. */
export interface Run {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** How a text is written in the file: what an edit must look like there. */
export type Spelling = 'as-is' | 'quoted' | 'encoded';

/** A text that a file carries, with the place of each stretch of it. */
export interface MappedText {
  readonly text: string;
  readonly runs: readonly Run[];
  readonly spelling: Spelling;
}

export interface FileRange {
  readonly start: number;
  readonly end: number;
}

export function mappedText(runs: readonly Run[], spelling: Spelling): MappedText {
  const joined: Run[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    const continues = last !== undefined && isVerbatim(last) && isVerbatim(run) && last.end === run.start;
    if (continues) joined[joined.length - 1] = { text: last.text + run.text, start: last.start, end: run.end };
    else if (run.text !== '') joined.push(run);
  }
  return { text: joined.map(({ text }) => text).join(''), runs: joined, spelling };
}

/** One text at one place, which an edit can only replace as a whole. */
export const wholeText = (text: string, { start, end }: FileRange): MappedText =>
  mappedText([{ text, start, end }], 'encoded');

/** A text between quotes; one with escapes can only be replaced as a whole. */
export const quotedText = (text: string, { start, end }: FileRange): MappedText =>
  end - start === text.length + 2
    ? mappedText([{ text, start: start + 1, end: end - 1 }], 'quoted')
    : wholeText(text, { start, end });

/** Several texts, one behind the other. What is edited in one of them is spelled as all of them are. */
export const concatenated = (texts: readonly MappedText[]): MappedText =>
  mappedText(
    texts.flatMap(({ runs }) => runs),
    texts.every(({ spelling }) => spelling === texts[0]?.spelling) ? (texts[0]?.spelling ?? 'as-is') : 'encoded',
  );

/** As long in the file as in the text: each character has its own place. */
const isVerbatim = ({ text, start, end }: Run): boolean => end - start === text.length && text.length > 0;

/** Where the file has the character at this offset of the text; its stretch where a character has no place of its own. */
export function placeInFile({ runs }: MappedText, offset: number): FileRange | undefined {
  let at = 0;
  for (const run of runs) {
    const inside = offset - at;
    if (inside < run.text.length)
      return isVerbatim(run) ? { start: run.start + inside, end: run.start + inside + 1 } : run;
    at += run.text.length;
  }
  return runs.at(-1);
}

/** The range of the file that holds exactly this range of the text; `undefined` where an edit there would touch more than that. */
export function editableRange(mapped: MappedText, start: number, end: number): FileRange | undefined {
  if (mapped.spelling === 'encoded' || start >= end) return undefined;

  let at = 0;
  let from: number | undefined;
  let until = -1;
  for (const run of mapped.runs) {
    const [first, behind] = [Math.max(start, at), Math.min(end, at + run.text.length)];
    if (first < behind) {
      const isWhole = first === at && behind === at + run.text.length;
      if (!isWhole && !isVerbatim(run)) return undefined;
      const runStart = isVerbatim(run) ? run.start + (first - at) : run.start;
      if (from !== undefined && runStart !== until) return undefined;
      from ??= runStart;
      until = isVerbatim(run) ? run.start + (behind - at) : run.end;
    }
    at += run.text.length;
  }
  return from === undefined ? undefined : { start: from, end: until };
}

/** Counted from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
