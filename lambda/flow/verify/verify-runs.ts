import type { KeyObject } from 'node:crypto';
import { sumsFile } from '../../core/model/text/checksum-line.ts';
import { printable } from '../../core/model/text/printable.ts';
import { type ChainedStatement, checkChain, type StoredStatement } from '../../core/run/signed/check-chain.ts';
import type { Fault } from '../../core/run/signed/check-files.ts';
import type { StatementLink } from '../../core/run/signed/run-statement.ts';
import { checkBundle } from '../../core/run/signed/signed-bundle.ts';
import { parsedStatementName } from '../../core/run/signed/statement-name.ts';
import type { KeptFiles, KeptRuns } from './ports.ts';
import {
  checkStatement,
  checkSums,
  mostSums,
  subjectFaults,
  type VerifiedFiles,
  type VerifyFilesOptions,
} from './verify-files.ts';

/** What is worth knowing and no fault: files that have expired, and a run that was summed up and signed again. */
export interface VerifiedNote {
  readonly kind: 'expired' | 'again';
  readonly text: string;
}

export interface VerifiedRuns {
  readonly faults: readonly Fault[];
  readonly notes: readonly VerifiedNote[];
  /** Runs whose files were compared with a statement. */
  readonly runs: number;
  /** Files whose hash is the one that was signed. */
  readonly intact: number;
  /** What was signed last; more than one where the chain is not whole. */
  readonly heads: readonly StatementLink[];
}

interface VerifyRunsOptions {
  readonly publicKey: KeyObject;
  /** `2026-01-31` */
  readonly since: string;
  /** SHA-256 of a statement that must be in the chain, from a place that the owner of the bucket does not write. */
  readonly head?: string;
  readonly now: Date;
}

/** Every run from a day on: its files against its statement, and the statements against each other. */
export async function verifyRuns(
  kept: KeptRuns,
  { publicKey, since, head, now }: VerifyRunsOptions,
): Promise<VerifiedRuns> {
  const stored = await Array.fromAsync(kept.statements(), ({ name, text }) => storedStatement(name, text, publicKey));
  const chain = checkChain(stored, since);
  const faults = [...chain.faults];
  if (head !== undefined && !chain.statements.some(({ sha256 }) => sha256 === head))
    faults.push({ kind: 'head', text: `no statement from ${since} on has SHA-256 ${head}, which --head names` });

  const there = new Set(await Array.fromAsync(kept.runs()));
  const byRun = Map.groupBy(chain.statements, ({ runId }) => runId);
  const notes: VerifiedNote[] = [];
  let [runs, intact] = [0, 0];
  for (const [runId, statements] of [...byRun].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const run = await verifyRun(kept.files(runId), statements, { now, isThere: there.has(runId) });
    faults.push(...run.faults);
    notes.push(...run.notes);
    intact += run.intact;
    runs += there.has(runId) ? 1 : 0;
  }

  // A run that has a statement outside of the days that were asked for is not this question's.
  const signed = new Set(stored.flatMap((each) => ('statement' in each ? [each.statement.predicate.run.id] : [])));
  for (const runId of [...there].toSorted())
    if (!signed.has(runId) && dayOf(runId) >= since && (await isSummedUp(kept.files(runId))))
      faults.push({ kind: 'unsigned', text: `runs/${printable(runId, 80)}/ has no statement` });
  return { faults, notes, runs, intact, heads: chain.heads.map(({ name, sha256 }) => ({ name, sha256 })) };
}

