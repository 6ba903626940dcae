import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { check } from 'recheck';
import { patience } from '../patience.ts';

const root = join(import.meta.dirname, '../..');

export interface FoundExpression {
  readonly source: string;
  readonly flags: string;
  /** `lambda/core/…/file.ts:12` */
  readonly at: string;
}

/** Every regular expression of the program, and the places where one is made of a text, which nobody can check. */
export function expressions(): { readonly found: readonly FoundExpression[]; readonly madeOfText: readonly string[] } {
  const found = new Map<string, FoundExpression>();
  const madeOfText: string[] = [];
  for (const file of globSync('lambda/**/*.ts', { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8');
    const at = (start: number) => `${file}:${text.slice(0, start).split('\n').length}`;
    const made = (callee: object, start: number) => {
      if ('name' in callee && callee.name === 'RegExp') madeOfText.push(at(start));
    };
    new Visitor({
      Literal(node) {
        if (!('regex' in node)) return;
        const { pattern, flags } = node.regex;
        found.set(`${pattern}/${flags}`, { source: pattern, flags, at: at(node.start) });
      },
      NewExpression: ({ callee, start }) => made(callee, start),
      CallExpression: ({ callee, start }) => made(callee, start),
    }).visit(parseSync(file, text).program);
  }
  return { found: [...found.values()], madeOfText };
}

/** What is wrong with an expression: text can hold it, or the checker came to no answer. */
export async function faultOf({ source, flags, at }: FoundExpression): Promise<readonly string[]> {
  // No limit of time ends a step of the search, and it begins with one seed: the answer is the same on every machine.
  const unlimited = { incubationTimeout: null, mutationTimeout: null, seedingTimeout: null, attackTimeout: null };
  const answer = await check(source, flags, { timeout: 60_000 * patience, randomSeed: 0, ...unlimited });
  if (answer.status === 'safe') return [];
  const because =
    answer.status === 'vulnerable' ? `${answer.complexity.summary}: ${answer.attack.pattern}` : answer.error.kind;
  return [`${at} /${source}/${flags}: ${because}`];
}
