import { expect, it } from 'vitest';
import { absolutePath, directoryOf } from '../../../../lambda/core/read/kubelet/absolute-path.ts';

it.each([
  ['/a/./b/../c//d/', undefined, '/a/c/d'],
  ['/', undefined, '/'],
  ['/../..', '/x', '/'],
  ['/a/.b/..c', undefined, '/a/.b/..c'],
  ['a', undefined, undefined],
  ['a', 'd', undefined],
  ['a', 'd/e', undefined],
  ['a', '/d', '/d/a'],
  ['../a', '/d/e', '/d/a'],
  ['', '/d', '/d'],
  ['C:\\k\\..\\c', undefined, 'C:\\k\\..\\c'],
  ['c:/k/../c', undefined, 'c:/k/../c'],
  ['c:/k/../c', '/d', '/d/c:/c'],
  ['\\\\host\\share', 'C:\\d', '\\\\host\\share'],
  ['\\\\host\\share', '/d', '/d/\\\\host\\share'],
  ['./d.d', '/', '/d.d'],
  ['k', 'C:\\work', 'C:\\work\\k'],
  ['k', 'C:\\work\\', 'C:\\work\\k'],
  ['k', 'C:/work/', 'C:/work\\k'],
  ['C:k', '/d', '/d/C:k'],
  ['CD:\\k', '/d', '/d/CD:\\k'],
  ['1:\\k', '/d', '/d/1:\\k'],
  ['\\k', '/d', '/d/\\k'],
])('makes of %j in %j the path %j', (path, directory, absolute) => {
  expect(absolutePath(path, directory)).toBe(absolute);
});

it.each([
  ['/a/b/c', '/a/b'],
  ['/a', '/'],
  ['/a/b\\c', '/a'],
  ['C:\\a\\b', 'C:\\a'],
  ['C:\\a/b', 'C:\\a'],
  ['C:/a\\b', 'C:/a'],
  ['\\\\host\\share\\a', '\\\\host\\share'],
])('finds %s in %s', (file, directory) => {
  expect(directoryOf(file)).toBe(directory);
});
