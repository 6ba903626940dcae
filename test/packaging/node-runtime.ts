import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Of Node's own binaries on npm, by their major version. */
const releases = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0' } as const;

/**
 * Another Node than the one that runs the tests: installed once from npm below node_modules/.cache.
 * @returns its path, or `undefined` where it cannot be had (no registry, another system)
 */
export function nodeRuntime(major: keyof typeof releases): string | undefined {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  if (process.platform !== 'linux') return undefined;

  const name = `node-linux-${process.arch}`;
  const folder = join(root, 'node_modules/.cache', `node-${releases[major]}`);
  const binary = join(folder, 'node_modules', name, 'bin/node');
  if (existsSync(binary)) return binary;

  try {
    mkdirSync(folder, { recursive: true });
    const options = ['--prefix', folder, '--no-save', '--ignore-scripts', '--loglevel=error'];
    execFileSync('npm', ['install', ...options, `${name}@${releases[major]}`], { stdio: 'ignore', timeout: 120_000 });
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}
