import { createHash } from 'node:crypto';

// Terminal sequences whole (CSI, OSC, two-character), then every control, format, private-use, unpaired or
// noncharacter (XML takes none of those) that is left.
const terminalSequence =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -~])|\u009b[0-?]*[ -/]*[@-~]/gu;
const unprintable = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]+/gu;

/**
 * A node's text, safe to quote in a message: one line without terminal sequences or characters that hide or reorder text. It has at most `limit`
 * characters and ends in `…` when it was cut.
 */
export function printable(text: string, limit = 200): string {
  // Cut before the expressions run, so that a megabyte costs no more than a line.
  const head = text.slice(0, limit * 4);
  const clean = head.replace(terminalSequence, ' ').replace(unprintable, ' ').replace(/\s+/g, ' ').trim();

  const cut = clean.length > limit || text.length > head.length;
  return cut ? `${clean.slice(0, limit - 1).replace(/[\ud800-\udbff]$/u, '')}…` : clean;
}

/** Characters that move a terminal or hide and reorder text, and that JSON.stringify lets stand. */
const invisible = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value as JSON that is safe to look at in a terminal: such characters are escaped, so that a parser still reads the same. */
export const plainJson = (
  value: unknown,
  replacer?: (key: string, value: unknown) => unknown,
  indent?: number,
): string => `${JSON.stringify(value, replacer, indent)}`.replace(invisible, escaped);

const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');

/** A piece of a text keeps the whole text alive in V8: a copy that does not. */
export const ownCopy = (text: string): string => String(JSON.parse(JSON.stringify(text)));

/** What a JSON text holds, to be parsed by a schema; `undefined` for a text that is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `1 node`, `2 nodes` */
export const howMany = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** `both controls`, `all 3 controls` */
export const allOf = (number: number, what: string): string =>
  number === 2 ? `both ${what}s` : `all ${howMany(number, what)}`;

/** `a, b and 3 more`: printable, and at most so many of them. */
export function nameList(names: readonly string[], most = 10): string {
  const more = names.length - most;
  const shown = names.slice(0, most).map((name) => printable(name, 400));
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Words as a sentence: with a capital, and with a full stop unless they have an end. */
export const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;

/** The text without these characters at its end. An expression such as `x+$` would try again from each of them. */
export function trimmedEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** By code units, not by a locale: the same order on every machine. */
export const byText =
  <T>(text: (each: T) => string) =>
  (one: T, other: T): number => {
    if (text(one) < text(other)) return -1;
    return text(one) > text(other) ? 1 : 0;
  };

/** `ENOENT`, `EACCES`, …: the code of a system call or of Node, where the error has one. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The message of any thrown value, in our words where a folder is given as a file. */
export function errorText(error: unknown): string {
  if (errorCode(error) === 'EISDIR') return 'it is a folder, not a file';
  return error instanceof Error ? error.message : String(error);
}

/** The message on one printable line of at most 500 characters, so that other messages can quote it. AWS needs that much to name the policy that denies. */
export const errorLine = (error: unknown): string => printable(errorText(error), 500);

/** Characters. */
export const longestOwner = 64;

/** The value of an owner's tag as reports quote it: one printable line. Nothing where it says nothing. */
export const ownerClaim = (value = ''): string | undefined => printable(value, longestOwner) || undefined;

/** One word for a POSIX shell. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_./:=@,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** One literal text for PowerShell, in which nothing is expanded. Typographic quotes end a text there too. */
export const powershellText = (text: string): string => `'${text.replaceAll(/['‘’‚‛]/g, (quote) => quote + quote)}'`;

/** One text for TOML. JSON's escapes are TOML's. */
export const tomlText = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007F');

/**
 * The first 32 hexadecimal digits (128 bits) of SHA-256 over the text's UTF-16 code units, so that halves of surrogate pairs differ too. It
 * identifies texts that a stranger may choose: no two of them can be made to collide.
 */
export const shortHash = (text: string): string =>
  createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 32);
