import { constants } from 'node:fs';
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { errorCode, errorLine, trimmedEnd } from '../core/model/text/words.ts';
import type { DirectorySnapshot, FileSnapshot } from '../core/read/kubelet/node-files.ts';
import type { SavedFiles } from '../flow/ports.ts';

/** A real configuration has 2 to 4 KB. */
const maxFileBytes = 512 * 1024;
const maxDropIns = 64;
const maxDepth = 5;

/**
 * Files that were saved from a node, below a folder as they were below `/`. A missing file was not saved: nothing follows from it. A link that leads
 * out of the folder is not followed, since it would read this machine's files instead of the node's.
 * @param root `undefined` when nothing was saved
 */
export function savedFiles(root: string | undefined): SavedFiles {
  return {
    async exists() {
      return root !== undefined && (await stat(root).catch(() => undefined))?.isDirectory() === true;
    },

    async file(path): Promise<FileSnapshot> {
      return await looked(async () => {
        const found = await inside(root, path);
        return typeof found === 'string' ? await readFile(found) : found;
      });
    },

    async directory(path): Promise<DirectorySnapshot> {
      return await looked(async () => {
        if (/(?:^|[\\/])\.{1,2}(?:[\\/]|$)/.test(path)) return refused('its path has ".." or "." in it');
        const found = await inside(root, path);
        if (typeof found !== 'string') return found;

        const walked = await isWalked(root ?? '', path, found);
        if (walked) return await listFolder(found, path);
        if (!path.endsWith('.conf')) return { status: 'not-walked' };
        return (await stat(found)).isFile()
          ? { status: 'read', files: [path] }
          : refused('it is a link to a directory, and its name is that of a drop-in');
      });
    },
  };
}

async function readFile(found: string): Promise<FileSnapshot> {
  // Without waiting: opening a pipe without a writer would never return.
  const handle = await open(found, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return refused('it is not a regular file');
    if (stats.size > maxFileBytes) return refused(`it is larger than ${maxFileBytes / 1024} KB`);
    return { status: 'read', text: await handle.readFile('utf8') };
  } finally {
    await handle.close();
  }
}

/** As Go's `filepath.WalkDir` does: a link only with a slash at its end, and nothing that is no folder. */
async function isWalked(root: string, path: string, found: string): Promise<boolean> {
  const isLink = (await lstat(placeIn(root, trimmedEnd(path, '\\/')))).isSymbolicLink();
  return (await stat(found)).isDirectory() && (!isLink || /[\\/]$/.test(path));
}

async function listFolder(found: string, path: string): Promise<DirectorySnapshot> {
  const entries = await readdir(found, { recursive: true, withFileTypes: true });
  const below = entries
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.conf'))
    .map((entry) => join(entry.parentPath, entry.name).slice(found.length + 1));

  if (below.length > maxDropIns) return refused(`it holds more than ${maxDropIns} drop-ins`);
  if (below.some((each) => each.split(sep).length > maxDepth))
    return refused(`it is more than ${maxDepth} folders deep`);
  return { status: 'read', files: below.map((each) => `${trimmedEnd(path, '/')}/${each}`) };
}

type NotRead = { readonly status: 'not-saved' } | { readonly status: 'refused'; readonly because: string };

const refused = (because: string): NotRead => ({ status: 'refused', because });

/** What the file system refuses is an answer about this file: the other ones are looked at all the same. */
async function looked<T>(look: () => Promise<T>): Promise<T | NotRead> {
  try {
    return await look();
  } catch (error) {
    const code = errorCode(error) ?? '';
    // Where a name on the way is a file, nothing was saved below it.
    if (['ENOENT', 'ENOTDIR'].includes(code) && isOnTheWay(error)) return { status: 'not-saved' };
    return refused(reasons[code] ?? `it cannot be read: ${errorLine(error)}`);
  }
}

const isOnTheWay = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && error.syscall !== 'scandir';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read it (EACCES); read it as another user, or change its mode',
  EPERM: 'this user may not read it (EPERM); read it as another user, or change its mode',
  ELOOP: 'it is a link that leads back to itself',
  ENAMETOOLONG: 'its path is longer than a path can be',
  ENOTDIR: 'it is not a directory',
  ENXIO: 'it is not a regular file',
};

/** The real path of a node's file below the root; `C:\a\b` is at `a/b`. Throws the errors of the file system. */
async function inside(root: string | undefined, path: string): Promise<string | NotRead> {
  if (root === undefined) return { status: 'not-saved' };

  const [top, found] = await Promise.all([realpath(root), realpath(placeIn(root, path))]);
  // On the node itself the root is `/`, which ends in a separator already.
  const folder = top.endsWith(sep) ? top : top + sep;
  if (found === top || found.startsWith(folder)) return found;
  return refused('it is a link that leads out of the saved files');
}

/** Where a path of a node is below the root; `C:\a\b` is at `a/b`. */
const placeIn = (root: string, path: string): string =>
  join(root, path.replace(/^[A-Za-z]:/, '').replaceAll('\\', '/'));
