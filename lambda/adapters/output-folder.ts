import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { PlanFile } from '../core/fix/remediation/plan-files.ts';
import type { Manifest } from '../core/model/manifest.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import { checksumLine, statementFile, sumsFile } from '../core/model/text/checksum-line.ts';
import { errorCode, errorText } from '../core/model/text/error-text.ts';
import { plainJson } from '../core/model/text/plain-json.ts';
import type { EvidenceFile } from '../core/report/evidence.ts';
import { refusePlantedLinks } from './planted-links.ts';

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
    throw new OperatorError(
      'evidence-unwritable',
      `the evidence cannot be kept in '${folder}': ${errorText(error)}; choose another folder with --keep-evidence`,
      { cause: error },
    );
  }
}

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
  new OperatorError('evidence-unwritable', `the checksums cannot be written to '${folder}': ${errorText(error)}`, {
    cause: error,
  });

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
    throw new OperatorError(
      'output-unwritable',
      `the snippets cannot be written to '${folder}': ${errorText(error)}; choose another folder with --output`,
      { cause: error },
    );
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
