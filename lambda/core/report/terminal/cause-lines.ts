import { allOf, howMany } from '../../model/text/words.ts';
import { columns, hanging } from '../../model/text/wrap.ts';
import { byCause, type Cause, messageOf, type Placed, placesOf } from '../by-cause.ts';
import { plain } from '../not-looked-at.ts';

export interface CauseLinesOptions {
  readonly width: number;
  /** Before each cause, such as `  ! `. */
  readonly head: string;
  /** Names every place. */
  readonly verbose?: boolean;
  /** The number of clusters of the run: what all of them have needs no names. */
  readonly all?: number;
}

/** Messages of one code and remedy that are still said one by one. */
const mostMessages = 3;

/** A line for each cause, with its places; below it what to do. A remedy that the next cause shares is said once, below the last of them. */
export function causeLines(
  placed: readonly Placed[],
  { width, head, verbose, all }: CauseLinesOptions,
): readonly string[] {
  const causes = byCause(placed, verbose ? undefined : mostMessages);
  const arrow = `${' '.repeat(columns(head))}→ `;
  return causes.flatMap((cause, index) => {
    const { remedy } = cause.first;
    const isShared = causes[index + 1]?.first.remedy === remedy;
    return [
      hanging(head, plain(causeText(cause, { verbose, all })), width),
      ...(remedy === '' || isShared ? [] : [hanging(arrow, plain(remedy), width)]),
    ];
  });
}

/** `47 clusters: the API server does not accept the credentials: payments, legacy, vault and 44 more` */
function causeText(
  cause: Cause<Placed>,
  { verbose, all }: { readonly verbose: boolean | undefined; readonly all: number | undefined },
): string {
  const { first, isExample } = cause;
  const places = new Set(cause.all.flatMap(({ where }) => where || []));
  if (places.size < 2) return [...places, first.message].join(': ');
  if (places.size === all && !isExample && !verbose) return `${allOf(places.size, 'cluster')}: ${first.message}`;
  if (isExample && !verbose) return `${placeCount(places)}, ${messageOf(cause)}`;
  return `${placeCount(places)}: ${first.message}: ${placesOf(cause, verbose ? places.size : undefined)}`;
}

/** `15 clusters` */
export const placeCount = (places: ReadonlySet<string>): string => howMany(places.size, unitOf(places));

/** What the places are: a name of three parts is a cluster's, one of twelve digits an account. */
function unitOf(places: ReadonlySet<string>): string {
  const all = [...places];
  if (all.every((each) => /^(?:account )?\d{12}$/.test(each))) return 'account';
  if (all.every((each) => /^(?:account )?\d{12}(?:\/|, )[a-z\d-]+$/.test(each))) return 'account-Region';
  if (all.every((each) => /^[a-z]{2}(?:-[a-z]+)+-\d+$/.test(each))) return 'Region';
  return all.some((each) => /^\d{12}$|^account /.test(each)) ? 'place' : 'cluster';
}
