import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

/**
 * How patient the tests are (test/patience.ts): `TEST_PATIENCE`, or more where this process gets less than a whole core now, so that `nice -n 10 npm
 * test` beside other work passes too. On a quiet machine it is 1.
 */
function patienceOfThisMachine(): string {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  while (performance.now() - began < 300);
  const { user, system } = process.cpuUsage(cpu);
  const share = (user + system) / 1_000 / (performance.now() - began);
  return share > 0.9 ? '1' : String(Math.min(30, Math.ceil(2 / share)));
}

process.env['TEST_PATIENCE'] ??= patienceOfThisMachine();

/** The second gate: whole deployments and long histories. `npm run test:long` and `npm run model` run them, and so does .ci/run. */
const long = [
  'test/browser/**/*.test.ts',
  'test/conformance/through-the-shell.test.ts',
  'test/core/next-node/read/shell/harm.test.ts',
  'test/docs/aws-commands.test.ts',
  'test/docs/ci-page.test.ts',
  'test/docs/next-node-jobs.test.ts',
  'test/docs/page-commands.test.ts',
  'test/docs/pictures/pictures.test.ts',
  'test/hostile/every-expression.test.ts',
  'test/infra/cdk-synth.test.ts',
  'test/infra/documents/probe/edited-files.test.ts',
  'test/infra/release/**/*.test.ts',
  'test/lab/demo.test.ts',
  'test/moto/**/*.test.ts',
  'test/mutation/sweeps/sabotages.test.ts',
  'test/organization/**/*.test.ts',
  'test/packaging/package.test.ts',
  'test/prove-iam/**/*.test.ts',
  'test/remediation/**/*.test.ts',
];
const model = ['test/model/**/*.test.ts'];
/** Under a real systemd, in namespaces: `npm run test:systemd`. */
const systemd = ['test/systemd/**/*.test.ts', 'test/mutation/remedy/mutate-remedy.test.ts'];

const suite = (name: string, include: readonly string[], exclude: readonly string[] = []) => ({
  extends: true as const,
  test: { name, include: [...include], exclude: [...exclude] },
});

export default defineConfig({
  test: {
    projects: [
      suite('short', ['test/**/*.test.ts'], [...long, ...model, ...systemd]),
      suite('long', long),
      suite('model', model),
      suite('systemd', systemd),
    ],
    // What a worker has loaded serves its next file too: half of the time of the small ones. No test changes a module.
    isolate: false,
    globalSetup: ['test/run-folder.ts'],
    setupFiles: ['test/scrub-environment.ts'],
    reporters: ['default', './test/count-reporter.ts'],
    // Some of the suites' time is spent waiting (for a child process, a timeout that is tested).
    maxWorkers: availableParallelism() + 1,
    // They only end what hangs, so they are long enough for any machine. No test has a limit of its own.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    expect: { poll: { timeout: 120_000 } },
    coverage: { provider: 'v8', include: ['lambda/**/*.ts', 'infra/**/*.ts'] },
  },
});
