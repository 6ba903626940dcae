import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, parse, relative, resolve, sep } from 'node:path';
import type { PlanFile } from '../core/fix/remediation/plan-text.ts';
import type { Manifest } from '../core/model/manifest.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import { checksumLine, statementFile, sumsFile } from '../core/model/text/checksum-line.ts';
import { errorCode, errorText, plainJson } from '../core/model/text/words.ts';
import type { EvidenceFile } from '../core/report/evidence.ts';
import type { KeptFiles } from '../flow/verify/ports.ts';

/** A file below a folder: one folder deep, with the text that it holds. */
type OutputFile = EvidenceFile | PlanFile;

/**
 * Writes evidence below a folder, readable by its owner only. Files of the same names are replaced, and no link of another user is followed.
 * @throws OperatorError `evidence-unwritable`
 */
export async function keepEvidence(folder: string, files: Iterable<EvidenceFile>): Promise<void> {
  try {
    await refusePlantedLinks(folder);
    for (const file of files) await replaceFile(folder, file, { folder: 0o700, file: 0o600 });
  } catch (error) {
    const advice = 'choose another folder with --keep-evidence';
    throw failedBy(error, 'evidence-unwritable', `the evidence cannot be kept in '${folder}'`, advice);
  }
}

const failedBy = (error: unknown, code: string, what: string, ...advice: readonly string[]): OperatorError =>
  new OperatorError(code, [`${what}: ${errorText(error)}`, ...advice].join('; '), { cause: error });

/** How what is in a folder of evidence was audited. */
const manifestFile = 'manifest.json';

/**
 * Writes `manifest.json`, then `SHA256SUMS` over every file in the folder and below it, also those of other writers, but no links: `sha256sum -c
 * SHA256SUMS` verifies them. Last comes the signed statement, if there is one. Without a folder, nothing was kept and nothing is written.
 * @param signed the statement about this SHA-256 of `SHA256SUMS`
 * @throws OperatorError `evidence-unwritable`
 */
export async function sealFolder(
  folder: string,
  manifest: Manifest,
  signed?: (sumsSha256: string) => Promise<string>,
): Promise<void> {
  let sums: string;
  try {
    await refusePlantedLinks(folder);
    await stat(folder);
    // A statement of an audit before is about files that are not here any more.
    await rm(join(folder, statementFile), { force: true });
    await writeOwn(join(folder, manifestFile), `${plainJson(manifest, undefined, 2)}\n`);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((each) => each.isFile())
      .map((each) => relative(folder, join(each.parentPath, each.name)));
    const lines: string[] = [];
    for (const path of paths.filter((each) => each !== sumsFile).toSorted())
      lines.push(checksumLine(await sha256Of(join(folder, path)), path));

    sums = lines.join('');
    await writeOwn(join(folder, sumsFile), sums);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw unsealed(folder, error);
  }

  if (!signed) return;
  const bundle = await signed(createHash('sha256').update(sums).digest('hex'));
  try {
    await writeOwn(join(folder, statementFile), bundle);
  } catch (error) {
    throw unsealed(folder, error);
  }
}

const unsealed = (folder: string, error: unknown): OperatorError =>
  failedBy(error, 'evidence-unwritable', `the checksums cannot be written to '${folder}'`);

async function writeOwn(file: string, text: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, text, { mode: 0o600, flag: 'wx' });
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Writes the snippets of a plan below a folder, and returns how many; files of the same names are replaced.
 * @throws OperatorError `output-unwritable`
 */
export async function writePlanFiles(folder: string, files: Iterable<PlanFile>): Promise<number> {
  let count = 0;
  try {
    await refusePlantedLinks(folder);
    await makeFolder(folder);
    for (const file of files) {
      await replaceFile(folder, file, { folder: 0o777, file: 0o666 });
      count += 1;
    }
  } catch (error) {
    const advice = 'choose another folder with --output';
    throw failedBy(error, 'output-unwritable', `the snippets cannot be written to '${folder}'`, advice);
  }
  return count;
}

/** A link at the file's path is replaced, not followed, and a linked folder is refused, with any owner. Only a new file gets its mode. */
async function replaceFile(
  folder: string,
  { path, text }: OutputFile,
  modes: { readonly folder: number; readonly file: number },
): Promise<void> {
  const inner = join(folder, path[0]);
  await makeFolder(inner, modes.folder);
  if ((await lstat(inner)).isSymbolicLink()) throw new Error(`'${inner}' is a link`);
  const file = join(folder, ...path);
  await rm(file, { force: true });
  await writeFile(file, text, { mode: modes.file, flag: 'wx' });
}

/**
 * Makes a folder and those above it. Node's own recursive mkdir tries for ever where a file system refuses new folders with ENOENT, as /proc does.
 * Throws what the file system says.
 * @param mode of the folders that are new
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(folder, { mode });
  } catch (error) {
    if (errorCode(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (errorCode(error) !== 'ENOENT' || dirname(folder) === folder) throw error;

    await makeFolder(dirname(folder), mode);
    await mkdir(folder, { mode });
  }
}

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

/**
 * A folder of evidence, or a copy of a run. No link in it is followed, and nothing leaves this machine.
 * @throws OperatorError `file-unreadable`, from each method
 */
export function keptFolder(folder: string): KeptFiles {
  const unreadable = (error: unknown): OperatorError =>
    failedBy(error, 'file-unreadable', `'${folder}' cannot be read`, 'give a folder of evidence');

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
