import { plain } from '../problem-lines.ts';

/** Text and nothing else in OSCAL's markup, which is read by programs that know HTML: what means something to Markdown or HTML is an entity. */
export const markupLine = (words: string): string =>
  plain(words)
    .replace(/[\\`*_{}[\]()<>#+!|~&$@]/g, (character) => `&#${character.codePointAt(0)};`)
    .replace(/(https?|ftp|www)(?=[:.])/gi, '$1&#8203;');
