import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { testsFor } from './tests-for.ts';

// `npm run test:changed`: the tests of what differs from the last commit, or from the commit or branch that is given, in half a minute. `npm test` runs all.
const [base = 'HEAD'] = process.argv.slice(2);
const git = (...args: readonly string[]): readonly string[] => {
  const { status, stdout, stderr } = spawnSync('git', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout.split('\n').filter(Boolean);
};
const changed = [
  ...git('diff', '--name-only', '--no-renames', base, '--'),
  ...git('ls-files', '--others', '--exclude-standard'),
];
const tests = testsFor(changed, globSync('test/**/*.test.ts')).filter((each) => existsSync(each));

if (tests.length === 0) console.log(`no test is about what differs from ${base}; npm test runs all`);
else
  process.exitCode =
    spawnSync('vitest', ['run', '--project', 'short', '--passWithNoTests', ...tests], { stdio: 'inherit' }).status ?? 1;
