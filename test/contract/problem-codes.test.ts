import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasCode, problemCodes } from '../../lambda/contract/problem-codes.ts';

const home = 'lambda/contract/problem-codes.ts';
const program = globSync('lambda/**/*.ts')
  .filter((file) => file !== home)
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/** `'api-unreachable'`, in lower case: the codes of Node and of the API server's answers are in upper case. */
const word = "'([a-z][a-z0-9-]*)'";
const written = (...patterns: readonly string[]): readonly string[] =>
  patterns.flatMap((each) => [...program.matchAll(new RegExp(each, 'g'))].flatMap(([, ...codes]) => codes));

describe('the codes of problems', () => {
  it('are in the list wherever the program writes one', () => {
    const codes = written(
      String.raw`\bcode(?::|\s=)\s*${word}(?! in )`,
      String.raw`\bcode: [^,;'\n]*\?\s*${word}\s*:\s*${word}`,
      String.raw`\b(?:forbidden|other): \[\s*${word}`,
      String.raw`OperatorError\(\s*${word}`,
      String.raw`OperatorError\([^,;'\n]*\n?[^,;'\n]*\?\s*${word}\s*:\s*${word}`,
    );
    expect(codes.length).toBeGreaterThan(100);
    expect([...new Set(codes)].filter((code) => !problemCodes.some((each) => each === code))).toEqual([]);
  });

  it('are compared by hasCode, which takes no other word', () => {
    expect(written(String.raw`\bcode (?:===|!==) '([a-z0-9]+-[a-z0-9-]+)'`)).toEqual([]);
    expect(
      ['api-unreachable', 'nodes-unread', 'else'].map((code) => hasCode('nodes-unread', 'api-unreachable')({ code })),
    ).toEqual([true, true, false]);
  });

  it('are each in use, once in the list and in its order', () => {
    // A list that failed is named by what it lists.
    const listed = program.includes('`${plural}-not-listed`') ? written("plural: '([a-z0-9]+)'") : [];
    const used = (code: string) =>
      program.includes(`'${code}'`) || listed.some((each) => `${each}-not-listed` === code);
    expect(problemCodes.filter((code) => !used(code))).toEqual([]);
    expect([...new Set(problemCodes)].toSorted()).toEqual(problemCodes);
  });
});
