import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { scriptPart, tight } from '../../../../infra/documents/remediation/remediate-kubelet.ts';
import { settings } from '../../../../lambda/core/model/settings.ts';
import { isInstalled } from '../is-installed.ts';

const folder = mkdtempSync(join(tmpdir(), 'remediate-settings-'));
const program = join(folder, 'settings.awk');
// As it is deployed, without the blanks that it can do without.
writeFileSync(program, scriptPart('settings.awk').split('\n').map(tight).join('\n'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const awks = [
  ['awk', ['awk']],
  ['mawk', ['mawk']],
  ['gawk', ['gawk', '--posix']],
  ['busybox', ['busybox', 'awk']],
] as const;

type Format = 'json' | 'yaml';
interface Task {
  readonly mode: 'get' | 'set' | 'flat';
  readonly format: Format;
  readonly path?: string;
  readonly value?: string;
}

function run(text: string, { mode, format, path = '', value = '' }: Task, awk: readonly string[] = ['awk']) {
  const file = join(folder, 'config');
  writeFileSync(file, text);
  const [command = 'awk', ...options] = awk;
  const variables = { mode, format, path, value, newline: text.endsWith('\n') ? '1' : '0' };
  const { stdout, stderr, status } = spawnSync(
    command,
    [
      ...options,
      ...Object.entries(variables).flatMap(([name, each]) => ['-v', `${name}=${each}`]),
      '-f',
      program,
      file,
    ],
    { encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C' } },
  );
  expect(stderr).toBe('');
  return { text: stdout, status };
}

const ca = 'authentication.x509.clientCAFile';
const caValue = { json: '"/etc/kubernetes/pki/ca.crt"', yaml: '/etc/kubernetes/pki/ca.crt' } as const;
const setCa = (text: string, format: Format, awk?: readonly string[]) =>
  run(text, { mode: 'set', format, path: ca, value: caValue[format] }, awk);

/** A setting and everything above it that was missing, put into a copy. */
function withSetting(tree: unknown, path: string, value: unknown): unknown {
  const [key = '', ...rest] = path.split('.');
  const base = typeof tree === 'object' && tree !== null ? (tree as Record<string, unknown>) : {};
  return { ...base, [key]: rest.length === 0 ? value : withSetting(base[key], rest.join('.'), value) };
}

describe.each(awks.filter(([, [command]]) => isInstalled(command)))('with %s, the client CA', (_, awk) => {
  it.each<[string, Format, string, string]>([
    [
      'into an empty map',
      'json',
      '{"a": {}, "authentication": {}}',
      '{"a": {}, "authentication": {"x509": {"clientCAFile": "@"}}}',
    ],
    [
      'beside what is there',
      'json',
      '{\n  "authentication": {\n    "x": 1\n  }\n}\n',
      '{\n  "authentication": {\n    "x": 1,\n    "x509": {"clientCAFile": "@"}\n  }\n}\n',
    ],
    [
      'with tabs, as others do',
      'json',
      '{\n\t"kind": "K"\n}',
      '{\n\t"kind": "K",\n\t"authentication": {"x509": {"clientCAFile": "@"}}\n}',
    ],
    [
      'behind others on their line',
      'json',
      '{"authentication": {"x": 1, "y": 2}}',
      '{"authentication": {"x": 1, "y": 2, "x509": {"clientCAFile": "@"}}}',
    ],
    [
      'into an empty map on a line of its own',
      'json',
      '{\n  "authentication": {\n    "x509": {}\n  }\n}',
      '{\n  "authentication": {\n    "x509": {"clientCAFile": "@"}\n  }\n}',
    ],
    ['into one line', 'json', '{"kind":"K"}', '{"kind":"K","authentication":{"x509":{"clientCAFile":"@"}}}'],
    [
      'in place of null',
      'json',
      '{ "authentication": { "x509": null } }',
      '{ "authentication": { "x509": {"clientCAFile": "@"} } }',
    ],
    [
      'in place of another path',
      'json',
      '{"authentication": {"x509": {"clientCAFile" : "/a\\"b"}}}',
      '{"authentication": {"x509": {"clientCAFile" : "@"}}}',
    ],
    [
      'below its key',
      'yaml',
      'authentication:\n    x509:  # c\n    webhook: {}\nz: 1\n',
      'authentication:\n    x509:  # c\n      clientCAFile: @\n    webhook: {}\nz: 1\n',
    ],
    [
      'at the end',
      'yaml',
      'kind: K\nlist:\n- a: b\n  c: d',
      'kind: K\nlist:\n- a: b\n  c: d\nauthentication:\n  x509:\n    clientCAFile: @',
    ],
    [
      'before a comment',
      'yaml',
      'authentication:\n  x509:\n    clientCAFile:   # none\n',
      'authentication:\n  x509:\n    clientCAFile: @   # none\n',
    ],
    [
      'between quotes',
      'yaml',
      "authentication: {}\nq: 'it # is'\n",
      "authentication:\n  x509:\n    clientCAFile: @\nq: 'it # is'\n",
    ],
  ])('is put %s, and the rest stays byte for byte', (_, format, before, after) => {
    expect(setCa(before, format, awk)).toEqual({ text: after.replace('@', '/etc/kubernetes/pki/ca.crt'), status: 0 });
  });
});

/** Whether two texts are the same but for one stretch, which is short in the old one: a value, or nothing. */
function isOnePlace(before: string, after: string): boolean {
  let head = 0;
  while (head < before.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < before.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return before.length - head - tail <= 40;
}

/** Keys that stand for all others, besides those that are looked for. */
const keys = fc.constantFrom(
  'address',
  'kind',
  'evictionHard',
  'memory.available',
  'x',
  'clusterDNS',
  'authentication',
  'x509',
  'webhook',
  'authorization',
  'mode',
  'anonymous',
  'enabled',
  'featureGates',
);
const scalars = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.constant(null),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('4h0m0s', '/etc/ca.crt', '10%', ''),
);
const trees = fc.letrec((tie) => ({
  tree: fc.dictionary(
    keys,
    fc.oneof(
      { weight: 3, arbitrary: scalars },
      { weight: 2, arbitrary: tie('tree') },
      { weight: 1, arbitrary: fc.array(scalars, { maxLength: 3 }) },
    ),
    { maxKeys: 5 },
  ),
})).tree as fc.Arbitrary<Record<string, unknown>>;
const paths = fc.constantFrom(...Object.keys(settings));

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('whatever the file holds', () => {
  it('a JSON text is edited as a JSON library would, or refused and left alone', () => {
    fc.assert(
      fc.property(trees, paths, fc.constantFrom(undefined, 2, 4, '\t'), (tree, path, indent) => {
        const text = JSON.stringify({ kind: 'K', ...tree }, null, indent);
        const { text: edited, status } = run(text, { mode: 'set', format: 'json', path, value: 'false' });

        if (status !== 0) expect(edited).toMatch(/^refused (not-a-map|not-a-scalar|spelling)\n$/);
        else {
          expect(JSON.parse(edited)).toEqual(withSetting({ kind: 'K', ...tree }, path, false));
          expect(isOnePlace(text, edited)).toBe(true);
          expect(run(edited, { mode: 'get', format: 'json', path }).text).toBe('other false\n');
        }
      }),
      { numRuns: 100 },
    );
  });

  it('a text of which a JSON library can make nothing is refused, and never edited', () => {
    let refused = 0;
    const damage = fc.record({
      at: fc.nat(),
      taken: fc.integer({ min: 0, max: 2 }),
      put: fc.constantFrom('', '{', '}', '[', ']', ':', ',', '"', '\\', 'x', '1', ' '),
    });
    fc.assert(
      fc.property(trees, paths, damage, (tree, path, { at, taken, put }) => {
        const whole = JSON.stringify({ kind: 'K', ...tree }, null, 2);
        // Behind the first brace, by which it is known for JSON.
        const place = 1 + (at % whole.length);
        const text = whole.slice(0, place) + put + whole.slice(place + taken);
        if (isJson(text)) return;

        refused += 1;
        const { text: edited, status } = run(text, { mode: 'set', format: 'json', path, value: 'false' });
        expect({ edited, status }).toEqual({ edited: expect.stringMatching(/^refused [a-z-]+\n$/), status: 3 });
      }),
      { numRuns: 250 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('a YAML text is edited as a YAML library would, or refused and left alone', () => {
    let editedCount = 0;
    fc.assert(
      fc.property(trees, paths, (tree, path) => {
        const text = stringify({ kind: 'K', ...tree }, { version: '1.1' });
        const { text: edited, status } = run(text, { mode: 'set', format: 'yaml', path, value: 'false' });

        if (status !== 0) expect(edited).toMatch(/^refused [a-z-]+\n$/);
        else {
          editedCount += 1;
          expect(parse(edited, { version: '1.1' })).toEqual(withSetting(parse(text, { version: '1.1' }), path, false));
        }
      }),
      { numRuns: 100 },
    );
    expect(editedCount).toBeGreaterThan(12);
  });

  it('any text at all is refused or read, never half of it, and the reader ends', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            '{',
            '}',
            '[',
            ']',
            '"',
            ':',
            ',',
            '\n',
            ' ',
            '-',
            '#',
            "'",
            'a',
            'x509',
            '\\',
            '1',
            '&',
            '|',
          ),
          maxLength: 40,
        }),
        (text) => {
          const format = /^[ \t\n]*\{/.test(text) ? 'json' : 'yaml';
          const { text: said, status } = run(text, { mode: 'get', format, path: ca });

          if (status === 3) expect(said).toMatch(/^refused [a-z-]+\n$/);
          else {
            expect(status).toBe(0);
            expect(said).toMatch(/^(absent|null|null-above|string .*|other .*|object)\n$/);
            if (format === 'json') expect(() => JSON.parse(text)).not.toThrow();
          }
        },
      ),
      { numRuns: 120 },
    );
  });

  it.each<[string, Format, string]>([
    ['two spellings', 'json', '{"authentication": {}, "Authentication": {}}'],
    ['a key that is spelled with escapes', 'json', '{"\\u0061uthentication": {}}'],
    ['something after its end', 'json', '{} {}'],
    ['a comma too many', 'json', '{"a": 1,}'],
    ['a number that is none', 'json', '{"a": 01}'],
    ['a list', 'json', '[]'],
    ['nests 40 deep', 'json', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`],
    ['a map in flow style above the setting', 'yaml', 'authentication: {x509: {clientCAFile: ""}}\n'],
    ['an alias', 'yaml', 'a: &a 1\nb: *a\n'],
    ['a tag', 'yaml', 'a: !!str 1\n'],
    ['a merge key', 'yaml', 'a: {}\n<<: {}\n'],
    ['a text over several lines', 'yaml', 'a: "b\n  authentication: c"\n'],
    ['a plain text over several lines', 'yaml', 'a: b\n  c\n'],
    ['a key without a colon', 'yaml', 'authentication\n'],
    ['two keys of one name', 'yaml', 'a: 1\na: 2\n'],
    ['children at two depths', 'yaml', 'a:\n    b: 1\n  c: 2\n'],
  ])('a file with %s is refused', (_, format, text) => {
    expect(setCa(text, format)).toMatchObject({ status: 3, text: expect.stringMatching(/^refused [a-z-]+\n$/) });
  });
});
