import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { commitDefined } from './commit.ts';
import { nodeModulesByRequire } from './node-modules.ts';
import { leaveOutUnused } from './unused-code.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The oldest Node that runs the program, major and minor version: undici wants it. */
export const oldestNode = '22.19';
const [oldestMajor, oldestMinor] = oldestNode.split('.');

/** The whole program: it runs wherever Node does, with nothing beside it. */
const programFile = 'eks-kubelet-audit.mjs';

/** What the package's command starts: it has V8's compiled code of the program kept between two starts. */
export const startFile = 'start.mjs';

/**
 * The first lines of the command, a shell's and JavaScript's at once: they set what keeps the program small, as for functions (`memoryEnvironment` of infra).
 * Not `env -S`, which BusyBox lacks.
 */
const firstLines = `#!/bin/sh
':' //; MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 exec node --max-semi-space-size=8 --max-old-space-size=320 "$0" "$@"`;

/** Said in one sentence, before anything is loaded that an older Node does not know. */
const versionCheck = `if(((major,minor)=>major<${oldestMajor}||major===${oldestMajor}&&minor<${oldestMinor})(...process.versions.node.split(".").map(Number))){console.error("eks-kubelet-audit needs Node ${oldestNode} or newer, and this is "+process.versions.node+"; nodejs.org has a newer one");process.exit(3)}`;

/**
 * Bundles the command line into `directory`, as one file and its start. The same commit gives the same bytes.
 * @returns the files that it read, from the root of the project
 */
export async function bundleProgram(directory: string): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  const { code, inputs } = await shakenModules();
  const { outputFiles } = await build({
    ...asModules,
    stdin: { contents: `import './${entryFile}';` },
    outfile: join(directory, programFile),
    // Older than what runs it, so that an older Node can read it as far as the check of its version.
    target: 'node18',
    // Not the names: V8 takes 35 MB more, and twice the time, to read this one file when each of them is a letter or two.
    minifyWhitespace: true,
    minifySyntax: true,
    banner: {
      js: `import{createRequire as __createRequire}from'node:module';${versionCheck}const require=__createRequire(import.meta.url);const __nodeRequire=require;`,
    },
    // Of packages: the first build does not look at those.
    logOverride: { 'duplicate-class-member': 'silent' },
    plugins: [fromMemory(code), nodeModulesByRequire],
  });
  for (const { path, text } of outputFiles) await writeFile(path, ascii(text), { mode: 0o755 });

  // With both, Node prints a warning and colours, as it loads its own modules.
  await writeFile(
    join(directory, startFile),
    `${firstLines}
import*as nodeModule from'node:module';
${versionCheck}
nodeModule.enableCompileCache?.();
if(process.env.NO_COLOR)delete process.env.FORCE_COLOR;
await import('./${programFile}');
`,
    { mode: 0o755 },
  );
  return inputs;
}

const entryFile = 'program.js';

const asModules = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  write: false,
  logLevel: 'warning',
} satisfies BuildOptions;

interface ShakenModules {
  readonly code: ReadonlyMap<string, string>;
  /** The files that they were made of. */
  readonly inputs: readonly string[];
}

/** The program in several modules, by their names. In one file, esbuild would keep all of a package of which anything is loaded late. */
async function shakenModules(): Promise<ShakenModules> {
  const { outputFiles, metafile } = await build({
    ...asModules,
    entryPoints: { program: 'lambda/cli/eks-kubelet-audit.ts' },
    outdir: 'modules',
    splitting: true,
    target: 'node18',
    keepNames: true,
    define: commitDefined(root),
    plugins: [leaveOutUnused],
    metafile: true,
  });
  return {
    code: new Map(outputFiles.map(({ path, text }) => [basename(path), text])),
    inputs: Object.keys(metafile.inputs),
  };
}

const fromMemory = (modules: ReadonlyMap<string, string>): Plugin => ({
  name: 'from-memory',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\// }, ({ path }) => ({ path: basename(path), namespace: 'memory' }));
    onLoad({ filter: /.*/, namespace: 'memory' }, ({ path }) => {
      const contents = modules.get(path);
      return contents === undefined ? undefined : { contents };
    });
  },
});

/**
 * With one character beyond Latin-1, V8 keeps two bytes for each character of the file. The strings are escaped by esbuild. What it leaves is in
 * regular expressions and in tagged templates, which know the same escapes.
 */
const ascii = (text: string): string =>
  text.replace(/[^\x00-\x7f]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
