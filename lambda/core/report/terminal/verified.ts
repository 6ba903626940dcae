import { howMany, printable } from '../../model/text/words.ts';
import { type Fault, leavesOpen } from '../../run/signed/check-files.ts';
import type { RunStatement } from '../../run/signed/run-statement.ts';

interface VerifyResult {
  readonly faults: readonly Fault[];
  readonly notes?: readonly Readonly<Record<'kind' | 'text', string>>[];
  readonly intact: number;
  readonly signed?: { readonly statement: RunStatement; readonly sha256: string };
  /** Of a bucket. */
  readonly runs?: number;
  readonly heads?: readonly { readonly name: string; readonly sha256: string; readonly number?: number }[];
}

/** The result of `verify`: each fault on a line, then the contents of the statement, or the last statements of the runs since a day. */
export function verifiedText(
  { faults, notes = [], intact, signed, runs, heads = [] }: VerifyResult,
  since = '',
): string {
  const verdict = faults.every(leavesOpen) ? 'not verified' : 'not intact';
  const files = `${runs === undefined ? '' : `${howMany(runs, 'run')} from ${since} on, `}${howMany(intact, 'file')}`;
  return [
    ...kindLines([...faults, ...notes]),
    ...(signed ? runLines(signed.statement, signed.sha256) : []),
    ...heads.map(({ name, sha256, number }) =>
      printable(`head: ${number === undefined ? '' : `${number}:`}${sha256}, ${name}`, 300),
    ),
    faults.length === 0
      ? `intact: ${files}, as signed`
      : `${verdict}: ${howMany(faults.length, 'fault')}; ${files} as SHA256SUMS says`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function kindLines(all: readonly Readonly<Record<'kind' | 'text', string>>[]): readonly string[] {
  const width = Math.max(...all.map(({ kind }) => kind.length), 0);
  return all.map(({ kind, text }) => `${kind.padEnd(width)}  ${text}`);
}

function runLines({ predicate: { result, run } }: RunStatement, sha256: string): readonly string[] {
  const counts = Object.entries(run.counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
  return [
    `statement: ${sha256}`,
    `run: ${run.id}, ${run.startedAt} to ${run.finishedAt}`,
    `by: ${run.caller} with ${run.program.name} ${run.program.version}${run.program.commit === null ? '' : ` (commit ${run.program.commit})`}`,
    `result: ${result.toLowerCase()}: ${howMany(run.clusters, 'cluster')}, ${howMany(run.nodes, 'node')}; ${counts.join(', ') || 'no verdict'}; ${howMany(run.gaps.count, 'gap')}`,
  ].map((line) => printable(line, 1_000));
}
