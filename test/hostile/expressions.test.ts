import { expect, it } from 'vitest';
import { expressions, faultOf } from './expressions.ts';

const { found, madeOfText } = expressions();
/** The checker answers for each of these in some milliseconds. every-expression.test.ts asks about all. */
const short = found.filter(({ source }) => source.length <= 20 && !source.includes('(?<'));

it('the program makes no expression of a text', () => {
  expect(found.length).toBeGreaterThan(400);
  expect(madeOfText).toEqual([]);
});

it('no short expression can be held by a text', async () => {
  expect(short.length).toBeGreaterThan(150);
  const faults: string[] = [];
  for (const each of short) faults.push(...(await faultOf(each)));
  expect(faults).toEqual([]);
});

it.each([
  ['exponentially', '^(?:(?:\\d+\\.?\\d*|\\.\\d+)(?:ns|ms|s|n))+$', 'exponential'],
  ['with the square of its length', '\\s+$', '2nd degree polynomial'],
  ['in a way that the checker cannot read', '(', 'invalid'],
])('the checker names an expression whose time grows %s', async (_how, source, because) => {
  expect(await faultOf({ source, flags: '', at: 'here' })).toEqual([expect.stringContaining(`: ${because}`)]);
});
