import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { scriptArguments } from '../packaging/script-arguments.ts';
import { importsOf } from './docs/node-path.ts';
import { testsFor } from './tests-for.ts';

// `npm run test:changed`: the tests of what differs from the last commit, or from the commit or branch that is given, those of the second gate too. No
// test at all is a failure. `npm test` runs all tests of the first gate.
const [base = 'HEAD'] = scriptArguments('npm run test:changed -- [COMMIT]', { words: 'any' }).positionals;
const git = (...args: readonly string[]): readonly string[] => {
  const { status, stdout, stderr } = spawnSync('git', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout.split('\n').filter(Boolean);
};
const changed = [
  ...git('diff', '--name-only', '--no-renames', base, '--'),
  ...git('ls-files', '--others', '--exclude-standard'),
];

const code = globSync('{lambda,infra,test,packaging}/**/*.{ts,mjs}');
const importers = Map.groupBy(
  code.flatMap((file) => importsOf(file).map((imported) => ({ file, imported }))),
  ({ imported }) => imported,
);
const texts = code
  .filter((file) => file.startsWith('test/'))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }));
/** In quotes, or between slashes: a word of a sentence names no file. */
function isNamed(name: string, text: string): boolean {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`['"\`/]${escaped}['"\`/]`).test(text);
}

const files = {
  tests: code.filter((file) => file.endsWith('.test.ts')),
  importers: (file: string) => (importers.get(file) ?? []).map((each) => each.file),
  naming: (name: string) => texts.flatMap(({ file, text }) => (isNamed(name, text) ? [file] : [])),
};

const without = changed.filter((file) => testsFor([file], files).length === 0);
if (without.length > 0) console.log(`no test depends on ${without.join(', ')}`);
const tests = testsFor(changed, files).filter((each) => existsSync(each));
if (tests.length === 0) {
  console.log(`no test depends on what differs from ${base}: npm test runs all`);
  process.exitCode = 1;
} else process.exitCode = spawnSync('vitest', ['run', ...tests], { stdio: 'inherit' }).status ?? 1;
