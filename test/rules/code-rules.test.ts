import { describe, expect, it } from 'vitest';
import { faultsIn } from './code-rules.ts';
import { compared } from './exceptions.ts';

const planted = [
  ['core-is-pure', 'lambda/core/a.ts', "const home = process.env['HOME'];"],
  ['core-is-pure', 'lambda/core/a.ts', 'export const now = () => Date.now();'],
  ['core-is-pure', 'lambda/core/a.ts', 'export const now = () => new Date();'],
  ['core-is-pure', 'lambda/core/a.ts', 'export const get = async () => await fetch(url);'],
  ['core-is-pure', 'lambda/core/a.ts', 'export const later = () => setTimeout(go, 5);'],
  ['core-is-pure', 'lambda/core/a.ts', 'export const dice = () => Math.random();'],
  ['core-is-pure', 'lambda/core/a.ts', "import { randomUUID } from 'node:crypto';"],
  ['core-is-pure', 'lambda/contract/a.ts', 'export const clock = { performance };'],
  ['no-state-of-a-module', 'lambda/core/a.ts', 'let calls = 0;'],
  ['no-state-of-a-module', 'lambda/core/a.ts', 'const calls = { n: 0 };\nexport const count = () => calls.n++;'],
  ['no-state-of-a-module', 'lambda/core/a.ts', 'const seen = new Set();\nexport const see = (a) => seen.add(a);'],
  [
    'no-client-of-a-module',
    'lambda/adapters/a.ts',
    "import { S3Client } from '@aws-sdk/client-s3';\nexport const client = new S3Client({});",
  ],
  [
    'no-client-of-a-module',
    'lambda/adapters/a.ts',
    "import { Agent } from 'undici';\nclass A { static a = new Agent(); }",
  ],
  ['no-packed-spread', 'infra/a.ts', 'export const a = { ...{ b, c }, d };'],
  ['no-split-list', 'lambda/a.ts', "export const words = 'a b c'.split(' ');"],
  ['no-nested-ternary', 'test/a.ts', 'export const a = b ? 1 : c ? 2 : 3;'],
  ['long-line', 'packaging/a.ts', `export const a = '${'x'.repeat(130)}';`],
] as const;

const innocent = [
  ['lambda/core/a.ts', 'export const at = (time) => new Date(time).toISOString();'],
  ['lambda/core/a.ts', 'export const of = (node) => node.process.console;\ninterface A { readonly fetch: Date }'],
  ['lambda/core/a.ts', 'export function count() { const all = new Set(); let n = 0; all.add(n++); return all; }'],
  ['lambda/core/a.ts', 'const named = new WeakMap();\nexport const name = (a) => named.set(a, 1);'],
  ['lambda/adapters/a.ts', "import { Agent } from 'undici';\nexport const agent = () => new Agent();"],
  ['lambda/adapters/a.ts', 'export const now = () => Date.now();'],
  ['lambda/core/a.ts', "export const words = (line) => line.split(' ');"],
  ['lambda/core/a.ts', 'export const a = b ? list.map((c) => (c ? 1 : 2)) : 3;'],
  ['lambda/core/a.ts', `// ${'x'.repeat(150)}\nexport const a = { ...(b && { c }) };`],
] as const;

describe('the rules of the code', () => {
  it.each(planted)('name a fault: %s in %s, %s', (rule, file, text) => {
    expect([...new Set(faultsIn(file, text).map((each) => each.rule))]).toEqual([rule]);
  });

  it.each(innocent)('name nothing that is allowed: %s, %s', (file, text) => {
    expect(faultsIn(file, text)).toEqual([]);
  });
});

describe('the list of exceptions', () => {
  const place = (line: number) => ({ rule: 'long-line', file: 'a.ts', line });

  it('allows as many places as it has, and no more', () => {
    expect(compared([place(1), place(2)], { 'long-line': { 'a.ts': 2 } }).over).toEqual([]);
    expect(compared([place(1), place(2)], { 'long-line': { 'a.ts': 1 } }).over).toEqual([
      { rule: 'long-line', file: 'a.ts', lines: [1, 2], most: 1 },
    ]);
  });

  it('shrinks and never grows', () => {
    const counts = (allowed: number, found: number) =>
      compared(
        Array.from({ length: found }, (_, line) => place(line)),
        { 'long-line': { 'a.ts': allowed } },
      ).counts;
    expect(counts(3, 2)).toEqual({ 'long-line': { 'a.ts': 2 } });
    expect(counts(1, 2)).toEqual({ 'long-line': { 'a.ts': 1 } });
    expect(compared([place(1)], {}).counts).toEqual({ 'long-line': {} });
  });
});
