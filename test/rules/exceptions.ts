/** A place that a rule names. */
export interface Place {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
}

/** How many places of a rule a file may still have. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

interface Over {
  readonly rule: string;
  readonly file: string;
  readonly lines: readonly number[];
  readonly most: number;
}

/** The files with more places than the list of exceptions allows, and the list as it is now: no count of it ever grows. */
export function compared(places: readonly Place[], allowed: Counts) {
  const over: Over[] = [];
  const counts: Record<string, Record<string, number>> = {};
  for (const [rule, ofRule] of Object.entries(Object.groupBy(places, ({ rule }) => rule))) {
    const now: Record<string, number> = {};
    for (const [file, found = []] of Object.entries(Object.groupBy(ofRule ?? [], ({ file }) => file))) {
      const most = allowed[rule]?.[file] ?? 0;
      if (found.length > most) over.push({ rule, file, lines: found.map(({ line }) => line), most });
      if (most > 0) now[file] = Math.min(most, found.length);
    }
    counts[rule] = now;
  }
  return { over, counts, stale: sumOf(allowed) - sumOf(counts) };
}

const sumOf = (counts: Counts): number =>
  Object.values(counts)
    .flatMap((each) => Object.values(each))
    .reduce((sum, each) => sum + each, 0);
