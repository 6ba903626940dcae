import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, parse, resolve, sep } from 'node:path';
import { errorCode } from '../core/model/text/error-text.ts';

/** As many as Linux follows. */
const mostLinks = 40;

/**
 * Refuses a path that leads over another user's link: a user who can write in a folder above could lead the output anywhere. Links of this user and
 * of root, such as /dev/stdout, are followed, and their targets are checked in the same way. What does not exist yet has no owner.
 * @throws Error that names the link
 */
export async function refusePlantedLinks(path: string, left = mostLinks): Promise<void> {
  const whole = resolve(path);
  const parts = whole.slice(parse(whole).root.length).split(sep);

  let at = parse(whole).root;
  for (const [index, part] of parts.entries()) {
    at = join(at, part);
    const found = await lstatOrNothing(at);
    if (!found) return;
    if (!found.isSymbolicLink()) continue;

    if (!isTrusted(found.uid)) throw new Error(`'${at}' is a link that somebody else made (user ${found.uid})`);
    if (left === 0) throw new Error(`'${path}' leads from link to link`);
    const target = resolve(dirname(at), await readlink(at), ...parts.slice(index + 1));
    await refusePlantedLinks(target, left - 1);
    return;
  }
}

/** Where there are no users, as on Windows, every owner counts as this user. */
const isTrusted = (owner: number): boolean => owner === 0 || (process.geteuid?.() ?? owner) === owner;

async function lstatOrNothing(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    // What is behind a file, or may not be looked at, cannot be written either.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
