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

/** The one that was probably meant, or none where nothing is within three slips of the finger. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = byLikeness(word, known);
  return best !== undefined && slips(word, best) <= 3 ? best : undefined;
}

const slips = (word: string, name: string): number =>
  distance(word.slice(0, longestWord).toLowerCase(), name.toLowerCase());
