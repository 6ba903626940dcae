import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod/mini';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const { dependencies, devDependencies, optionalDependencies } = z
  .looseObject({
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
    optionalDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(read('package.json')));

it('pins every package to one exact version', () => {
  const loose = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});

it('groups every package for dependabot, and names only packages that exist', () => {
  const group = z.looseObject({ patterns: z.optional(z.array(z.string())), 'dependency-type': z.optional(z.string()) });
  const { updates } = z
    .looseObject({
      updates: z.array(z.looseObject({ 'package-ecosystem': z.string(), groups: z.record(z.string(), group) })),
    })
    .parse(parse(read('.github/dependabot.yml')));
  const groups = Object.values(updates.find((each) => each['package-ecosystem'] === 'npm')?.groups ?? {});

  const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  const fits = (pattern: string) => (name: string) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  const patterns = groups.flatMap(({ patterns: own = [] }) => own);
  expect(patterns.filter((pattern) => !names.some(fits(pattern)))).toEqual([]);

  const types = groups.flatMap(({ 'dependency-type': type }) => type ?? []);
  expect(types.toSorted()).toEqual(['development', 'production']);
});

it('has owners only for paths that are there', () => {
  const paths = read('.github/CODEOWNERS').match(/^[^#\s]\S*/gm) ?? [];
  expect(paths.length).toBeGreaterThan(3);
  expect(paths.filter((path) => path !== '*' && !existsSync(join(root, path)))).toEqual([]);
});

it.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names only programs that are there', (file) => {
  const tracked = globSync('{lambda,infra,packaging,test}/**/*.{ts,sh}', { cwd: root });
  // Capitals are what a reader fills in.
  const named = [...read(file).matchAll(/`([\w./-]+\/[a-z0-9.-]+\.(?:ts|sh))`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter((path) => !tracked.some((each) => each === path || each.endsWith(`/${path}`)))).toEqual([]);
});

it('refuses a commit of a file that is not formatted, once its hook is set, and takes one that is', () => {
  const clone = mkdtempSync(join(tmpdir(), 'hooks-'));
  onTestFinished(() => rmSync(clone, { recursive: true }));
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  copyFileSync(join(root, 'biome.json'), join(clone, 'biome.json'));
  copyFileSync(join(root, '.gitignore'), join(clone, '.gitignore'));
  cpSync(join(root, '.husky/pre-commit'), join(clone, '.husky/pre-commit'));
  // Not the variables that Git sets for a hook of this checkout, nor its user's settings.
  const env = { PATH: process.env['PATH'], HOME: clone };
  const run = (command: string, ...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: clone, encoding: 'utf8', env });
    return { status, output: stdout + stderr };
  };
  const commit = (source: string) => {
    writeFileSync(join(clone, 'a.ts'), source);
    run('git', 'add', 'a.ts');
    return run('git', '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-m', 'a');
  };

  run('git', 'init', '-b', 'main');
  expect(run(join(root, 'node_modules/.bin/husky'))).toEqual({ status: 0, output: '' });
  expect(commit("export const a={b:'c'}\n")).toMatchObject({ status: 1, output: expect.stringContaining('format') });
  expect(commit("export const a = { b: 'c' };\n")).toMatchObject({ status: 0 });
});
