import { expect, it } from 'vitest';
import { checkFiles, type FileThere, readChecksums } from '../../../../lambda/core/run/signed/check-files.ts';

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];

it.each([
  ['nothing', '', {}],
  ['files of folders, as text and as binary', `${a}  x/y.json\n${b} *z z\n`, { 'x/y.json': a, 'z z': b }],
  ['names that sha256sum escapes', `\\${a}  x\\ny\\r\\\\z\n`, { 'x\ny\r\\z': a }],
  ['a backslash in a line that is not escaped', `${a}  x\\ny\n`, { 'x\\ny': a }],
])('SHA256SUMS with %s is read', (_, text, files) => {
  expect(readChecksums(text)).toStrictEqual({ files: new Map(Object.entries(files)) });
});

it.each([
  ['no checksum', [`x${a}  x`, `${a.slice(1)}  x`, `${a.toUpperCase()}  x`, `${a} x`, `${a}  `]],
  [
    'a file outside of the folder',
    ['/x', '../x', 'x/..', 'x/../y', './x', 'x/.', 'x//y', 'x/'].map((name) => `${a}  ${name}`),
  ],
  ['a file a second time', [`${b}  known`]],
])('SHA256SUMS with %s is broken as a whole, and says in which line', (what, lines) => {
  for (const line of lines) {
    const verb = what === 'no checksum' ? 'is' : 'names';
    expect(readChecksums(`${a}  known\n${line}\n`)).toStrictEqual({ broken: `line 2 ${verb} ${what}` });
  }
});

it('a folder has the files of its checksums, and every difference is named in the order of the names', () => {
  const sums = new Map(Object.entries({ same: a, other: a, gone: a, link: a }));
  const files: readonly FileThere[] = [
    { path: 'same', sha256: a },
    { path: 'other', sha256: b },
    { path: 'more\u001b[2J', sha256: a },
    { path: 'link', link: true },
  ];
  expect(checkFiles(sums, files)).toEqual([
    { kind: 'missing', text: 'gone is in SHA256SUMS, and not here' },
    { kind: 'changed', text: 'link is a link, and was a file' },
    { kind: 'extra', text: 'more is in no line of SHA256SUMS' },
    { kind: 'changed', text: `other has SHA-256 ${b}, and SHA256SUMS says ${a}` },
  ]);
});
