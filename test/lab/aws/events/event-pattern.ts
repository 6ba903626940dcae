import { isRecord } from '../../wire/is-record.ts';

/** An EventBridge event pattern: the names of fields, and in each leaf a list of which one must fit. */
export type EventPattern = Readonly<Record<string, unknown>>;

/**
 * Whether an event matches a pattern, as EventBridge decides it. Fields that the pattern leaves out don't matter, and a list in the event matches
 * when one of its elements does. A pattern of several fields must match within one and the same element. Throws for an invalid pattern.
 */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  if (Object.keys(pattern).length === 0) throw invalid('Empty patterns are not allowed', pattern);
  return matchesObject(pattern, event);
}

function matchesObject(pattern: EventPattern, value: unknown): boolean {
  // Every part is checked, so that a mistake in one is reported for any event.
  return Object.entries(pattern)
    .map(([name, expected]) => {
      if (name === '$or') return matchesAny(expected, value);
      const found = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
      if (Array.isArray(expected)) return matchesLeaf(expected, found);
      if (!isRecord(expected)) throw invalid(`"${name}" must be an object or an array`, expected);
      if (Object.keys(expected).length === 0) throw invalid(`"${name}" must not be empty`, expected);
      return matchesInto(expected, found);
    })
    .every((fits) => fits);
}

/** Into an object, or into any one of a list of them. */
function matchesInto(pattern: EventPattern, value: unknown): boolean {
  if (!Array.isArray(value)) return matchesObject(pattern, value);
  return value.length === 0 ? matchesObject(pattern, undefined) : value.some((each) => matchesInto(pattern, each));
}

function matchesAny(alternatives: unknown, value: unknown): boolean {
  if (!Array.isArray(alternatives) || alternatives.length < 2 || !alternatives.every(isRecord)) {
    throw invalid('"$or" must be a list of two patterns at least', alternatives);
  }
  return alternatives.map((each) => matchesObject(each, value)).some((fits) => fits);
}

function matchesLeaf(matchers: readonly unknown[], value: unknown): boolean {
  if (matchers.length === 0) throw invalid('a list of values must not be empty', matchers);
  const values = leavesOf(value);
  return matchers
    .map((matcher) => {
      const test = matcherOf(matcher);
      return test.kind === 'exists' ? values.length > 0 === test.expected : values.some(test.fits);
    })
    .some((fits) => fits);
}

/** The values that a leaf of a pattern is compared with: an object is no leaf, and a list counts as its elements. */
function leavesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return value === undefined || isRecord(value) ? [] : [value];
}

type Matcher =
  | { readonly kind: 'exists'; readonly expected: boolean }
  | { readonly kind: 'value'; readonly fits: (value: unknown) => boolean };

const onText = (fits: (text: string) => boolean): Matcher => ({
  kind: 'value',
  fits: (value) => typeof value === 'string' && fits(value),
});

function matcherOf(matcher: unknown): Matcher {
  if (!isRecord(matcher)) {
    if (Array.isArray(matcher)) throw invalid('a list within a list is no value', matcher);
    return { kind: 'value', fits: (value) => value === matcher };
  }

  const [[name, operand] = ['', undefined], ...more] = Object.entries(matcher);
  if (more.length > 0) throw invalid('only one key is allowed in a match expression', matcher);
  switch (name) {
    case 'exists':
      if (typeof operand !== 'boolean') throw invalid('"exists" must be true or false', operand);
      return { kind: 'exists', expected: operand };
    case 'anything-but':
      return anythingBut(operand);
    case 'numeric': {
      const fits = numeric(operand);
      return { kind: 'value', fits: (value) => typeof value === 'number' && fits(value) };
    }
    default:
      return onText(textTest(name, operand));
  }
}

function anythingBut(operand: unknown): Matcher {
  if (isRecord(operand)) {
    const [[name, inner] = ['', undefined], ...more] = Object.entries(operand);
    if (more.length > 0) throw invalid('only one key is allowed within "anything-but"', operand);
    const tests = (Array.isArray(inner) ? inner : [inner]).map((each) => textTest(name, each));
    return { kind: 'value', fits: (value) => !(typeof value === 'string' && tests.some((test) => test(value))) };
  }

  const excluded: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  const kinds = new Set(excluded.map((each) => typeof each));
  const plain = kinds.size === 1 && (kinds.has('string') || kinds.has('number'));
  if (!plain) throw invalid('"anything-but" takes texts or numbers', operand);
  return { kind: 'value', fits: (value) => !excluded.includes(value) };
}

function textTest(name: string, operand: unknown): (text: string) => boolean {
  if ((name === 'prefix' || name === 'suffix') && isRecord(operand)) {
    const { 'equals-ignore-case': insensitive, ...more } = operand;
    if (typeof insensitive !== 'string' || Object.keys(more).length > 0) throw invalid(`unknown "${name}"`, operand);
    const test = textTest(name, insensitive.toLowerCase());
    return (text) => test(text.toLowerCase());
  }
  if (typeof operand !== 'string' || operand === '') throw invalid(`"${name}" needs a text that is not empty`, operand);

  switch (name) {
    case 'prefix':
      return (text) => text.startsWith(operand);
    case 'suffix':
      return (text) => text.endsWith(operand);
    case 'equals-ignore-case':
      return (text) => text.toLowerCase() === operand.toLowerCase();
    case 'wildcard': {
      const expression = wildcard(operand);
      return (text) => expression.test(text);
    }
    default:
      throw invalid(`Unrecognized match type ${name}`, operand);
  }
}

/** `*` matches any characters, `\*` and `\\` match `*` and `\`. */
function wildcard(operand: string): RegExp {
  const parts = operand.match(/\\?[\s\S]/g) ?? [];
  if (parts.some((part) => part.length === 2 && part !== '\\*' && part !== '\\\\')) {
    throw invalid('"wildcard" may escape only * and \\', operand);
  }
  if (parts.some((part, index) => part === '*' && parts[index + 1] === '*')) {
    throw invalid('"wildcard" may not hold ** ', operand);
  }
  const source = parts.map((part) =>
    part === '*' ? '.*' : part.slice(-1).replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`),
  );
  return new RegExp(`^${source.join('')}$`, 's');
}

const comparisons: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function numeric(operand: unknown): (value: number) => boolean {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw invalid('"numeric" takes one comparison, or two that make a range', operand);
  }
  const tests = [operand.slice(0, 2), operand.slice(2)]
    .filter(({ length }) => length > 0)
    .map(([comparison, limit]) => {
      const compare = comparisons[String(comparison)];
      if (compare === undefined || typeof limit !== 'number' || Math.abs(limit) > 5e9) {
        throw invalid('"numeric" compares with a number from -5,000,000,000 to 5,000,000,000', operand);
      }
      return (value: number) => compare(value, limit);
    });
  return (value) => tests.every((test) => test(value));
}

function invalid(reason: string, part: unknown): Error {
  return new Error(`event pattern is not valid: ${reason}, unlike ${JSON.stringify(part)}`);
}
