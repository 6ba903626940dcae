import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scriptArguments } from '../../packaging/script-arguments.ts';
import { heldToLock } from '../config/deployment-lock.ts';
import { SettingsError } from '../config/settings.ts';
import { settingsFromFile } from '../config/settings-file.ts';
import { makeRelease } from './release.ts';

// `npm run release`: the command line, templates with parameters and the code, in dist/release.
// `npm run release -- prod.yaml`: templates for one file of settings. `--sign KEY` signs the checksums.
const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = join(root, 'dist/release');

async function signingKey(file: string): Promise<KeyObject> {
  let key: KeyObject;
  try {
    key = createPrivateKey(await readFile(file));
  } catch (error) {
    throw new SettingsError(`${file} is no private key in PEM: ${Object(error).message}`);
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new SettingsError(`${file} is no ECDSA key over P-256; docs/release.md makes one`);
  return key;
}

try {
  const {
    values,
    positionals: [file],
  } = scriptArguments('npm run release -- [SETTINGS.yaml] [--sign KEY]', {
    options: { sign: { type: 'string' } },
    words: 'any',
  });
  const key = values.sign === undefined ? undefined : await signingKey(values.sign);
  const { context } = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8'));
  const options = { directory, context, ...(key && { key }) };
  if (file === undefined) await makeRelease(options);
  else {
    const settings = settingsFromFile(file);
    const writeLock = heldToLock(settings, file);
    await makeRelease({ ...options, settings });
    writeLock();
  }
  console.log(`${directory}: verify and deploy it as docs/release.md says`);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
