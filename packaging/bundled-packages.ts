import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A package whose code is in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX, as its manifest says. */
  readonly license: string;
  /** The text of its licence, and of its notice where it has one. */
  readonly texts: readonly string[];
}

/**
 * The packages that esbuild took files from, by name and version.
 *
 * @param inputs paths of the files, from `root`, as esbuild's metafile has them
 * @throws Error at a package without a licence: what may not be passed on is not bundled
 */
export async function bundledPackages(root: string, inputs: readonly string[]): Promise<readonly BundledPackage[]> {
  const folders = new Set(
    inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.slice(1) ?? []),
  );
  const packages = await Promise.all([...folders].map((folder) => packageIn(join(root, folder))));
  const once = new Map(packages.map((each) => [`${each.name}@${each.version}`, each]));
  return [...once.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

async function packageIn(folder: string): Promise<BundledPackage> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${name} ${version} says nothing of its licence; look at ${folder}`);

  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)(\.|$)/i.test(file)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return { name, version, license, texts: texts.map((text) => text.trim()) };
}

/** One file that goes with the bundle: each package with its licence. */
export const noticesOf = (packages: readonly BundledPackage[]): string =>
  packages
    .map(({ name, version, license, texts }) => [`${name} ${version} (${license})`, ...texts].join('\n\n'))
    .join(`\n\n${'-'.repeat(80)}\n\n`);
