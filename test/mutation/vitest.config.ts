import { defineConfig } from 'vitest/config';

// The tests that may kill a mutant: those that mutate.ts found for the mutated files. Stryker reads this file, `npm test` does not.
export default defineConfig({
  test: {
    include: (process.env['MUTATION_TESTS'] ?? '').split(','),
    setupFiles: ['test/scrub-environment.ts'],
    // A busy machine says so, as it does to `npm test`.
    testTimeout: 60_000 * Number(process.env['TEST_PATIENCE'] ?? 1),
  },
});
