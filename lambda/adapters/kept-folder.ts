import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorCode, errorText } from '../core/model/text/error-text.ts';
import type { KeptFiles } from '../flow/verify/ports.ts';

/**
 * A folder of evidence, or a copy of a run. No link in it is followed, and nothing leaves this machine.
 * @throws OperatorError `file-unreadable`, from each method
 */
export function keptFolder(folder: string): KeptFiles {
  const unreadable = (error: unknown): OperatorError =>
    new OperatorError('file-unreadable', `'${folder}' cannot be read: ${errorText(error)}; give a folder of evidence`, {
      cause: error,
    });

  return {
    async *files() {
      try {
        if (!(await stat(folder)).isDirectory()) throw new Error('it is not a folder');
        for (const each of await readdir(folder, { recursive: true, withFileTypes: true })) {
          if (each.isDirectory()) continue;
          const path = relative(folder, join(each.parentPath, each.name)).split(sep).join('/');
          // A pipe or a device has no content that could be checked: it counts as a link.
          yield each.isFile() ? { path, sha256: await sha256Of(join(folder, path)) } : { path, link: true };
        }
      } catch (error) {
        throw unreadable(error);
      }
    },
    async bytes(path, mostBytes) {
      try {
        const file = await open(join(folder, path));
        try {
          const { size } = await file.stat();
          if (size > mostBytes) throw new Error(`${path} has ${size} bytes, and ${mostBytes} are read at most`);
          return await file.readFile();
        } finally {
          await file.close();
        }
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw unreadable(error);
      }
    },
  };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
