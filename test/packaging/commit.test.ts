import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commitOf } from '../../packaging/commit.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const place = temporaryFolder();

function folder(): string {
  const made = mkdtempSync(join(place, 'commit-'));
  writeFileSync(join(made, 'package.json'), '{}');
  return made;
}

function git(cwd: string, ...args: readonly string[]): string {
  const author = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
  return spawnSync('git', [...author, ...args], { cwd, encoding: 'utf8' }).stdout.trim();
}

it('is the commit of the checkout, and says when files differ', () => {
  const root = folder();
  git(root, 'init', '--quiet');
  git(root, 'add', 'package.json');
  git(root, 'commit', '--quiet', '--message', 'first');
  git(root, 'tag', 'v1');
  expect(commitOf(root)).toBe(git(root, 'rev-parse', 'HEAD'));

  appendFileSync(join(root, 'package.json'), ' ');
  expect(commitOf(root)).toBe(`${git(root, 'rev-parse', 'HEAD')}-dirty`);
});

it('is not known without a checkout, and not that of a checkout around the package', () => {
  expect(commitOf(folder())).toBeUndefined();

  const around = folder();
  git(around, 'init', '--quiet');
  git(around, 'add', 'package.json');
  git(around, 'commit', '--quiet', '--message', 'first');
  const inside = join(around, 'node_modules/eks-kubelet-audit');
  mkdirSync(inside, { recursive: true });
  writeFileSync(join(inside, 'package.json'), '{}');
  expect(commitOf(inside)).toBeUndefined();
});
