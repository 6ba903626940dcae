import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the output with a line of its own, `N passed, N failed, N skipped`; under CI a skipped test fails the run. The same counts go to the file that
 * `TEST_COUNTS` names, a line of JSON for each run, for `total-counts.ts`.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string) => states.filter((each) => each === state).length;
    const broken = modules.filter(
      (module) =>
        module.state() === 'failed' &&
        ![...module.children.allTests()].some((test) => test.result().state === 'failed'),
    ).length;

    const passed = count('passed');
    const skipped = count('skipped');
    const failed = count('failed') + broken + errors.length;

    const counts = process.env['TEST_COUNTS'];
    if (counts) appendFileSync(counts, `${JSON.stringify({ passed, failed, skipped })}\n`);

    if (process.env['CI'] && skipped > 0) {
      process.exitCode = 1;
      console.log(`\n${skipped} skipped: under CI every suite must run, see .ci/run for the packages that it installs`);
    }
    console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
}
