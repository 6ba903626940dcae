import { spawnSync } from 'node:child_process';
import { scriptArguments } from '../../packaging/script-arguments.ts';

/** The models with 1,000 histories each, or as many as are asked for: `npm run model -- 20000`. */
const [histories = '1000'] = scriptArguments('npm run model -- [HISTORIES]', { words: 'numbers' }).positionals;
const { status } = spawnSync('vitest', ['run', 'test/model'], {
  stdio: 'inherit',
  env: { ...process.env, MODEL_HISTORIES: histories },
});
process.exitCode = status ?? 1;
