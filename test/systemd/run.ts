import { spawnSync } from 'node:child_process';

/** The suite under a real systemd. `--full`: all kill points and all machines of the conformance cases; the rest goes to vitest. */
const given = process.argv.slice(2);
const others = given.filter((each) => each !== '--full');
const { status } = spawnSync(
  'vitest',
  ['run', '--maxWorkers=2', ...others, ...(others.some((each) => !each.startsWith('-')) ? [] : ['test/systemd'])],
  {
    stdio: 'inherit',
    env: { ...process.env, ...(given.includes('--full') && { SYSTEMD_FULL: 'yes' }) },
  },
);
process.exitCode = status ?? 1;
