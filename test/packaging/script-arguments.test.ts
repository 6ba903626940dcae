import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
/** Files that package.json runs, each with its script. */
const files = Object.entries(scripts).flatMap(([name, script]) =>
  [...script.matchAll(/\bnode ([^-]\S+)/g)].map(([, file = '']) => ({ name, file, text: readFileSync(file, 'utf8') })),
);
/** Commander and package.json give these their words. */
const others = ['test/lab/stay.ts', 'packaging/package.ts', 'test/systemd/run.ts'];
const parsing = files.filter(({ text }) => /scriptArguments\(|printHelp\(/.test(text));

it('each script of package.json reads its arguments by scriptArguments or printHelp', () => {
  expect(files.filter(({ text, file }) => text.includes('process.argv') && !others.includes(file))).toEqual([]);
  expect(parsing.length).toBeGreaterThan(15);
});

it.each(parsing)('$file prints its usage for --help, and after a wrong option with exit code 64', ({ file }) => {
  const called = (argument: string) => spawnSync(process.execPath, [file, argument], { encoding: 'utf8' });
  const help = called('--help');
  expect(help).toMatchObject({ status: 0, stderr: '' });
  expect(help.stdout).toMatch(/^usage: (npm run|node) /);
  // What the suite under systemd does not know goes to vitest.
  if (others.includes(file)) return;
  const wrong = called('--wrong');
  expect(wrong).toMatchObject({ status: 64, stdout: '' });
  expect(wrong.stderr).toMatch(/^Unknown option '--wrong'\nusage: (npm run|node) /);
});
