import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { remediationPart, tight } from '../../../../infra/documents/remediation/remediate-kubelet.ts';
import { settings } from '../../../../lambda/core/model/settings.ts';
import { seconds } from '../../../patience.ts';
import { temporaryFolder } from '../../../temporary-folder.ts';
import { isInstalled } from '../is-installed.ts';

const folder = temporaryFolder();
const program = join(folder, 'settings.awk');
// As it is deployed, without the blanks that it can do without.
writeFileSync(program, remediationPart('settings.awk').split('\n').map(tight).join('\n'));

const awks = [
  ['awk', ['awk']],
  ['mawk', ['mawk']],
  ['gawk', ['gawk', '--posix']],
  ['busybox', ['busybox', 'awk']],
] as const;

/** The properties try hundreds of files: gawk takes four times as long to start. */
const fastest = [isInstalled('mawk') ? 'mawk' : 'awk'];

type Format = 'json' | 'yaml';
interface Task {
  readonly text: string;
  readonly mode: 'get' | 'set' | 'flat';
  readonly format: Format;
  readonly path: string;
  readonly value?: string;
  readonly without?: string;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** What the program prints of each, by one shell for all: to start a process takes Node ten times as long. */
function runAll<Each extends Task>(tasks: readonly Each[], awk: readonly string[] = fastest) {
  const lines = tasks.map(({ text, mode, format, path, value = '', without = '' }, index) => {
    writeFileSync(join(folder, `config-${index}`), text);
    const variables = { mode, format, path, value, without, newline: text.endsWith('\n') ? '1' : '0' };
    const given = Object.entries(variables).flatMap(([name, each]) => ['-v', `${name}=${each}`]);
    const words = [...awk, ...given, '-f', program, `config-${index}`].map(quoted).join(' ');
    return `${words} >out-${index} && echo 0 || echo $?\n`;
  });
  const { stdout, stderr } = spawnSync('sh', ['-s'], {
    cwd: folder,
    // They only end a program that loops for ever.
    input: `ulimit -t 2\n${lines.join('')}`,
    timeout: seconds(120),
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  expect(stderr).toBe('');
  const statuses = stdout.trim().split('\n').map(Number);
  return tasks.map((task, index) => {
    const out = readFileSync(join(folder, `out-${index}`), 'utf8');
    return { ...task, out, status: statuses[index] };
  });
}

const ca = 'authentication.x509.clientCAFile';
const formatOf = (text: string): Format => (/^[ \t\n]*[{[]/.test(text) ? 'json' : 'yaml');
/** The path of the client CA, written into this text. */
function settingCa(text: string): Task {
  const format = formatOf(text);
  const file = '/etc/kubernetes/pki/ca.crt';
  return { text, mode: 'set', format, path: ca, value: format === 'json' ? `"${file}"` : file };
}

/** A setting and everything above it that was missing, put into a copy. */
function withSetting(tree: unknown, path: string, value: unknown): unknown {
  const [key = '', ...rest] = path.split('.');
  const base = typeof tree === 'object' && tree !== null ? (tree as Record<string, unknown>) : {};
  return { ...base, [key]: rest.length === 0 ? value : withSetting(base[key], rest.join('.'), value) };
}

/** `@` is the path of the CA. */
const edits: readonly (readonly [where: string, before: string, after: string])[] = [
  [
    'with tabs, as others do',
    '{\n\t"kind": "K"\n}',
    '{\n\t"kind": "K",\n\t"authentication": {"x509": {"clientCAFile": "@"}}\n}',
  ],
  ['into one line', '{"kind":"K"}', '{"kind":"K","authentication":{"x509":{"clientCAFile":"@"}}}'],
  [
    'beside others on one line',
    '{"kind": "K", "a": 1}',
    '{"kind": "K", "a": 1, "authentication": {"x509": {"clientCAFile": "@"}}}',
  ],
  ['behind a blank', '{ "kind":"K" }', '{ "kind":"K", "authentication":{"x509":{"clientCAFile":"@"}} }'],
  [
    'below its key',
    'authentication:\n    x509:  # c\n    webhook: {}\nz: 1\n',
    'authentication:\n    x509:  # c\n      clientCAFile: @\n    webhook: {}\nz: 1\n',
  ],
  [
    'at the end',
    'kind: K\nlist:\n- a: b\n  c: d',
    'kind: K\nlist:\n- a: b\n  c: d\nauthentication:\n  x509:\n    clientCAFile: @',
  ],
  [
    'before a comment',
    'authentication:\n  x509:\n    clientCAFile:   # none\n',
    'authentication:\n  x509:\n    clientCAFile: @   # none\n',
  ],
  [
    'between quotes',
    "authentication: {}\nq: 'it # is'\n",
    "authentication:\n  x509:\n    clientCAFile: @\nq: 'it # is'\n",
  ],
];

describe.each(awks.filter(([, [command]]) => isInstalled(command)))('with %s, the client CA', (_, awk) => {
  // In a test, so that it is one that fails.
  let edited: ReturnType<typeof runAll> | undefined;

  it.each(edits.map(([where, , after], index) => [where, after, index] as const))(
    'is put %s, and the rest stays byte for byte',
    (_, after, index) => {
      edited ??= runAll(
        edits.map(([, before]) => settingCa(before)),
        awk,
      );
      expect(edited[index]).toMatchObject({ out: after.replace('@', '/etc/kubernetes/pki/ca.crt'), status: 0 });
    },
  );
});

it.each([
  ['{"authentication":{"x509":{"clientCAFile":"/a","b":1}},"c":2}', 'authentication.x509.b\nc'],
  ['{"authentication":{"x509":{}},"x509":{},"c":2}', 'x509\nc'],
  ['authentication: {}\nz: {}\n', 'z'],
  ['authentication:\nz:\n', 'z'],
  ['authentication: of another kind\n', 'authentication'],
])('%j without the client CA has only what an edit of it leaves alone', (text, left) => {
  const [flat] = runAll([{ text, mode: 'flat', format: formatOf(text), path: '', without: ca }]);
  const names = flat?.out.split('\n').filter(Boolean);
  expect(names?.map((each) => each.split('\t').slice(0, -1).join('.')).join('\n')).toBe(left);
});

it.each([
  ['a.b', 'absent'],
  ['c', 'null'],
  ['c.d', 'null-above'],
  ['e', 'string x'],
  ['f', 'other 1'],
  ['g', 'object'],
  ['g.h', 'object'],
  ['g.h.i', 'absent'],
  ['f.i', 'refused not-a-map'],
])('%s is read as %s, in both formats', (path, said) => {
  const tree = { c: null, e: 'x', f: 1, g: { h: {} } };
  const texts = [JSON.stringify(tree), stringify(tree)];
  const read = runAll(texts.map((text): Task => ({ text, mode: 'get', format: formatOf(text), path })));
  expect(read.map(({ out }) => out)).toEqual([`${said}\n`, `${said}\n`]);
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

/** So many at a time, as one shell reads them. */
const fifty = <Each>(each: fc.Arbitrary<Each>) => fc.array(each, { minLength: 50, maxLength: 50 });
const isRefused = /^refused [a-z-]+\n$/;

describe('whatever the file holds', () => {
  it('a JSON text is edited as a JSON library would, or refused and left alone', () => {
    const cases = fc.record({ tree: trees, path: paths, indent: fc.constantFrom(undefined, 2, 4, '\t') });
    fc.assert(
      fc.property(fifty(cases), (some) => {
        const set = { mode: 'set', format: 'json', value: 'false' } as const;
        const tasks = some.map(({ tree, path, indent }) => {
          return { ...set, path, tree, text: JSON.stringify({ kind: 'K', ...tree }, null, indent) };
        });
        const done = runAll(tasks);
        for (const { out } of done.filter(({ status }) => status !== 0))
          expect(out).toMatch(/^refused (not-a-map|not-a-scalar|spelling)\n$/);
        const edited = done.filter(({ status }) => status === 0);
        for (const { text, out, path, tree } of edited) {
          expect(JSON.parse(out)).toEqual(withSetting({ kind: 'K', ...tree }, path, false));
          expect(isOnePlace(text, out)).toBe(true);
        }
        const again = runAll(edited.map(({ out, path }): Task => ({ text: out, mode: 'get', format: 'json', path })));
        for (const { out } of again) expect(out).toBe('other false\n');
      }),
      { numRuns: 2 },
    );
  });

  it('a JSON text without any stretch of it is edited as a JSON library would, or refused where that can make nothing of it', () => {
    const whole = String.raw`,"a":{"b":"\\","c":[1]},"d":{}}`;
    const places = Array.from({ length: whole.length + 1 }, (_, place) => place);
    const cuts = places.flatMap((from) => places.slice(from).map((to) => whole.slice(0, from) + whole.slice(to)));
    const tasks = [...new Set(cuts)].map(
      (cut): Task => ({ text: `{"kind":"K"${cut}`, mode: 'set', format: 'json', path: 'z.z', value: '1' }),
    );
    for (const { text, out } of runAll(tasks)) {
      // One of two keys, and one with an escape, are left to a person.
      const isEdited = isJson(text) && !/^refused (?:duplicate|odd)-key\n$/.test(out);
      const wanted = isEdited ? withSetting(JSON.parse(text), 'z.z', 1) : expect.stringMatching(isRefused);
      expect([text, isEdited && isJson(out) ? JSON.parse(out) : out]).toEqual([text, wanted]);
    }
  });

  it('a text of which a JSON library can make nothing is refused, and never edited', () => {
    let refused = 0;
    const cases = fc.record({
      tree: trees,
      path: paths,
      at: fc.nat(),
      taken: fc.integer({ min: 0, max: 2 }),
      put: fc.constantFrom('', '{', '}', '[', ']', ':', ',', '"', '\\', 'x', '1', ' '),
    });
    fc.assert(
      fc.property(fifty(cases), (some) => {
        const tasks = some.map(({ tree, path, at, taken, put }): Task => {
          const whole = JSON.stringify({ kind: 'K', ...tree }, null, 2);
          // Behind the first brace, by which it is known for JSON.
          const place = 1 + (at % whole.length);
          const text = whole.slice(0, place) + put + whole.slice(place + taken);
          return { text, mode: 'set', format: 'json', path, value: 'false' };
        });
        for (const { text, out, status } of runAll(tasks.filter(({ text: each }) => !isJson(each)))) {
          refused += 1;
          expect({ text, out, status }).toEqual({ text, out: expect.stringMatching(isRefused), status: 3 });
        }
      }),
      { numRuns: 5 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('a YAML text is edited as a YAML library would, or refused and left alone', () => {
    let editedCount = 0;
    fc.assert(
      fc.property(fifty(fc.record({ tree: trees, path: paths })), (some) => {
        const tasks = some.map(({ tree, path }): Task => {
          const text = stringify({ kind: 'K', ...tree }, { version: '1.1' });
          return { text, mode: 'set', format: 'yaml', path, value: 'false' };
        });
        for (const { text, path, out, status } of runAll(tasks)) {
          if (status !== 0) expect(out).toMatch(isRefused);
          else {
            editedCount += 1;
            expect(parse(out, { version: '1.1' })).toEqual(withSetting(parse(text, { version: '1.1' }), path, false));
          }
        }
      }),
      { numRuns: 2 },
    );
    expect(editedCount).toBeGreaterThan(12);
  });

  it('any text at all is refused or read, never half of it, and the reader ends', () => {
    const pieces = [...'{}[]":,\n -#\'a\\1&|', 'x509'];
    fc.assert(
      fc.property(fifty(fc.string({ unit: fc.constantFrom(...pieces), maxLength: 40 })), (texts) => {
        const tasks = texts.map((text): Task => {
          return { text, mode: 'get', format: /^[ \t\n]*\{/.test(text) ? 'json' : 'yaml', path: ca };
        });
        for (const { text, format, out, status } of runAll(tasks)) {
          if (status === 3) expect(out).toMatch(isRefused);
          else {
            expect(status).toBe(0);
            expect(out).toMatch(/^(absent|null|null-above|string .*|other .*|object)\n$/);
            if (format === 'json') expect(() => JSON.parse(text)).not.toThrow();
          }
        }
      }),
      { numRuns: 3 },
    );
  });

  const wrong: Readonly<Record<string, string>> = {
    'two spellings': '{"authentication": {}, "Authentication": {}}',
    'two spellings, the right one last': '{"Authentication": {}, "authentication": {}}',
    'a key that is spelled with escapes': '{"\\u0061uthentication": {}}',
    'a key with escapes alone, in a map that is not closed': '{"a": {"\\u0061"}',
    'something after its end': '{} {}',
    'a comma too many': '{"a": 1,}',
    'a number that is none': '{"a": 01}',
    'a list': '[]',
    'forty maps within each other': `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
    'a map in flow style above the setting': 'authentication: {x509: {clientCAFile: ""}}\n',
    'an alias': 'a: &a 1\nb: *a\n',
    'a tag': 'a: !!str 1\n',
    'a merge key': 'a: {}\n<<: {}\n',
    'a text over several lines': 'a: "b\n  authentication: c"\n',
    'a plain text over several lines': 'a: b\n  c\n',
    'a key without a colon': 'authentication\n',
    'a text with a colon in it': 'a: b: c\n',
    'a text that ends in a colon': 'a: b:\n',
    'a text with a quote in it': 'a: b"c\n',
    'a list of no key': '- a\n',
    'a list below a value': 'a: 1\n  - b\n',
    'a list at two depths': 'a:\n  - b\n - c\n',
    'two keys of one name': 'a: 1\na: 2\n',
    'children at two depths': 'a:\n    b: 1\n  c: 2\n',
  };

  it('a file that is not sure to be understood alike is refused', () => {
    const refusals = runAll(Object.values(wrong).map(settingCa)).map(({ out, status }) => `${status} ${out}`);
    const named = Object.keys(wrong).map((what, index) => [what, refusals[index]]);
    expect(named).toEqual(Object.keys(wrong).map((what) => [what, expect.stringMatching(/^3 refused [a-z-]+\n$/)]));
  });
});