/** The files of one run against the last statement about it that this key signed. */
export async function verifyOneRun(
  kept: KeptRuns,
  runId: string,
  { publicKey, head, now }: VerifyFilesOptions & { readonly now: Date },
): Promise<VerifiedFiles & { readonly notes: readonly VerifiedNote[] }> {
  const ofRun: { readonly name: string; readonly text: string | undefined; readonly number: number }[] = [];
  for await (const each of kept.statements()) {
    const parsed = parsedStatementName(each.name);
    if (parsed?.runId === runId) ofRun.push({ ...each, number: parsed.number });
  }
  const last = ofRun.toSorted((one, other) => other.number - one.number)[0];
  const name = last ? `statements/${last.name}` : `a statement about run ${runId}`;
  const checked = checkStatement(last?.text, { name, publicKey, ...(head !== undefined && { head }) });
  if (!checked.signed || !last) {
    const { faults, intact } = await checkSums(kept.files(runId), []);
    return { faults: [...faults, ...checked.faults], intact, notes: [] };
  }

  const { statement, sha256 } = checked.signed;
  const parsed = parsedStatementName(last.name);
  if (!parsed || statement.predicate.run.id !== runId)
    return {
      faults: [{ kind: 'changed', text: `${name} holds a statement about another run` }],
      intact: 0,
      notes: [],
      signed: checked.signed,
    };
  const files = kept.files(runId);
  const isThere = (await Array.fromAsync(kept.runs())).includes(runId);
  const run = await verifyRun(files, [{ ...parsed, name: last.name, sha256, statement }], { now, isThere });
  return { ...run, faults: [...checked.faults, ...run.faults], signed: checked.signed };
}

function storedStatement(name: string, text: string | undefined, publicKey: KeyObject): StoredStatement {
  if (text === undefined) return { name, because: 'is larger than a statement' };
  const checked = checkBundle(text, publicKey);
  if (checked.status === 'refused') return { name, because: checked.because };
  return { name, statement: checked.statement, sha256: checked.sha256 };
}

interface VerifyRunOptions {
  readonly now: Date;
  readonly isThere: boolean;
}

const day = 86_400_000;

async function verifyRun(
  files: KeptFiles,
  statements: readonly ChainedStatement[],
  { now, isThere }: VerifyRunOptions,
): Promise<Pick<VerifiedRuns, 'faults' | 'notes' | 'intact'>> {
  const [last] = statements.toSorted((one, other) => other.number - one.number);
  if (!last) return { faults: [], notes: [], intact: 0 };
  const { id, finishedAt, keptDays } = last.statement.predicate.run;
  const run = `runs/${printable(id, 80)}/`;
  const again: readonly VerifiedNote[] =
    last.number > 1
      ? [{ kind: 'again', text: `${run} was signed ${last.number} times; it is compared with ${last.name}` }]
      : [];

  const isExpired = keptDays !== undefined && now.getTime() >= Date.parse(finishedAt) + keptDays * day;
  if (!isThere && isExpired)
    return { faults: [], notes: [{ kind: 'expired', text: `${run} is gone, after ${keptDays} days` }], intact: 0 };
  if (!isThere) {
    const until = keptDays === undefined ? '' : `, and is kept for ${keptDays} days from ${finishedAt.slice(0, 10)}`;
    return { faults: [{ kind: 'missing', text: `${run} is not here${until}` }], notes: again, intact: 0 };
  }

  const checked = await checkSums(files, []);
  const faults = [...checked.faults, ...subjectFaults(last.statement, checked)];
  return {
    // S3 deletes what has expired object by object, in no order.
    faults: faults
      .filter(({ kind }) => !(isExpired && kind === 'missing'))
      .map(({ kind, text }) => ({ kind, text: `${run}${text}` })),
    notes: again,
    intact: checked.intact,
  };
}

/** The day in the id of a run that the schedule started: `20261125T050000Z`. Any other run counts as one of the days that are asked for. */
function dayOf(runId: string): string {
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)T\d{6}Z/.exec(runId) ?? [];
  return year === undefined ? '9999-12-31' : `${year}-${month}-${date}`;
}

/** A run that goes on, or was broken off, has no checksums yet. */
async function isSummedUp(files: KeptFiles): Promise<boolean> {
  return (await files.bytes(sumsFile, mostSums)) !== undefined;
}
