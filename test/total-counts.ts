import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Ends CI's output with the failed tests of all its runs, and one line, `N passed, N failed, N skipped`.
 *
 * Usage: total-counts.ts FILE FAILED. FILE is what count-reporter.ts writes; FAILED is how many of CI's commands failed.
 */
const [file = '', commands = '0'] = process.argv.slice(2);
const counts = z.object({
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  failures: z.array(z.string()),
});
const runs = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => counts.parse(JSON.parse(line)));
const sum = (name: 'passed' | 'failed' | 'skipped') => runs.reduce((total, run) => total + run[name], 0);

const failures = runs.flatMap((run) => run.failures);
if (failures.length > 0) console.log(`\nFailed tests:\n${failures.map((each) => `  ${each}`).join('\n')}`);

// A command that failed without a failed test, such as the linter, is one failure itself.
const broken = Math.max(0, Number(commands) - runs.filter(({ failed }) => failed > 0).length);
const skipped = sum('skipped');
console.log(`\n${sum('passed')} passed, ${sum('failed') + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
