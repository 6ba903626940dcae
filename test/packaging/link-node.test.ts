import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeRuntime } from './node-runtime.ts';

const program = join(import.meta.dirname, '../../packaging/link-node.mjs');
const name = `node-linux-${process.arch}`;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'link-node-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const installed = () => {
  mkdirSync(join(folder, 'node_modules', name, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'node_modules', name, 'bin/node'), '');
};
const run = (node: string) => execFileSync(node, [program], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
const link = () => readlinkSync(join(folder, 'node_modules/.bin/node'));

const oldest = nodeRuntime(20);
it.skipIf(!oldest)('links the Node that npm 10 brought and did not link, on Node 20', () => {
  installed();
  expect(run(oldest ?? '')).toBe('');
  expect(link()).toBe(`../${name}/bin/node`);
});

it('leaves a link that is there, and a machine without that package', () => {
  expect(run(process.execPath)).toBe('');
  expect(link).toThrow('ENOENT');

  installed();
  mkdirSync(join(folder, 'node_modules/.bin'));
  symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
  run(process.execPath);
  expect(link()).toBe(process.execPath);
});
