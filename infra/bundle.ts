import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { waiversFile } from '../lambda/contract/names.ts';
import { commitDefined } from '../packaging/commit.ts';
import { nodeModulesByRequire } from '../packaging/node-modules.ts';
import { leaveOutUnused } from '../packaging/unused-code.ts';
import { type Settings, SettingsError } from './config/settings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where the functions' code is, once bundled. */
export const bundleDirectory = `${root}dist/audit`;

const entries = ['start', 'discover', 'item', 'summarise', 'remediate', 'check-waivers'] as const;

/** CommonJS packages inside an ES module still ask for Node's own modules by `require`. */
const requireForCommonJs =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __nodeRequire = require;";

/**
 * Bundles the functions into `directory`: one entry each (`start.mjs`, `discover.mjs`, `item.mjs`, `summarise.mjs`, `remediate.mjs`), which exports
 * `handler`. With them go the check of waivers (`check-waivers.mjs`), and the chunks that they share or load later. Nothing is left out, so that the
 * function runs the SDK that was tested. The same commit gives the same bytes.
 * @returns the files that it read, from the root of the project
 */
export async function bundleAudit(directory: string): Promise<readonly string[]> {
  await rm(directory, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries.map((name) => [name, `lambda/handlers/${name}.ts`])),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // ES module builds first: they shake off what is unused.
    mainFields: ['module', 'main'],
    minify: true,
    // Names are kept: errors are recognized and logged by them.
    keepNames: true,
    legalComments: 'none',
    banner: { js: requireForCommonJs },
    define: commitDefined(root),
    plugins: [leaveOutUnused, nodeModulesByRequire],
    logLevel: 'warning',
    metafile: true,
  });
  return Object.keys(metafile.inputs).filter((path) => !path.startsWith('node:'));
}

/**
 * Puts the waivers of the settings beside the bundled code, once the bundle itself has found nothing wrong with them.
 * @throws SettingsError naming the file, and each entry that cannot be used
 */
export async function addWaivers(
  directory: string,
  { waivers: file, benchmark, longestWaiver }: Pick<Settings, 'waivers' | 'benchmark' | 'longestWaiver'>,
): Promise<void> {
  if (file === undefined) return;

  const text = await textOf(file);
  const { waiversFault }: Program = await import(pathToFileURL(join(directory, 'check-waivers.mjs')).href);
  const fault = waiversFault(text, { file, benchmark, longestWaiver, warn: console.warn });
  if (fault !== undefined) throw new SettingsError(fault);

  await writeFile(join(directory, waiversFile), text);
}

/** lambda/handlers/check-waivers.ts, bundled. */
interface Program {
  waiversFault(
    text: string,
    about: Pick<Settings, 'benchmark' | 'longestWaiver'> & {
      readonly file: string;
      readonly warn: (text: string) => void;
    },
  ): string | undefined;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new SettingsError(
      `cannot read the waivers in '${file}'; 'waivers' names a file beside the settings, or leave it out`,
      { cause },
    );
  }
}
