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
const patience = Number(process.env['TEST_PATIENCE']);

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What a worker has loaded serves its next file too: half of the time of the small ones. No test changes a module.
    isolate: false,
    globalSetup: ['test/run-folder.ts'],
    setupFiles: ['test/scrub-environment.ts'],
    reporters: ['default', './test/count-reporter.ts'],
    // Half of the suites' time is spent waiting (for a lab, a child process, a timeout that is tested).
    maxWorkers: availableParallelism() + 1,
    // They only end what hangs.
    testTimeout: 60_000 * patience,
    hookTimeout: 120_000 * patience,
    expect: { poll: { timeout: 5_000 * patience } },
    coverage: { provider: 'v8', include: ['lambda/**/*.ts', 'infra/**/*.ts'] },
  },
});
