import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCompactJson, parseJson } from '../../../../../lambda/core/read/kubelet/documents/parse-json.ts';
import { fromTree, plainJson } from '../../../model/plain-json.ts';

const limit = 10_000;
const everything = () => true;
const nested = (levels: number) => `${'{"a":['.repeat(levels / 2)}1${']}'.repeat(levels / 2)}`;

it('reads what it reads as the other parser does, on random values', () => {
  fc.assert(
    fc.property(plainJson, (value) => {
      const text = JSON.stringify(value);
      const parsed = parseCompactJson(text, limit, everything);
      if (parsed !== undefined) expect(parsed).toEqual(parseJson(text, limit));
    }),
  );
});

const objects = ['{"a":1,"b":[null,true,"x",{"c":0.5}]}', '{"a":1}\n'];
it.each([...objects, '"x"', 'null', '1e+21', '[1234567890123456]', nested(1000)])('reads %s', (text) => {
  expect(parseCompactJson(text, limit, everything)).toEqual(parseJson(text, limit));
});

const others = ['{"a": 1}', '{"a":1}\n\n', '\n{}', '{"a":1,"a":1}', '1.0', '1e1', '-0', '"\\u0041"', '', '{'];
it.each([...others, nested(1002)])('leaves %s to the other parser', (text) => {
  expect(parseCompactJson(text, limit, everything)).toBeUndefined();
});

it('reads a text up to its limit, to the character', () => {
  expect(parseCompactJson('[]', 2, everything)).toEqual({ ok: true, value: { tree: [], repeatedKeys: [] } });
  expect(parseCompactJson('[]', 1, everything)).toBeUndefined();
});

it('keeps the members that are wanted at their depth, of lists too', () => {
  const kept = parseCompactJson('{"a":{"a":1,"b":2},"b":3,"c":[{"a":4,"b":5}]}', limit, (key, depth) =>
    depth === 0 ? key !== 'b' : key === 'b' || depth === 2,
  );
  expect(kept?.ok && fromTree(kept.value.tree)).toEqual({ a: { b: 2 }, c: [{ a: 4, b: 5 }] });
});
