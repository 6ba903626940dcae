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

/** How an expression begins or ends that is written as a text: for the rules of a template, a document or a schema. */
const anchored = /^\^|[^\\]\$$/;

/**
 * Every regular expression of the program and of infra, also one that is written as a text. What a text makes at run time, nobody can check here: those places
 * are listed apart.
 */
export function expressions(): { readonly found: readonly FoundExpression[]; readonly madeOfText: readonly string[] } {
  const found = new Map<string, FoundExpression>();
  const madeOfText: string[] = [];
  for (const file of globSync('{lambda,infra}/**/*.ts', { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8');
    const at = (start: number) => `${file}:${text.slice(0, start).split('\n').length}`;
    const keep = (source: string, flags: string, start: number) => {
      found.set(`${source}/${flags}`, { source, flags, at: at(start) });
    };
    const keepText = (value: string, start: number) => {
      if (value.length > 3 && anchored.test(value)) keep(value, '', start);
    };
    const made = (callee: object, start: number) => {
      if ('name' in callee && callee.name === 'RegExp') madeOfText.push(at(start));
    };
    new Visitor({
      Literal(node) {
        if ('regex' in node) keep(node.regex.pattern, node.regex.flags, node.start);
        else if (typeof node.value === 'string') keepText(node.value, node.start);
      },
      TemplateLiteral({ quasis: [only, ...others], start }) {
        if (only && others.length === 0) keepText(only.value.raw, start);
      },
      NewExpression: ({ callee, start }) => made(callee, start),
      CallExpression: ({ callee, start }) => made(callee, start),
    }).visit(parseSync(file, text).program);
  }
  return { found: [...found.values()], madeOfText };
}

/** Every expression in a template, a document or a schema: the values of the members that hold one. */
export function patternsIn(value: unknown, at: string): readonly FoundExpression[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    /^(?:allowed)?pattern$/i.test(name) && typeof member === 'string'
      ? [{ source: member, flags: '', at: `${at}.${name}` }]
      : patternsIn(member, `${at}.${name}`),
  );
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
