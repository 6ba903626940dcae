import { expect, it } from 'vitest';
import { expressions, faultOf } from './expressions.ts';

it('no expression of the program can be held by a text', async () => {
  const { found } = expressions();
  const began = performance.now();
  const faults: string[] = [];
  for (const each of found) faults.push(...(await faultOf(each)));

  console.log(
    `${found.length} expressions, ${Math.round((performance.now() - began) / 1000)} s, ${faults.length} vulnerable`,
  );
  expect(faults).toEqual([]);
});
