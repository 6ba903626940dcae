import fc from 'fast-check';
import { expect, it } from 'vitest';
import { alikeBy } from '../../../lambda/core/model/alike-by.ts';

it('groups are those of Map.groupBy, in the same order', () => {
  const keyOf = (text: string) => text.length % 3;
  fc.assert(
    fc.property(fc.array(fc.string()), (all) => {
      expect([...alikeBy(all, keyOf)]).toEqual([...Map.groupBy(all, keyOf)]);
    }),
  );
});
