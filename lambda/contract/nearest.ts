import { distance } from 'fastest-levenshtein';

/** No name is longer: a long text that was pasted by mistake must not cost time. */
const longestWord = 100;

/**
 * The known words, those first that need the fewest letters changed to become `word`; upper and lower case are alike.
 * @param common what the known words begin with, and people leave out
 */
export const byLikeness = (word: string, known: readonly string[], common = ''): readonly string[] =>
  known
    .map((name) => ({ name, far: slips(word.replace(common, ''), name.replace(common, '')) }))
    .toSorted((one, other) => one.far - other.far)
    .map(({ name }) => name);

/** The one that was probably meant: within three slips of the finger, of a short word fewer. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = byLikeness(word, known);
  return best !== undefined && slips(word, best) <= Math.min(3, best.length / 2) ? best : undefined;
}

/** `did you mean fail?`, or what to do where nothing is near. */
export function didYouMean(word: string, known: readonly string[], otherwise: string): string {
  const meant = nearest(word, known);
  return meant === undefined ? otherwise : `did you mean ${meant}?`;
}

/** The known word, whatever the case of its letters. */
export const wordAmong = <T extends string>(word: string, known: readonly T[]): T | undefined =>
  known.find((each) => each.toLowerCase() === word.toLowerCase());

/** Why a word is refused that is not one of the known ones. */
export const refusedWord = (word: string, known: readonly string[]): string =>
  [`'${word}' is not one of ${known.join(', ')}`, didYouMean(word, known, '')].filter(Boolean).join('; ');

const slips = (word: string, name: string): number =>
  distance(word.slice(0, longestWord).toLowerCase(), name.toLowerCase());
