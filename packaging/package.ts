import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleProgram, oldestNode, startFile } from './bundle.ts';
import { bundledPackages, noticesOf } from './bundled-packages.ts';
import { packedReadme } from './packed-readme.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is packed beside the program: what the README links to. */
const documents = ['docs', 'deployment.yaml', 'LICENSE'];

/** What the packed program is, without what builds it. */
function packedManifest(text: string): string {
  const { name, version, description, license, type } = JSON.parse(text);
  return `${JSON.stringify(
    {
      name,
      version,
      description,
      license,
      // It is on no registry, and npm publishes nothing that says so.
      private: true,
      type,
      engines: { node: `>=${oldestNode}.0` },
      bin: { [name]: `dist/${startFile}` },
      files: ['dist', 'THIRD-PARTY-NOTICES.txt', ...documents],
    },
    undefined,
    2,
  )}\n`;
}

/**
 * Packs the program into `directory`: one file that needs no other package, with its documents and the licences of what is bundled. The same commit
 * gives the same bytes.
 * @returns the name of the `.tgz`
 */
export async function packProgram(directory: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'package-'));
  try {
    const inputs = await bundleProgram(join(folder, 'dist'));
    await writeFile(join(folder, 'THIRD-PARTY-NOTICES.txt'), noticesOf(await bundledPackages(root, inputs)));
    await writeFile(join(folder, 'package.json'), packedManifest(await readFile(join(root, 'package.json'), 'utf8')));
    for (const each of documents)
      await cp(join(root, each), join(folder, each), {
        recursive: true,
        filter: (path) => basename(path) !== 'decisions',
      });
    const isPacked = (path: string) => documents.some((each) => path === each || path.startsWith(`${each}/`));
    await writeFile(join(folder, 'README.md'), packedReadme(await readFile(join(root, 'README.md'), 'utf8'), isPacked));

    await mkdir(directory, { recursive: true });
    const options = ['--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', directory];
    const { stdout } = await promisify(execFile)('npm', ['pack', ...options], { cwd: folder });
    const [{ filename }] = JSON.parse(stdout);
    return filename;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main)
  switch (process.argv[2]) {
    case 'bundle':
      await bundleProgram(join(root, 'dist'));
      break;
    case 'pack':
      console.log(join('dist', await packProgram(join(root, 'dist'))));
      break;
    case 'prepack':
      // `npm pack` would pack the whole project.
      console.error('npm run package packs the program');
      process.exitCode = 1;
      break;
    default:
      throw new Error(`'${process.argv[2]}' is none of bundle, pack, prepack`);
  }
