import { spawnSync } from 'node:child_process';

/** The models with 1,000 histories each, or as many as are asked for: `npm run model -- 20000`. */
const { status } = spawnSync('vitest', ['run', 'test/model'], {
  stdio: 'inherit',
  env: { ...process.env, MODEL_HISTORIES: process.argv[2] ?? '1000' },
});
process.exitCode = status ?? 1;
