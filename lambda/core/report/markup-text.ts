import { plain } from './problem-lines.ts';

/**
 * Text and nothing else, anywhere in Markdown: every character that means something to Markdown or HTML is escaped, and so are links that GitHub
 * makes of names.
 */
export const markupText = (words: string): string =>
  plain(words)
    .replace(/[\\`*_{}[\]()<>#+!|~&$]/g, (character) => `&#${character.codePointAt(0)};`)
    .replace(/@/g, '&#64;')
    .replace(/(https?|ftp|www)(?=[:.])/gi, '$1&#8203;');
