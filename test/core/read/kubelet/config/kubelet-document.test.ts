import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../../../../lambda/core/read/kubelet/config/kubelet-document.ts';
import { fromTree } from '../../../model/plain-json.ts';

const tree = (text: string): unknown => {
  const parsed = parseDocument(text, 'main');
  return parsed.ok ? fromTree(parsed.value.tree) : parsed.error.because;
};

describe('a document', () => {
  it('refuses a number in a drop-in that is too large', () => {
    expect(parseDocument('{"a":1E400}', 'drop-in')).toMatchObject({ ok: false, error: { kind: 'refused' } });
  });

  it('sorts the keys of YAML by their bytes, and keeps the order of JSON', () => {
    const keys = (text: string) => Object.keys(Object(tree(text)));
    expect(keys('b: 1\na: 1\nB: 1\n\uff5e: 1\n\u{1f600}: 1\n')).toEqual(['B', 'a', 'b', '\uff5e', '\u{1f600}']);
    expect(JSON.stringify(tree('- {b: 1, a: 1}'))).toBe('[{"a":1,"b":1}]');
    expect(keys('{"b":1,"a":1}')).toEqual(['b', 'a']);
  });

  it('is refused with the place of what is wrong, and without its text', () => {
    expect(tree('{"a": "hunter2')).toBe('line 1, column 7: not a valid string');
    expect(tree('{a: 1}')).toMatch(/^line 1, column 2/);
    expect(tree('a: 1\n b: 2')).toMatch(/^line 2, column 3/);
    expect(tree('a: !!bool hunter2')).toMatch(/^line 1(?!.*hunter2)/);
  });

  it('is read up to 128 KB, to the character', () => {
    for (const sized of [(size: number) => `a: ${'x'.repeat(size - 3)}`, (size: number) => '{}'.padEnd(size)]) {
      expect(parseDocument(sized(256 * 1024), 'main').ok).toBe(true);
      expect(parseDocument(sized(256 * 1024 + 1), 'main').ok).toBe(false);
    }
  });

  it('keeps __proto__ a key like any other', () => {
    const parsed = parseDocument('{"__proto__": {"polluted": true}}', 'main');
    expect(parsed.ok && parsed.value.tree instanceof Map && [...parsed.value.tree.keys()]).toEqual(['__proto__']);
    expect(parseDocument('__proto__: {polluted: true}', 'main').ok).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
