import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

const root = join(import.meta.dirname, '../..');

export interface Sentence {
  readonly text: string;
  /** File and line where its comment begins. */
  readonly at: string;
}

/** Every sentence in the comments of the files that these patterns match. */
export const commentSentences = (patterns: readonly string[]): readonly Sentence[] =>
  globSync(patterns, { cwd: root })
    .toSorted()
    .flatMap((file) => sentencesIn(file, readFileSync(join(root, file), 'utf8')));

const sentencesIn = (file: string, source: string): readonly Sentence[] =>
  (/\.(sh|awk|yaml)$/.test(file) ? lineComments(source) : comments(file, source)).flatMap(({ text, line }) =>
    sentences(text).map((sentence) => ({ text: sentence, at: `${file}:${line}` })),
  );

/** Every text of several words that is written in the program: messages, titles, help. */
export const programTexts = (patterns: readonly string[]): readonly Sentence[] =>
  globSync(patterns, { cwd: root })
    .toSorted()
    .flatMap((file) => textsIn(file, readFileSync(join(root, file), 'utf8')));

/** Every title of a test or of several: `it('…')`, `it.each(…)('…')`, `describe('…')`. */
export const testTitles = (patterns: readonly string[]): readonly Sentence[] =>
  globSync(patterns, { cwd: root })
    .toSorted()
    .flatMap((file) => {
      const source = readFileSync(join(root, file), 'utf8');
      const found: Sentence[] = [];
      new Visitor({
        CallExpression({ callee, arguments: [title] }) {
          if (title?.type !== 'Literal' || typeof title.value !== 'string') return;
          const isTest = /^(it|describe)\b/.test(source.slice(callee.start, callee.end));
          if (isTest) found.push({ text: title.value, at: lineOf(file, source, title.start) });
        },
      }).visit(parseSync(file, source).program);
      return found;
    });

const lineOf = (file: string, source: string, at: number): string =>
  `${file}:${source.slice(0, at).split('\n').length}`;

function textsIn(file: string, source: string): readonly Sentence[] {
  const found: Sentence[] = [];
  const add = (text: string, start: number): void => {
    if (/\p{L} +\p{L}/u.test(text)) found.push({ text, at: lineOf(file, source, start) });
  };
  new Visitor({
    Literal({ value, start }) {
      if (typeof value === 'string') add(value, start);
    },
    TemplateElement({ value, start }) {
      add(value.cooked ?? value.raw, start);
    },
  }).visit(parseSync(file, source).program);
  return found;
}

/** Every sentence of a Markdown page, without its code, tables, headings and addresses. */
export function pageSentences(file: string): readonly Sentence[] {
  const text = readFileSync(join(root, file), 'utf8')
    .replaceAll(/^```.*?^```/gms, '')
    .replaceAll(/<!--.*?-->/gs, '')
    .replaceAll(/<\/?\w[^>]*>/g, '')
    .replaceAll(/^(\||#).*$/gm, '')
    .replaceAll(/\]\([^)]*\)/g, ']');
  return sentences(text).map((sentence) => ({ text: sentence, at: file }));
}

interface Comment {
  readonly text: string;
  readonly line: number;
}

/** Lines of `//` that follow each other are one comment. */
function comments(file: string, source: string): readonly Comment[] {
  const found: (Comment & { readonly end: number; readonly ofLines: boolean })[] = [];
  for (const { type, value, start, end } of parseSync(file, source).comments) {
    const last = found.at(-1);
    const ofLines = type === 'Line';
    if (last?.ofLines && ofLines && /^\n[ \t]*$/.test(source.slice(last.end, start))) {
      found[found.length - 1] = { ...last, text: `${last.text}\n${value}`, end };
    } else {
      const text = value.replaceAll(/^[ \t]*\*[ \t]?/gm, '');
      found.push({ text, line: source.slice(0, start).split('\n').length, end, ofLines });
    }
  }
  return found;
}

/** Of shell, awk and YAML: lines that begin with `#`, but not the first line's `#!`, and no setting that is commented out. */
const lineComments = (source: string): readonly Comment[] =>
  [...source.matchAll(/^(?:[ \t]*#(?!!).*\n?)+/gm)].map(({ 0: block, index }) => ({
    text: block.replaceAll(/^[ \t]*# ?/gm, '').replaceAll(/^ *\w+:( .*)?$/gm, ''),
    line: source.slice(0, index).split('\n').length,
  }));

/** Paragraphs, items of lists, indented lines and tags each begin a new sentence. Code in backticks is one word. */
const sentences = (text: string): readonly string[] =>
  text
    .split(/\n\s*\n|\n(?=\s*(?:[-*] |\d+\. |@\w)| {2,}-?[a-z])/)
    .map((paragraph) =>
      paragraph
        .replaceAll(/`[^`]*`/g, '`code`')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .flatMap((paragraph) => paragraph.split(/(?<=[.!?][)'"’*_]{0,3}) (?=[\p{Lu}`'"‘(\d[*_])/u))
    .filter((sentence) => /\p{L}/u.test(sentence));

export const wordsOf = (sentence: string): number =>
  sentence.split(/[\s/]+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
