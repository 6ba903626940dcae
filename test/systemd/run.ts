import { spawnSync } from 'node:child_process';
import { printHelp } from '../../packaging/script-arguments.ts';
import { whyNoSystemd } from './real-systemd.ts';

/**
 * The suite under a real systemd. With `--full` it takes all kill points, all steps and all machines of the conformance cases; other arguments go to
 * vitest. Without the rights that it needs, it says so, counts every test as skipped, and fails only with `SYSTEMD_REQUIRED` set: no package cures
 * that. A missing tool fails under CI, as in every suite.
 */
printHelp('npm run test:systemd -- [--full] [VITEST-ARGUMENT…]');
const given = process.argv.slice(2);
const others = given.filter((each) => each !== '--full');
const missing = whyNoSystemd();
const cannotRun = missing?.lacks === 'right';
const { status } = spawnSync('vitest', ['run', '--project', 'systemd', '--maxWorkers=2', ...others], {
  stdio: 'inherit',
  env: { ...process.env, ...(given.includes('--full') && { SYSTEMD_FULL: 'yes' }), ...(cannotRun && { CI: '' }) },
});
// Last, where nobody overlooks it.
if (missing) console.log(`\nTHE SUITE UNDER SYSTEMD DID NOT RUN HERE, and nothing is known of it: ${missing.because}`);
process.exitCode = cannotRun && process.env['SYSTEMD_REQUIRED'] ? 1 : (status ?? 1);
