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
