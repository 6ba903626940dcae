import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ListItems } from '../../../lambda/adapters/kubernetes/list-items.ts';

/** Takes the text apart in pieces of the given sizes. */
function takeApart(
  text: string,
  sizes: readonly number[] = [text.length],
): { readonly items: readonly unknown[]; readonly frame: string } {
  const items: unknown[] = [];
  const list = new ListItems((item) => items.push(JSON.parse(item)));
  const bytes = Buffer.from(text);

  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = Math.max(1, sizes[index % sizes.length] ?? 1);
    list.push(bytes.subarray(at, at + size));
    at += size;
  }
  return { items, frame: list.frame };
}

describe('ListItems', () => {
  it('finds every item wherever the bytes are cut, and keeps what is around them', () => {
    const item = fc.dictionary(fc.string(), fc.jsonValue());
    const list = fc.record({
      kind: fc.constant('NodeList'),
      metadata: fc.record({ continue: fc.string({ unit: 'grapheme-ascii' }), items: fc.constant([1]) }),
      items: fc.array(item),
    });

    fc.assert(
      fc.property(
        list,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        fc.constantFrom(undefined, 2),
        (value, sizes, indent) => {
          const { items, frame } = takeApart(JSON.stringify(value, undefined, indent), sizes);
          expect(items).toEqual(JSON.parse(JSON.stringify(value.items)));
          expect(JSON.parse(frame)).toEqual({ ...value, items: [] });
        },
      ),
    );
  });

  it('never throws anything but a RangeError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          new ListItems(() => undefined).push(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });

  it.each(['{"items":["text"]}', '{"items":[1]}', '{"items":[null,{}]}'])(
    'refuses an item that is no object: %s',
    (text) => {
      expect(() => takeApart(text)).toThrow(RangeError);
    },
  );

  it('takes the largest object that a node can make of itself, so that it costs the others nothing', () => {
    const { items } = takeApart(`{"items":[{"osImage":"${'\\u003c'.repeat(1_500_000)}"},{}]}`);
    expect(items).toEqual([{ osImage: '<'.repeat(1_500_000) }, {}]);
  });

  it('refuses an item and a frame that are larger than any real one', () => {
    expect(() => takeApart(`{"items":[{"a":"${'x'.repeat(11_000_000)}"}]}`)).toThrow(/10 MB/);
    expect(() => takeApart(`{"a":"${'x'.repeat(100_000)}","items":[]}`)).toThrow(RangeError);
  });
});
