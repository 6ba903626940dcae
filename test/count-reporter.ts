import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the output with a line of its own, `N passed, N failed, N skipped`; under CI a skipped test fails the run. The same counts go to the file that
 * `TEST_COUNTS` names, a line of JSON for each run, for `total-counts.ts`. Each failed test is there too, with the first line of its error.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly { readonly message: string }[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const firstLine = (error: { readonly message: string } | undefined) =>
      error?.message.split('\n')[0]?.slice(0, 200) ?? '';

    const failures = tests
      .filter((test) => test.result().state === 'failed')
      .map((test) => `${test.module.relativeModuleId} > ${test.fullName}: ${firstLine(test.result().errors?.[0])}`);
    const broken = modules
      .filter((module) => module.state() === 'failed')
      .filter((module) => ![...module.children.allTests()].some((test) => test.result().state === 'failed'))
      .map((module) => `${module.relativeModuleId}: ${firstLine(module.errors()[0])}`);
    failures.push(...broken, ...errors.map(firstLine));

    const passed = count('passed');
    const skipped = count('skipped');
    const failed = failures.length;

    const counts = process.env['TEST_COUNTS'];
    if (counts) appendFileSync(counts, `${JSON.stringify({ passed, failed, skipped, failures })}\n`);

    if (process.env['CI'] && skipped > 0) {
      process.exitCode = 1;
      console.log(`\n${skipped} skipped: under CI every suite must run, see .ci/run for the packages that it installs`);
    }
    console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
}
