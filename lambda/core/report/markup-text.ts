import { plain } from './problem-lines.ts';

/**
 * Text and nothing else, anywhere in Markdown, and still readable as it is written: what means something to Markdown or HTML has a backslash. A zero-width
 * space keeps GitHub from making links and mentions of names.
 */
export const markupText = (words: string): string =>
  plain(words)
    .replace(/[\\`*_[\]<>|~&$]/g, '\\$&')
    // For readers that know no backslash: a tag and a link need the two characters side by side.
    .replace(/<(?=[a-z/!?])|\](?=\()/gi, `$&${zeroWidth}`)
    .replace(/^[#+=-]/, '\\$&')
    .replace(/@/g, `@${zeroWidth}`)
    .replace(/(https?|ftp|www)(?=[:.])/gi, `$1${zeroWidth}`);

const zeroWidth = '\u200b';
