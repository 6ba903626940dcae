import { isRecord } from '../../wire/is-record.ts';

/** An EventBridge event pattern: the names of fields, and in each leaf a list of which one must fit. */
export type EventPattern = Readonly<Record<string, unknown>>;

/** As EventBridge decides it. A pattern of several fields must match within one element of a list. Throws for a matcher but values and `prefix`. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalid('Empty patterns are not allowed', pattern);
  // Every part is checked, so that a mistake in one is reported for any event.
  return entries
    .map(([name, expected]) => {
      const found = isRecord(event) && Object.hasOwn(event, name) ? event[name] : undefined;
      if (Array.isArray(expected)) return matchesLeaf(expected, found);
      if (!isRecord(expected)) throw invalid(`"${name}" must be an object or an array`, expected);
      return matchesInto(expected, found);
    })
    .every((fits) => fits);
}

/** Into an object, or into any one of a list of them. */
function matchesInto(pattern: EventPattern, value: unknown): boolean {
  if (!Array.isArray(value)) return matchesPattern(pattern, value);
  return value.length === 0 ? matchesPattern(pattern, undefined) : value.some((each) => matchesInto(pattern, each));
}

function matchesLeaf(matchers: readonly unknown[], value: unknown): boolean {
  if (matchers.length === 0) throw invalid('a list of values must not be empty', matchers);
  const values = leavesOf(value);
  return matchers.map((matcher) => values.some(matcherOf(matcher))).some((fits) => fits);
}

/** The values that a leaf of a pattern is compared with: an object is no leaf, and a list counts as its elements. */
function leavesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return value === undefined || isRecord(value) ? [] : [value];
}

function matcherOf(matcher: unknown): (value: unknown) => boolean {
  if (!isRecord(matcher)) return (value) => value === matcher;
  const { prefix, ...others } = matcher;
  if (Object.keys(others).length > 0 || typeof prefix !== 'string' || prefix === '')
    throw invalid('the lab knows only a prefix that is not empty; teach event-pattern.ts', matcher);
  return (value) => typeof value === 'string' && value.startsWith(prefix);
}

function invalid(reason: string, part: unknown): Error {
  return new Error(`event pattern is not valid: ${reason}, unlike ${JSON.stringify(part)}`);
}
