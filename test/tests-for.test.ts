import { expect, it } from 'vitest';
import { testsFor } from './tests-for.ts';

const tests = [
  'test/adapters/ssm/ssm-source.test.ts',
  'test/adapters/ssm/upgrade.test.ts',
  'test/cli/commands/audit.test.ts',
  'test/cli/options.test.ts',
  'test/core/judge/controls/proxy-holders.test.ts',
  'test/core/judge/evaluate.test.ts',
  'test/core/read/kubelet/effective.test.ts',
  'test/infra/config/settings.test.ts',
];

it.each([
  ['all tests of a room of core', 'lambda/core/judge/controls/index.ts', tests.slice(4, 6)],
  ['all tests of a room of core for its fixture code', 'test/core/read/recordings.ts', [tests[6]]],
  ['the test that has the file’s name', 'lambda/cli/options.ts', [tests[3]]],
  ['the tests beside a file that has none of its own', 'lambda/adapters/ssm/poll.ts', tests.slice(0, 2)],
  ['the tests of the folder above, where the file’s own has none', 'infra/config/fields/dates.ts', [tests[7]]],
  ['a test that changed itself', 'test/cli/commands/audit.test.ts', [tests[2]]],
  ['no test for a page', 'docs/findings.md', []],
  ['no test for the files at the top', 'package.json', []],
])('finds %s', (_, changed, found) => {
  expect(testsFor([changed], tests)).toEqual(found);
});

it('names each test once, however many files changed', () => {
  expect(testsFor(['lambda/core/judge/evaluate.ts', 'lambda/core/judge/access.ts'], tests)).toEqual(tests.slice(4, 6));
});
