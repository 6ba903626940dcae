import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { DirectorySnapshot, FileSnapshot } from '../core/kubelet/node-files.ts';
import type { SavedFiles } from '../core/ports.ts';

/** A real configuration has 2 to 4 KB. */
const maxFileBytes = 512 * 1024;
const maxDropIns = 64;
const maxDepth = 5;

/**
 * Files that somebody saved from a node, below a folder as they lay below `/`. What is not there was not saved: nothing follows from it.
 * A link that leads out of the folder is not followed, since it would read this machine's files instead of the node's.
 * @param root `undefined` when nothing was saved
 */
export function savedFiles(root: string | undefined): SavedFiles {
  return {
    async exists() {
      return root !== undefined && (await stat(root).catch(() => undefined))?.isDirectory() === true;
    },

    async file(path): Promise<FileSnapshot> {
      const found = await inside(root, path);
      if (found === undefined) return { status: 'not-saved' };
      if (found === 'outside') return { status: 'refused', because: 'it is a link that leads out of the saved files' };

      const handle = await open(found, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const stats = await handle.stat();
        if (!stats.isFile()) return { status: 'refused', because: 'it is no regular file' };
        if (stats.size > maxFileBytes)
          return { status: 'refused', because: `it is larger than ${maxFileBytes / 1024} KB` };
        return { status: 'read', text: await handle.readFile('utf8') };
      } finally {
        await handle.close();
      }
    },

    async directory(path): Promise<DirectorySnapshot> {
      const found = await inside(root, path);
      if (found === undefined) return { status: 'not-saved' };
      if (found === 'outside') return { status: 'refused', because: 'it is a link that leads out of the saved files' };

      const entries = await readdir(found, { recursive: true, withFileTypes: true }).catch(() => undefined);
      if (!entries) return { status: 'refused', because: 'it is no directory' };

      const below = entries
        .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.conf'))
        .map((entry) => join(entry.parentPath, entry.name).slice(found.length + 1));
      if (below.length > maxDropIns) return { status: 'refused', because: `it holds more than ${maxDropIns} drop-ins` };
      if (below.some((each) => each.split(sep).length > maxDepth))
        return { status: 'refused', because: `it is more than ${maxDepth} folders deep` };
      return { status: 'read', files: below.map((each) => `${path.replace(/\/+$/, '')}/${each}`) };
    },
  };
}

/** The real path of a node's file below the root; `C:\a\b` lies at `a/b`. */
async function inside(root: string | undefined, path: string): Promise<string | 'outside' | undefined> {
  if (root === undefined) return undefined;

  const [top, found] = await Promise.all([
    realpath(root),
    realpath(join(root, path.replace(/^[A-Za-z]:/, '').replaceAll('\\', '/'))),
  ]).catch(() => [undefined, undefined]);
  if (top === undefined || found === undefined) return undefined;
  return found === top || found.startsWith(top + sep) ? found : 'outside';
}
