import { Command } from 'commander';
import pMap from 'p-map';
import { UsageError } from '../../core/model/operator-error.ts';
import { verifiedText } from '../../core/report/terminal/verified.ts';
import { leavesOpen } from '../../core/run/signed/check-files.ts';
import type { KnownHead } from '../../core/run/signed/run-statement.ts';
import { verifyFiles } from '../../flow/verify/verify-files.ts';
import { type VerifiedNote, verifyOneRun, verifyRuns } from '../../flow/verify/verify-runs.ts';
import { keptFolder, publicKeyOf } from '../../wiring/files.ts';
import type { BucketAccess } from '../../wiring/open/run-bucket.ts';
import { bucketAccess, checkDay, formatOption, helpEnd, repeatable, withOptions } from '../options.ts';
import { writeReport } from '../report-output.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends BucketAccess {
  readonly key: readonly string[];
  readonly since?: string;
  readonly head?: readonly string[];
  readonly strict?: boolean;
  readonly format: 'table' | 'json';
  readonly output?: string;
}

const codes =
  '0 intact (what has expired is named), 1 anything changed, missing, extra, unsigned, forked or started again, 2 nothing to check, a run that was signed again with other files (unless --head names its last statement), or with --strict files that nothing can be compared with, 3 could not check, 64 wrong usage.';

export function verifyCommand(terminal: Terminal, done: (outcome: number) => void): Command {
  const command = new Command('verify')
    .summary('verify signed evidence: a folder, a run, or every run of a bucket')
    .description(
      'Verifies what audit --keep-evidence --sign left in a folder, or what signed runs left in their bucket: each file against SHA256SUMS, files that are in no line of it, SHA256SUMS against the signed statement, and the statement against the public key. Of a bucket also the chain of statements: from that day on none is missing, changed, or signed beside another one. A folder needs no network.',
    )
    .argument('<SOURCE>', 'a folder of evidence, s3://BUCKET/runs/RUN/, or s3://BUCKET with --since')
    .addOption(
      repeatable(
        '--key <file>',
        'public key in PEM (ECDSA, P-256); - for standard input; repeat it for each key of a chain that changed keys',
      ).makeOptionMandatory(),
    )
    .option('--since <date>', 'of a bucket: the chain must reach back to this day, such as 2026-01-31')
    .addOption(
      repeatable(
        '--head <head>',
        'NUMBER:SHA256 or the SHA-256 of a statement that must be there, from a mail or event that you kept; repeat it for each',
      ),
    )
    .option('--strict', 'end with 2 where files have expired in part, so that nothing can be compared with the rest')
    .addOption(formatOption());
  withOptions(command, terminal.env, ['output', 'bucketRegion', 'profile']);
  return helpEnd(command, codes, [
    'verify evidence --key pub.pem',
    'verify s3://BUCKET/runs/RUN/ --key pub.pem',
    'verify s3://BUCKET --since 2026-01-01 --key pub.pem',
  ]).action(async (source: string, flags: Flags) => {
    const { faults, notes = [], text } = await verified(source, flags, terminal);
    await writeReport(text, flags.output, terminal);
    const isPart = flags.strict === true && notes.some(({ notComparable }) => notComparable);
    const isOpen = faults.length > 0 || isPart;
    done(faults.every(leavesOpen) ? (isOpen ? 2 : 0) : 1);
  });
}

type Verified = Omit<Parameters<typeof verifiedText>[0], 'notes'> & { readonly notes?: readonly VerifiedNote[] };

/** The faults, the notes, and the text of both. */
async function verified(source: string, { key, since, head = [], format, ...flags }: Flags, terminal: Terminal) {
  const heads = head.map(headOf);
  if (since !== undefined) checkDay('--since', since);
  const isBucket = source.startsWith('s3://');
  if (!isBucket && since !== undefined) throw new UsageError('--since is for s3://BUCKET; a folder has no chain');
  const keys = await pMap(key, async (file) => await publicKeyOf(file, terminal.stdin), { concurrency: 1 });
  const options = { keys, heads, now: new Date() };
  const shown = (result: Verified) => ({
    ...result,
    text: format === 'json' ? `${JSON.stringify(result, undefined, 2)}\n` : verifiedText(result, since),
  });

  if (!isBucket) return shown(await verifyFiles(keptFolder(source), options));
  // The clients of AWS are slow to load, and a folder needs none.
  const { openKeptRuns } = await import('../../wiring/open/run-bucket.ts');
  const { kept, run } = openKeptRuns(source, await bucketAccess(flags, terminal));
  if (run === undefined && since === undefined)
    throw new UsageError(`'${source}' needs --since, the day to which the chain must reach back, such as 2026-01-31`);
  if (run !== undefined && since !== undefined)
    throw new UsageError('--since is for s3://BUCKET; leave it out for one run');
  return run === undefined
    ? shown(await verifyRuns(kept, { ...options, since: since ?? '' }))
    : shown(await verifyOneRun(kept, run, options));
}

function headOf(text: string): KnownHead {
  const [, number, sha256] = /^(?:(\d{1,8}):)?([0-9a-f]{64})$/.exec(text) ?? [];
  if (sha256 === undefined)
    throw new UsageError(
      `--head '${text}' is not a head; write NUMBER:SHA256 as the mail has it, or the 64 hexadecimal digits alone`,
    );
  return { ...(number !== undefined && { number: Number(number) }), sha256 };
}
