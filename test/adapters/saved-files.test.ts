import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { savedFiles } from '../../lambda/adapters/saved-files.ts';

const root = mkdtempSync(join(tmpdir(), 'saved-'));
const { file, directory } = savedFiles(root);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** As somebody whom file modes apply to: root may read everything. */
async function asNobody<T>(look: () => Promise<T>): Promise<T> {
  const { getuid, seteuid } = process;
  if (!getuid || !seteuid || getuid() !== 0) return await look();

  seteuid(65_534);
  try {
    return await look();
  } finally {
    seteuid(0);
  }
}

describe('a saved file', () => {
  it('that this user may not read is refused, not absent, and its folder is a folder', async () => {
    chmodSync(root, 0o755);
    mkdirSync(join(root, 'closed.d'));
    writeFileSync(join(root, 'secret'), 'x', { mode: 0o000 });
    chmodSync(join(root, 'closed.d'), 0o000);
    const because = expect.stringMatching(/^this user may not read it \(EACCES\)/);

    await asNobody(async () => {
      expect(await file('/secret')).toEqual({ status: 'refused', because });
      expect(await directory('/closed.d')).toEqual({ status: 'refused', because });
      expect(await file('/closed.d/a')).toEqual({ status: 'refused', because });
    });
  });

  it('that is a socket, a folder or a link to itself is refused with the reason', async () => {
    const socket = createServer().listen(join(root, 'socket'));
    symlinkSync('loop', join(root, 'loop'));
    mkdirSync(join(root, 'folder'));

    expect(await file('/socket')).toEqual({ status: 'refused', because: 'it is not a regular file' });
    expect(await file('/folder')).toEqual({ status: 'refused', because: 'it is not a regular file' });
    expect(await file('/loop')).toEqual({ status: 'refused', because: 'it is a link that leads back to itself' });
    expect(await directory('/socket')).toEqual({ status: 'not-walked' });
    socket.close();
  });

  it('whose path no file can have is refused', async () => {
    expect(await file(`/${'x'.repeat(300)}`)).toMatchObject({ status: 'refused' });
    expect(await file('/a\0b')).toMatchObject({
      status: 'refused',
      because: expect.stringContaining('cannot be read'),
    });
  });

  it('that is not there, or lies below a file, was not saved', async () => {
    writeFileSync(join(root, 'plain'), '');
    expect(await file('/nowhere/at/all')).toEqual({ status: 'not-saved' });
    expect(await file('/plain/below')).toEqual({ status: 'not-saved' });
  });
});

it('reads the files of the node itself below /, links among them', async () => {
  writeFileSync(join(root, 'own.json'), '{}');
  mkdirSync(join(root, 'own.d'));
  writeFileSync(join(root, 'own.d/a.conf'), '{}');
  symlinkSync(join(root, 'own.json'), join(root, 'own.link'));
  const node = savedFiles('/');

  expect(await node.file(join(root, 'own.json'))).toEqual({ status: 'read', text: '{}' });
  expect(await node.file(join(root, 'own.link'))).toEqual({ status: 'read', text: '{}' });
  expect(await node.directory(join(root, 'own.d'))).toEqual({ status: 'read', files: [join(root, 'own.d/a.conf')] });
});

describe('a saved config directory', () => {
  mkdirSync(join(root, 'real.d'));
  writeFileSync(join(root, 'real.d/1.conf'), 'x');
  symlinkSync('real.d', join(root, 'link.d'));
  symlinkSync('real.d', join(root, 'link.conf'));
  writeFileSync(join(root, 'file.conf'), 'x');

  it.each([
    ['a directory', '/real.d', { status: 'read', files: ['/real.d/1.conf'] }],
    ['a link, which the kubelet does not follow', '/link.d', { status: 'not-walked' }],
    ['a link with a slash at its end, which it follows', '/link.d/', { status: 'read', files: ['/link.d/1.conf'] }],
    ['a link that is called a drop-in', '/link.conf', { status: 'refused' }],
    ['a file that is called a drop-in, which is the only one', '/file.conf', { status: 'read', files: ['/file.conf'] }],
    ['a path with ".."', '/real.d/../real.d', { status: 'refused' }],
    ['a path with "."', '/./real.d', { status: 'refused' }],
  ])('may be %s', async (_, path, snapshot) => {
    expect(await directory(path)).toMatchObject(snapshot);
  });
});
