import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeDescription, processOfLine } from './node-root.ts';

const folder = join(import.meta.dirname, '../../fixtures/ps');

/** The words of a file of `test/fixtures/ps`. */
export const published = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** Made of published `ps -ef` lines and files; `without` are words of its kubelet that one of today's version has not. */
export function publishedNode(
  ps: string,
  files: Readonly<Record<string, string>>,
  without = '',
): Required<Pick<NodeDescription, 'processes' | 'files'>> {
  return {
    processes: published(ps).replace(without, '').trim().split('\n').map(processOfLine),
    files: Object.fromEntries(Object.entries(files).map(([path, file]) => [path, published(file)])),
  };
}
