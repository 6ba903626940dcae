import type { KeyObject } from 'node:crypto';
import { statementFile, sumsFile } from '../../core/model/text/checksum-line.ts';
import { printable } from '../../core/model/text/words.ts';
import { censusListFile } from '../../core/run/signed/census-list.ts';
import { checkFiles, type Fault, readChecksums } from '../../core/run/signed/check-files.ts';
import { hashOf, isHandOver, type KnownHead, type RunStatement } from '../../core/run/signed/run-statement.ts';
import { checkBundle } from '../../core/run/signed/signed-bundle.ts';
import type { KeptFiles } from './ports.ts';

export const mostSums = 256 * 1024 * 1024;
const mostBundle = 1024 * 1024;

export interface VerifyFilesOptions {
  /** Public keys: one, or those that signed one after another. */
  readonly keys: readonly KeyObject[];
  /** Of statements, from a place where the owner of the files can't write. */
  readonly heads?: readonly KnownHead[];
}

export interface VerifiedFiles {
  readonly faults: readonly Fault[];
  /** Files whose hash is the one that SHA256SUMS says. */
  readonly intact: number;
  /** Absent where nothing signed was found. */
  readonly signed?: { readonly statement: RunStatement; readonly sha256: string };
}

/** Each file of a folder against SHA256SUMS, SHA256SUMS against the statement beside it, and the statement against the key. */
export async function verifyFiles(kept: KeptFiles, options: VerifyFilesOptions): Promise<VerifiedFiles> {
  const files = await checkSums(kept, [statementFile]);
  const bundle = files.links.has(statementFile) ? undefined : await kept.bytes(statementFile, mostBundle);
  const { faults, signed } = checkStatement(bundle?.toString('utf8'), options);
  return {
    faults: [...files.faults, ...faults, ...(signed ? subjectFaults(signed.statement, files) : [])],
    intact: files.intact,
    ...(signed && { signed }),
  };
}

/** The files of a run as they are now. */
export interface CheckedSums {
  readonly faults: readonly Fault[];
  readonly intact: number;
  /** How many there are, SHA256SUMS among them. */
  readonly count: number;
  /** SHA-256 by name, of SHA256SUMS and of what it names; without it, of the files that are here. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly links: ReadonlySet<string>;
}

/** Each file against SHA256SUMS; those of `beside` are in no line of it. */
export async function checkSums(kept: KeptFiles, beside: readonly string[]): Promise<CheckedSums> {
  const there = await Array.fromAsync(kept.files());
  const apart = new Set([sumsFile, ...beside]);
  const files = there.filter(({ path }) => !apart.has(path));
  const links = there.filter((each) => 'link' in each && apart.has(each.path)).map(({ path }) => path);
  const linked = links.map((path): Fault => ({ kind: 'changed', text: `${path} is a link, and was a file` }));

  const sums = links.includes(sumsFile) ? undefined : await kept.bytes(sumsFile, mostSums);
  const read = sums === undefined ? undefined : readChecksums(sums.toString('utf8'));
  const ofFiles: readonly Fault[] =
    read === undefined
      ? [{ kind: 'missing', text: `${sumsFile} is not here, so no file can be checked` }]
      : 'broken' in read
        ? [{ kind: 'changed', text: `${sumsFile} cannot be read: ${read.broken}` }]
        : checkFiles(read.files, files);
  const known = read !== undefined && 'files' in read ? read.files : new Map<string, string>();
  return {
    faults: [...linked, ...ofFiles],
    intact: files.filter((each) => 'sha256' in each && known.get(each.path) === each.sha256).length,
    count: there.length,
    hashes: sums
      ? new Map([...known, [sumsFile, hashOf(sums)]])
      : new Map(files.flatMap((each) => ('sha256' in each ? [[each.path, each.sha256] as const] : []))),
    links: new Set(links),
  };
}

/** A statement against the keys, and against the heads. */
function checkStatement(
  bundle: string | undefined,
  { keys, heads = [] }: VerifyFilesOptions,
): Pick<VerifiedFiles, 'faults' | 'signed'> {
  const refused = (because: string) => ({
    faults: [{ kind: 'unsigned', text: `${statementFile} ${because}` } as const],
  });
  if (bundle === undefined) return refused('is not here');
  const checked = checkBundle(bundle, keys);
  if (checked.status === 'refused') return refused(checked.because);

  const { statement, sha256 } = checked;
  if (isHandOver(statement)) return refused('holds no statement about a run');
  return { faults: headFaults({ statement, sha256 }, heads), signed: { statement, sha256 } };
}

/** The statement of one run has to be one of the heads, where there are any. */
export function headFaults(
  { statement, sha256 }: NonNullable<VerifiedFiles['signed']>,
  heads: readonly KnownHead[],
): readonly Fault[] {
  if (heads.length === 0 || heads.some((each) => isHead(each, { sha256, ...statement.predicate.run }))) return [];
  const said = heads.map(headText).join(', ');
  return [{ kind: 'head', text: `the statement's SHA-256 is ${sha256}, and --head says ${said}` }];
}

export const isHead = (head: KnownHead, { sha256, number }: KnownHead): boolean =>
  head.sha256 === sha256 && (head.number === undefined || head.number === number);

/** As it is written: `12:0123…`, or the hash alone. */
export const headText = ({ number, sha256 }: KnownHead): string => (number === undefined ? '' : `${number}:`) + sha256;

/** What a statement is about, against the files that are there. */
export function subjectFaults({ subject }: RunStatement, { hashes }: Pick<CheckedSums, 'hashes'>): readonly Fault[] {
  if (!subject.some(({ name }) => name === sumsFile))
    return [{ kind: 'unsigned', text: `the statement is not about ${sumsFile}` }];
  return subject.flatMap(({ name, digest }): readonly Fault[] => {
    // The list of what sweeps left is beside the statements, and only of a bucket.
    if (name === censusListFile) return [];
    const found = hashes.get(name);
    // Its absence is a fault of the files already.
    if (found === digest.sha256 || (found === undefined && !hashes.has(sumsFile))) return [];
    return [{ kind: 'changed', text: `${printable(name, 200)} is not the one that was signed` }];
  });
}
