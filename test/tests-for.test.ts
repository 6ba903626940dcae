import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type ProjectFiles, testsFor } from './tests-for.ts';

const tests = [
  'test/adapters/ssm/ssm-source.test.ts',
  'test/adapters/ssm/upgrade.test.ts',
  'test/cli/commands/audit.test.ts',
  'test/cli/options.test.ts',
  'test/core/judge/controls/proxy-holders.test.ts',
  'test/core/judge/evaluate.test.ts',
  'test/core/next-node/fix/file-diff.test.ts',
  'test/core/read/kubelet/effective.test.ts',
  'test/docs/style.test.ts',
  'test/infra/config/settings.test.ts',
  'test/infra/release/release.test.ts',
];
const importers: Readonly<Record<string, readonly string[]>> = {
  'test/fakes/ports.ts': ['test/fakes/sweeps.ts'],
  'test/fakes/sweeps.ts': ['test/fakes/ports.ts', 'test/adapters/ssm/upgrade.test.ts'],
  'lambda/wiring/clock.ts': ['lambda/wiring/open.ts'],
};
const names: Readonly<Record<string, readonly string[]>> = {
  'ps.txt': ['test/fakes/sweeps.ts'],
  recordings: ['test/cli/options.test.ts'],
};
const files: ProjectFiles = {
  tests,
  importers: (file) => importers[file] ?? [],
  naming: (name) => names[name] ?? [],
};

it.each([
  ['all tests of a room of core', 'lambda/core/judge/controls/index.ts', tests.slice(4, 6)],
  ['all tests of a room whose name has a hyphen', 'lambda/core/next-node/read/places.ts', [tests[6]]],
  ['all tests of a room of core for its fixture code', 'test/core/read/recordings.ts', [tests[7]]],
  ['the test that has the file’s name', 'lambda/cli/options.ts', [tests[3]]],
  ['the tests in the folder of a file that has none of its own', 'lambda/adapters/ssm/poll.ts', tests.slice(0, 2)],
  ['the tests of the second gate', 'infra/release/main.ts', [tests[10]]],
  ['the tests of the folder above, where the file’s own has none', 'infra/config/fields/dates.ts', [tests[9]]],
  ['a test that changed itself', 'test/cli/commands/audit.test.ts', [tests[2]]],
  ['the nearest test that imports a file without tests beside it', 'test/fakes/ports.ts', [tests[1]]],
  ['the nearest test that names a fixture', 'test/fixtures/ps.txt', [tests[1]]],
  ['the test that names the folder of a fixture', 'test/fixtures/recordings/one.json', [tests[3]]],
  ['the tests of pages for a page', 'docs/findings.md', [tests[8]]],
  ['no test for a file that no test depends on', 'LICENSE', []],
  ['no test for code that only the program imports', 'lambda/wiring/clock.ts', []],
])('finds %s', (_, changed, found) => {
  expect(testsFor([changed], files)).toEqual(found);
});

it('names each test once, however many files changed', () => {
  expect(testsFor(['lambda/core/judge/evaluate.ts', 'lambda/core/judge/access.ts'], files)).toEqual(tests.slice(4, 6));
});

const found = (pattern: string) => globSync(pattern, { withFileTypes: false }).toSorted();
const all: ProjectFiles = { tests: found('test/**/*.test.ts'), importers: () => [], naming: () => [] };
const ofRemedy = [
  ...found('infra/documents/remediation/**/*.*').map((file) => [file, 'test/systemd/remediate-trial.test.ts'] as const),
  ...[
    ...found('lambda/{flow,cli,adapters,wiring,handlers,contract}/**/*{remed,run-scope}*.ts'),
    ...found('lambda/flow/remediate/*.ts'),
    ...found('lambda/core/fix/remediation/run/*.ts'),
  ].map((file) => [file, 'test/remediation/apply.test.ts'] as const),
];
it('picks a suite that runs the remedy itself for each of its files', () => {
  expect(ofRemedy.length).toBeGreaterThan(40);
  for (const [file, suite] of ofRemedy)
    expect([file, testsFor([file], all)]).toEqual([file, expect.arrayContaining([suite])]);
});
