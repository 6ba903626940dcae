import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { heldToLock } from '../config/deployment-lock.ts';
import { SettingsError } from '../config/settings.ts';
import { settingsFromFile } from '../config/settings-file.ts';
import { makeRelease } from './release.ts';

// `npm run release`: templates with parameters, and the code, in dist/release, to deploy without CDK.
// `npm run release -- prod.yaml`: the same for one file of settings.
const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = join(root, 'dist/release');
try {
  const [, , file] = process.argv;
  const { context } = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8'));
  if (file === undefined) await makeRelease({ directory, context });
  else {
    const settings = settingsFromFile(file);
    const writeLock = heldToLock(settings, file);
    await makeRelease({ directory, settings, context });
    writeLock();
  }
  console.log(`${directory}: copy it to a bucket, and deploy as docs/release.md says`);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
