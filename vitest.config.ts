import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/scrub-environment.ts'],
    reporters: ['default', './test/count-reporter.ts'],
    // Half of the suites' time is spent waiting (for a lab, a child process, a timeout that is tested).
    maxWorkers: availableParallelism() + 1,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: { provider: 'v8', include: ['lambda/**/*.ts', 'infra/**/*.ts'] },
  },
});
