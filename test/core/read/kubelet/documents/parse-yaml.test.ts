import { describe, expect, it, vi } from 'vitest';
import { parseYaml } from '../../../../../lambda/core/read/kubelet/documents/goyaml/yaml-document.ts';
import { fromTree } from '../../../model/plain-json.ts';
import { hostileYaml } from './hostile-yaml.ts';

const limit = 1024 * 1024;
const treeOf = (text: string): unknown => {
  const parsed = parseYaml(text, limit);
  return parsed.ok ? fromTree(parsed.value.tree) : parsed.error;
};
const kindOf = (text: string) => {
  const parsed = parseYaml(text, limit);
  return parsed.ok ? 'read' : parsed.error.kind;
};
const notRead = (because: string) => ({ kind: 'not-read', because });

describe('a YAML text', () => {
  it('is read up to its limit, to the character', () => {
    expect(parseYaml('a: 1', 4).ok).toBe(true);
    expect(parseYaml('a: 1', 3)).toEqual({ ok: false, error: notRead('longer than 3 characters') });
  });

  it.each([...'\0\b\v\f\u000e\u001f\u007f\u0084\u0086\u009f\ufffe\uffff'])(
    'holds no character %j, not even in a comment',
    (character) => expect(kindOf(`a: 1 # ${character}`)).toBe('refused'),
  );

  it.each([...'\t ~\u00a0\ufffc\u{1f600}'])('may hold %j', (character) => {
    expect(treeOf(`a: "x${character}y"`)).toEqual({ a: `x${character}y` });
  });

  it.each(['a: "x\ufffdy"', 'a: \ud800', 'a: \udfff'])('is not read where bytes may be something else: %j', (text) => {
    expect(kindOf(text)).toBe('not-read');
  });

  it('knows the escapes of goyaml in double quotes, and no others', () => {
    expect(treeOf('"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\ \\"\\\\\\N\\_\\L\\P\\x4a\\u004B\\ud7ff\\ue000\\U0001f600"')).toBe(
      '\0\u0007\b\t\n\v\f\r\u001b "\\\u0085\u00a0\u2028\u2029JK\ud7ff\ue000\u{1f600}',
    );
    expect([treeOf('"a\\\n  b"'), treeOf('"a\\\r\n  b"'), treeOf('"a\\\tb"')]).toEqual(['ab', 'ab', 'a\tb']);
    for (const half of ['\\ud800', '\\uD8ff', '\\udfff', '\\uDBFF']) expect(kindOf(`"${half}"`)).toBe('refused');
    expect([treeOf("'\\/'"), treeOf('\\/')]).toEqual(['\\/', '\\/']);
  });

  it('has at most 1,000 levels, of maps and lists together', () => {
    const nested = (levels: number) => `${'[{a: '.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;
    expect(parseYaml(nested(1000), limit).ok).toBe(true);
    expect(kindOf(nested(1004))).toBe('not-read');
    // What was left behind counts no more.
    expect(parseYaml('- [{a: []}]\n'.repeat(200), limit).ok).toBe(true);
  });

  it.each([
    ['values that are written', 'a: 1\n'.repeat(25_000), 'line 12501, column 1: more than 25000 values'],
    [
      'values, counting what aliases repeat',
      `[&a [${'x,'.repeat(99)}], ${'*a,'.repeat(1_100)}]`,
      'line 1, column 22: aliases that repeat too much',
    ],
  ])('is bounded in its number of %s', (_what, text, because) => {
    expect(treeOf(text)).toEqual(notRead(because));
    const third = text.slice(0, text.length / 3).replace(/[^,\n]*$/, '');
    expect(kindOf(third + (text.startsWith('[') ? ']' : ''))).toBe('read');
  });

  it('is refused where aliases make more than 99 % of it, merged ones too, as goyaml refuses it', () => {
    const values = (count: number) => treeOf(`[&a [${'x,'.repeat(200)}], ${'*a,'.repeat(count)}]`);
    const because = (column: number) => `line 1, column ${column}: aliases that repeat too much`;
    expect([Array.isArray(values(196)), values(197)]).toEqual([true, { kind: 'refused', because: because(214) }]);
    const keys = Array.from({ length: 200 }, (_, at) => `k${at}: 1`).join();
    const merged = (count: number) => kindOf(`[&x {${keys}}, {<<: [${'*x,'.repeat(count)}]}]`);
    expect([merged(132), merged(133)]).toEqual(['read', 'refused']);
  });

  it('is not read with a byte order mark behind its 500th byte, or behind another one', () => {
    const marked = ['x'.repeat(499), 'x'.repeat(500), '\ufeff'].map((before) => kindOf(`${before}\ufeffx`));
    expect(marked).toEqual(['read', 'not-read', 'not-read']);
  });

  it('has 25,000 values at most', () => {
    const of = (count: number) => treeOf(`${'a: 1\n'.repeat(12_499)}${'b:\n'.repeat(count)}`);
    expect([of(2), of(3)]).toEqual([{ a: 1, b: null }, notRead('line 12502, column 1: more than 25000 values')]);
  });

  it('costs a reader work in proportion to its length at most, whatever it is made of', () => {
    // What each expression passes or tries, and one for the try.
    const looks = (text: string): number => {
      const exec = vi.spyOn(RegExp.prototype, 'exec');
      parseYaml(text, limit);
      const { results } = exec.mock;
      exec.mockRestore();
      return results.reduce((sum, { value }) => sum + 1 + (value?.[0].length ?? 0), 0);
    };
    expect(looks('a: 1')).toBeGreaterThan(4);
    for (const [name, make] of Object.entries(hostileYaml)) {
      const [short, long] = [looks(make(2_000)), looks(make(8_000))];
      expect(long / 8_000, name).toBeLessThan(12);
      expect(long, name).toBeLessThan(5 * short + 32_000);
    }
  });

  it('names each key that is there twice, 100 at most, merged ones too, and keeps the last', () => {
    const parsed = parseYaml('a: &x {b: 1}\nc:\n- {b: 2, <<: *x}\n- {b: 1, b: 2}\na: 3\n', limit);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const repeated = parsed.value.repeatedKeys.map(({ path, place }) => `${path.join(' ')}: ${place}`);
    expect(repeated).toEqual(['c [] b: line 1, column 8', 'c [] b: line 4, column 10', 'a: line 5, column 1']);
    expect(fromTree(parsed.value.tree)).toEqual({ a: 3, c: [{ b: 1 }, { b: 2 }] });
    const many = parseYaml('a: 1\n'.repeat(150), limit);
    expect(many.ok && many.value.repeatedKeys).toHaveLength(100);
  });
});
