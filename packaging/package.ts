import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, oldestNode, programFile, startFile } from './bundle.ts';

// `npm pack` runs this before and after: what is packed is the bundle, which needs no other package, so it has a manifest of its own.
const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = join(root, 'package.json');
const kept = join(root, 'dist/package.json.kept');

/** What the packed program is, without what builds it. */
function packedManifest(text: string): string {
  const { name, version, description, license, type } = JSON.parse(text);
  return `${JSON.stringify(
    {
      name,
      version,
      description,
      license,
      type,
      engines: { node: `>=${oldestNode}.0` },
      bin: { [name]: `dist/${startFile}` },
      files: [`dist/${programFile}`, `dist/${startFile}`],
    },
    undefined,
    2,
  )}\n`;
}

switch (process.argv[2]) {
  case 'bundle':
    await bundleProgram(join(root, 'dist'));
    break;
  case 'prepack': {
    await bundleProgram(join(root, 'dist'));
    const text = await readFile(manifest, 'utf8');
    // A pack that was cut short has left its own manifest here: the project's is kept already.
    if (!JSON.parse(text).scripts) break;
    await writeFile(kept, text);
    await writeFile(`${manifest}.new`, packedManifest(text));
    await rename(`${manifest}.new`, manifest);
    break;
  }
  case 'postpack':
    await copyFile(kept, manifest);
    await rm(kept);
    break;
  default:
    throw new Error(`'${process.argv[2]}' is none of bundle, prepack, postpack`);
}
