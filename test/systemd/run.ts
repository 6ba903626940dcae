import { spawnSync } from 'node:child_process';

/** The suite under a real systemd. `--full`: all kill points and all machines of the conformance cases; the rest goes to vitest. */
const [full, ...others] = [
  process.argv.includes('--full'),
  ...process.argv.slice(2).filter((each) => each !== '--full'),
];
const { status } = spawnSync(
  'vitest',
  ['run', '--maxWorkers=2', ...(others.length > 0 ? others : ['test/systemd'])].map(String),
  {
    stdio: 'inherit',
    env: { ...process.env, ...(full && { SYSTEMD_FULL: 'yes' }) },
  },
);
process.exitCode = status ?? 1;
