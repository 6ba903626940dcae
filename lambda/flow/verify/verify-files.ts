import type { KeyObject } from 'node:crypto';
import { statementFile, sumsFile } from '../../core/model/text/checksum-line.ts';
import { checkFiles, type Fault } from '../../core/run/signed/check-files.ts';
import { readChecksums } from '../../core/run/signed/checksums.ts';
import { hashOf, type RunStatement } from '../../core/run/signed/run-statement.ts';
import { checkBundle } from '../../core/run/signed/signed-bundle.ts';
import type { KeptFiles } from './ports.ts';

const longest = { sums: 256 * 1024 * 1024, bundle: 1024 * 1024 };

export interface VerifyFilesOptions {
  readonly publicKey: KeyObject;
  /** The SHA-256 of the statement, from a place that the owner of the files does not write. */
  readonly head?: string;
}

export interface VerifiedFiles {
  readonly faults: readonly Fault[];
  /** Files whose hash is the one that SHA256SUMS says. */
  readonly intact: number;
  /** Absent where nothing signed was found. */
  readonly signed?: { readonly statement: RunStatement; readonly sha256: string };
}

/** Each file against SHA256SUMS, SHA256SUMS against the statement, and the statement against the key. */
export async function verifyFiles(kept: KeptFiles, { publicKey, head }: VerifyFilesOptions): Promise<VerifiedFiles> {
  const there = await Array.fromAsync(kept.files());
  const files = there.filter(({ path }) => path !== sumsFile && path !== statementFile);
  const links = there.filter((each) => 'link' in each && (each.path === sumsFile || each.path === statementFile));
  const linked = links.map(({ path }): Fault => ({ kind: 'changed', text: `${path} is a link, and was a file` }));

  const sums = links.some(({ path }) => path === sumsFile) ? undefined : await kept.bytes(sumsFile, longest.sums);
  const read = sums === undefined ? undefined : readChecksums(sums.toString('utf8'));
  const ofFiles: readonly Fault[] =
    read === undefined
      ? [{ kind: 'missing', text: `${sumsFile} is not here, so no file can be checked` }]
      : 'broken' in read
        ? [{ kind: 'changed', text: `${sumsFile} cannot be read: ${read.broken}` }]
        : checkFiles(read.files, files);
  const known = read !== undefined && 'files' in read ? read.files : new Map<string, string>();
  const intact = files.filter((each) => 'sha256' in each && known.get(each.path) === each.sha256).length;

  const isLinked = links.some(({ path }) => path === statementFile);
  const bundle = isLinked ? undefined : await kept.bytes(statementFile, longest.bundle);
  const { faults, signed } = signatureOf(bundle?.toString('utf8'), sums, {
    publicKey,
    ...(head !== undefined && { head }),
  });
  return { faults: [...linked, ...ofFiles, ...faults], intact, ...(signed && { signed }) };
}

function signatureOf(
  bundle: string | undefined,
  sums: Buffer | undefined,
  { publicKey, head }: VerifyFilesOptions,
): Pick<VerifiedFiles, 'faults' | 'signed'> {
  if (bundle === undefined) return { faults: [{ kind: 'unsigned', text: `${statementFile} is not here` }] };
  const checked = checkBundle(bundle, publicKey);
  if (checked.status === 'refused')
    return { faults: [{ kind: 'unsigned', text: `${statementFile} ${checked.because}` }] };

  const { statement, sha256 } = checked;
  const subject = statement.subject.find(({ name }) => name === sumsFile);
  const faults: Fault[] = [];
  if (!subject) faults.push({ kind: 'unsigned', text: `the statement is not about ${sumsFile}` });
  else if (sums !== undefined && subject.digest.sha256 !== hashOf(sums))
    faults.push({ kind: 'changed', text: `${sumsFile} is not the one that was signed` });
  if (head !== undefined && head !== sha256)
    faults.push({ kind: 'head', text: `the statement's SHA-256 is ${sha256}, and --head says ${head}` });
  return { faults, signed: { statement, sha256 } };
}
