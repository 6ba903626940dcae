import { alikeBy } from '../model/alike-by.ts';
import { nameList } from '../model/text/words.ts';

/** Something that happened in one place, as it is said there. */
export interface Placed {
  /** The place by name, such as `111122223333/eu-west-1/payments`; empty for the run as a whole. */
  readonly where: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** Equal things in several places: the first of them, and how many different messages it speaks for. */
export interface Cause<T extends Placed> {
  readonly first: T;
  readonly all: readonly [T, ...T[]];
  /** The other messages differ: the first is an example. */
  readonly isExample: boolean;
}

/**
 * One row for each cause, in the order in which they came: texts that differ only in the names of their own places and in numbers are one. Messages of
 * one code and remedy that differ in more are rows of their own, unless there are more than `most` of them.
 */
export function byCause<T extends Placed>(
  all: readonly T[],
  most: number = Number.POSITIVE_INFINITY,
): readonly Cause<T>[] {
  const byRemedy = alikeBy(all, (each) => `${each.code}\n${withoutNames(each.remedy, each)}`);
  return [...byRemedy.values()].flatMap((alike) => {
    const byMessage = [...alikeBy(alike, (each) => withoutNames(each.message, each)).values()];
    if (byMessage.length > most) return [{ first: alike[0], all: alike, isExample: true }];
    return byMessage.map((same) => ({
      first: same[0],
      all: same,
      isExample: same.some(({ message }) => message !== same[0].message),
    }));
  });
}

/** Names of three characters or more: what is shorter may be part of a word. */
const partOfName = /[^\s/(),]{3,}/g;

function withoutNames(text: string, { where }: Placed): string {
  if (where === '') return text;
  const names = (where.match(partOfName) ?? []).toSorted((one, other) => other.length - one.length);
  const general = names.reduce((left, name) => left.replaceAll(name, '*'), text);
  return general.replace(/\b\d+( [a-z]+?)?s?\b/g, '#$1');
}

/** Places that are named of one cause; the rest is counted. */
const mostPlaces = 3;

/** The names of the places, the first few or all. */
export const placesOf = ({ all }: Cause<Placed>, most = mostPlaces): string =>
  nameList([...new Set(all.flatMap(({ where }) => where || []))], most);

/** The message; of several that differ, one of them with its place. */
export const messageOf = ({ first, isExample }: Cause<Placed>): string =>
  `${isExample ? `such as ${first.where}: ` : ''}${first.message}`;
