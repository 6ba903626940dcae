import { howMany } from '../../model/text/how-many.ts';
import { printable } from '../../model/text/printable.ts';
import type { Fault } from '../../run/signed/check-files.ts';
import type { RunStatement } from '../../run/signed/run-statement.ts';

interface Verified {
  readonly faults: readonly Fault[];
  readonly intact: number;
  readonly signed?: { readonly statement: RunStatement; readonly sha256: string };
}

/** What was verified, for a person: each fault a line, then what the statement says. */
export function verifiedText({ faults, intact, signed }: Verified): string {
  const width = Math.max(...faults.map(({ kind }) => kind.length), 0);
  const run = signed && runLines(signed.statement, signed.sha256);
  return [
    ...faults.map(({ kind, text }) => `${kind.padEnd(width)}  ${text}`),
    ...(run ?? []),
    faults.length === 0
      ? `intact: ${howMany(intact, 'file')}, as signed`
      : `not intact: ${howMany(faults.length, 'fault')}; ${howMany(intact, 'file')} as SHA256SUMS says`,
  ]
    .map((line) => `${line}\n`)
    .join('');
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
