import { beginsLongerFlag, typeOfFlag } from './known-flags.ts';
import { kubeletArguments, splitWords } from './split-words.ts';

/**
 * What a row without columns is to the kubelet's line before it. `spaced`: its next words. `glued`: it begins inside the last word of the line.
 * `other`: no kubelet's arguments. `unclear`: more than one of them.
 */
export type Continuation = 'spaced' | 'glued' | 'other' | 'unclear';

/** By what a kubelet accepts: each flag has its value, behind `=` or as the next word, and there are no other words. */
export function continuationOf(line: string, row: string): Continuation {
  const last = wordsOf(line).at(-1) ?? '';
  const [first = '', ...rest] = wordsOf(row);
  const hasNoFlag = (kubeletArguments(wordsOf(line)) ?? []).length === 0;
  if (hasNoFlag) return startsFlag(first) ? 'spaced' : 'other';

  const isOpenFlag = last.startsWith('-') && !last.includes('=');
  if (isOpenFlag && isKnown(last + first)) return 'glued';
  if (startsFlag(first)) return isOpenFlag && !isKnown(last) && isBegun(last) ? 'unclear' : 'spaced';
  if (takesValue(last)) {
    const startsAnother = !awaitsValue(last) && kubeletArguments([first]) !== undefined;
    if (startsAnother || !areArguments(rest)) return 'other';
    return first.startsWith('-') && !/^-\d/.test(first) ? 'unclear' : 'spaced';
  }
  if (isOpenFlag) return first.startsWith('=') ? 'unclear' : 'other';
  return areArguments(rest) ? 'glued' : 'other';
}

export const wordsOf = (line: string): readonly string[] => splitWords(line).words;

/** The name of a flag as the kubelet knows it. */
export const nameOf = (word: string): string =>
  word.startsWith('--') ? withoutValue(word.slice(2)).replaceAll('_', '-') : '';

/** A flag without its value, which may be a secret. */
export const withoutValue = (word: string): string => word.replace(/=.*/s, '');

export const startsFlag = (word: string): boolean => /^--[a-zA-Z]/.test(word) || /^-v(?:=|\d|$)/.test(word);

/** Whether the next word is the value of this one. */
export const awaitsValue = (word: string): boolean =>
  word === '-v' || (!word.includes('=') && typeOfFlag(nameOf(word)) === 'value');

const isKnown = (word: string): boolean => typeOfFlag(nameOf(word)) !== 'unknown';

/**
 * Flags with their values, and no other word. Most flags are known, as those of another program are not; the last word may be the beginning of one.
 */
function areArguments(words: readonly string[]): boolean {
  const flags = words.filter(startsFlag);
  const last = words.at(-1) ?? '';
  const known = flags.filter((word) => word.startsWith('-v') || isKnown(word) || (word === last && isBegun(word)));

  return (
    known.length * 2 >= flags.length &&
    words.every(
      (word, at) => startsFlag(word) || takesValue(words[at - 1] ?? '') || (word === last && /^--?$/.test(word)),
    )
  );
}

const isBegun = (word: string): boolean => !word.includes('=') && beginsLongerFlag(nameOf(word));

/** Whether the next word may be its value; of flags in no list that is not known. */
const takesValue = (word: string): boolean =>
  awaitsValue(word) || (startsFlag(word) && !word.includes('=') && !isKnown(word));
