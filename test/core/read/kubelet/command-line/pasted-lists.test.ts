import { expect, it } from 'vitest';
import { tried } from './pasted-lists.ts';

// `npm run pasted-lists` tries every column.
it('no list that is cut, shortened, joined or mixed shows a pass that the arguments do not, nor a failure', () => {
  const { lists, formats, wrongPasses, wrongFailures, assumed } = tried(131);

  expect({ wrongPasses, wrongFailures }).toEqual({ wrongPasses: [], wrongFailures: [] });
  expect(formats).toBeGreaterThan(100);
  expect(lists).toBeGreaterThan(10_000);
  // The one assumption that a verdict states: in a pipe `ps` cuts only if COLUMNS is exported.
  expect(assumed).toBeGreaterThan(0);
});
