import stringWidth from 'string-width';

/** Breaks a text at its spaces. A word that is longer than the width, a path or an address, stays whole: it is there to be copied. */
export function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && columns(line) + 1 + columns(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

/** The first line behind `head`, the next ones below the text. */
export function hanging(head: string, text: string, width: number): string {
  const indent = columns(head);
  return head + wrap(text, Math.max(30, width - indent)).replaceAll('\n', `\n${' '.repeat(indent)}`);
}

/**
 * The same of Japanese, which has no spaces: a line may end behind any character, but not within a word of ASCII. None begins with a closing mark,
 * and none ends with an opening one.
 */
export function hangingJapanese(head: string, text: string, width: number): string {
  const pieces = text.match(/[（「]*(?:[!-~]+|[^!-~])[、。）」ー]*/gu) ?? [];
  const indent = columns(head);
  const room = Math.max(30, width - indent);
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (line !== '' && columns(line + piece.trimEnd()) > room) {
      lines.push(line.trimEnd());
      line = piece.trimStart();
    } else line += piece;
  }
  return head + [...lines, line].join(`\n${' '.repeat(indent)}`);
}

/** How many columns of a screen a text takes: colours take none, a wide character two. */
export const columns = (text: string): number => (isPlain.test(text) ? text.length : stringWidth(text));

/** Printable ASCII: a column a character. */
const isPlain = /^[ -~]*$/;
