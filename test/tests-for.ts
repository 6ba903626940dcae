import { basename, dirname, extname, join } from 'node:path';

/** The files of the project as far as they tell which test depends on which file. */
export interface ProjectFiles {
  /** Every test file, those of the second gate too. */
  readonly tests: readonly string[];
  /** The files of code that import this one. */
  readonly importers: (file: string) => readonly string[];
  /** The files below `test` with this name in a text of theirs, as a whole or as a part of a path. */
  readonly naming: (name: string) => readonly string[];
}

/**
 * The tests of the files that changed. Tests mirror the source: those of a file carry its name or are in its folder. A change in a room of core has all
 * tests of the room. A file without such tests has the nearest ones that import it, or that name it, as they do with a fixture. What other rooms
 * make of a change, `npm test` says: following every import would run nearly everything, since the lab runs the whole program.
 */
export function testsFor(changed: readonly string[], files: ProjectFiles): readonly string[] {
  return [...new Set(changed.flatMap((file) => testsOf(file, files)))].toSorted();
}

/** The suites of the remedy, for each part of it: they run its whole program or its real script, and import none of its files by name. */
const remedySuites: readonly (readonly [files: RegExp, suites: RegExp])[] = [
  [/^infra\/documents\/remediation\/|^test\/systemd\//, /^test\/(?:systemd|infra\/documents\/remediation)\//],
  [/^lambda\/(?!core\/).*(?:remed|run-scope)/, /^test\/(?:remediation|flow\/remediate)\//],
  [/^lambda\/core\/fix\/remediation\/run\//, /^test\/(?:flow\/remediate|remediation)\//],
];

function testsOf(file: string, files: ProjectFiles): readonly string[] {
  const ofRemedy = remedySuites.flatMap(([ours, suites]) =>
    ours.test(file) && !files.tests.includes(file) ? files.tests.filter((each) => suites.test(each)) : [],
  );
  return [...ofRemedy, ...nearTests(file, files)];
}

function nearTests(file: string, files: ProjectFiles): readonly string[] {
  const { tests } = files;
  if (tests.includes(file)) return [file];

  const mirrored = /^(?:lambda\/|test\/|(?=infra\/|packaging\/|docs\/))(.+)\.\w+$/.exec(file)?.[1];
  const room = mirrored && /^core\/[\w-]+\//.exec(mirrored)?.[0];
  if (room) return tests.filter((each) => each.startsWith(join('test', room)));

  const steps = [
    () => tests.filter((each) => mirrored !== undefined && each === join('test', `${mirrored}.test.ts`)),
    () => (mirrored === undefined ? [] : testsIn(dirname(mirrored), tests)),
    () => nearestTests(usersOf(file, files), files),
    () => (mirrored === undefined ? [] : testsAbove(dirname(mirrored), tests)),
  ];
  for (const step of steps) {
    const found = step();
    if (found.length > 0) return found;
  }
  return [];
}

/** Who imports it, or names it. A file that is no code can be named without its ending, or by the folders that it is in. */
function usersOf(file: string, { importers, naming }: ProjectFiles): readonly string[] {
  const imported = importers(file);
  if (imported.length > 0) return imported;

  const isCode = /\.(?:ts|mjs)$/.test(file);
  const folders = isCode ? [] : [basename(file, extname(file)), ...dirname(file).split('/').slice(1).toReversed()];
  const names = [basename(file), ...folders];
  for (const name of names) {
    const found = naming(name).filter((each) => each !== file);
    if (found.length > 0) return found;
  }
  return [];
}

/** The tests among these files. If there is none, the first ones on the way up through the files that import them. */
function nearestTests(begin: readonly string[], { tests, importers }: ProjectFiles): readonly string[] {
  const seen = new Set(begin);
  for (let level = begin; level.length > 0; ) {
    const found = level.filter((each) => tests.includes(each));
    if (found.length > 0) return found;
    level = level.flatMap((each) => importers(each)).filter((each) => !seen.has(each) && seen.add(each));
  }
  return [];
}

const testsIn = (folder: string, tests: readonly string[]): readonly string[] =>
  folder === '.' ? [] : tests.filter((each) => dirname(each) === join('test', folder));

/** A folder at the top of test is too wide to stand for one of its files. */
function testsAbove(folder: string, tests: readonly string[]): readonly string[] {
  if (folder === '.') return [];
  const below = tests.filter((each) => each.startsWith(`${join('test', folder)}/`));
  return below.length > 0 ? below : testsAbove(dirname(folder), tests);
}
