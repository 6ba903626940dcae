import { dirname, join } from 'node:path';

/**
 * The tests of the files that changed. Tests mirror the source: those of a file carry its name. A file without its own has those of its folder, or
 * of the nearest folder above that has any. A change in a room of core has all tests of the room. What other rooms make of it, `npm test` says: following the
 * imports would run nearly everything, since the lab runs the whole program.
 */
export function testsFor(changed: readonly string[], tests: readonly string[]): readonly string[] {
  return [...new Set(changed.flatMap((file) => testsOf(file, tests)))].toSorted();
}

function testsOf(file: string, tests: readonly string[]): readonly string[] {
  if (tests.includes(file)) return [file];
  const mirrored = /^(?:lambda\/|test\/|(?=infra\/|packaging\/))(.+)\.\w+$/.exec(file)?.[1];
  if (mirrored === undefined) return [];

  const room = /^core\/\w+\//.exec(mirrored)?.[0];
  if (room) return tests.filter((each) => each.startsWith(join('test', room)));
  const own = tests.filter((each) => each === join('test', `${mirrored}.test.ts`));
  return own.length > 0 ? own : testsBeside(dirname(mirrored), tests);
}

/** In the folder itself; a folder at the top of test is too wide to stand for one of its files. */
function testsBeside(folder: string, tests: readonly string[]): readonly string[] {
  if (folder === '.') return [];
  const beside = tests.filter((each) => dirname(each) === join('test', folder));
  return beside.length > 0 ? beside : testsBeside(dirname(folder), tests);
}
