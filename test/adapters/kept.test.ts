import { expect, it } from 'vitest';
import { kept } from '../../lambda/adapters/kept.ts';

it('makes one value a name, and lets go of what was not used for the longest time', () => {
  const made: string[] = [];
  const get = kept({ make: (key: string) => ({ made: made.push(key) }), nameOf: (key) => key, most: 2 });

  const a = get('a');
  get('b');
  expect(get('a')).toBe(a);
  get('c');

  expect(get('a')).toBe(a);
  get('b');
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});
