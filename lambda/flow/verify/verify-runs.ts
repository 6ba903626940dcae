import { sumsFile } from '../../core/model/text/checksum-line.ts';
import { byText, howMany, printable } from '../../core/model/text/words.ts';
import {
  type ChainedStatement,
  type ChainNote,
  checkChain,
  inOrder,
  type StoredStatement,
} from '../../core/run/signed/check-chain.ts';
import type { Fault } from '../../core/run/signed/check-files.ts';
import {
  isHandOver,
  type KnownHead,
  placeOf,
  type RunStatement,
  type StatementLink,
} from '../../core/run/signed/run-statement.ts';
import { checkBundle } from '../../core/run/signed/signed-bundle.ts';
import type { KeptFiles, KeptRuns } from './ports.ts';
import { verifyCensus } from './verify-census.ts';
import {
  checkSums,
  headFaults,
  headText,
  isHead,
  mostSums,
  subjectFaults,
  type VerifiedFiles,
  type VerifyFilesOptions,
} from './verify-files.ts';

/** Worth knowing, and no fault: files that have expired, a run that was signed again, a repair or a handover in the chain. */
export interface VerifiedNote {
  readonly kind: 'expired' | 'again' | 'head' | 'pending' | ChainNote['kind'];
  readonly text: string;
  /** Something is there that nothing can be compared with. */
  readonly notComparable?: true;
}

export interface VerifiedRuns {
  readonly faults: readonly Fault[];
  readonly notes: readonly VerifiedNote[];
  /** Runs whose files were compared with a statement. */
  readonly runs: number;
  /** Files whose hash is the one that was signed. */
  readonly intact: number;
  /** What was signed last; more than one where the chain is not whole. */
  readonly heads: readonly (StatementLink & KnownHead)[];
}

interface VerifyRunsOptions extends VerifyFilesOptions {
  /** `2026-01-31` */
  readonly since: string;
  readonly now: Date;
}

/** Every run from a day on: its files against its statement, and the statements against each other. */
export async function verifyRuns(
  kept: KeptRuns,
  { keys, since, heads = [], now }: VerifyRunsOptions,
): Promise<VerifiedRuns> {
  const chain = checkChain(await storedIn(kept, keys), since);
  const faults = [...chain.faults];
  const notes: VerifiedNote[] = [...chain.notes];
  for (const head of heads) {
    const found = chain.all.find((each) => isHead(head, headOf(each)));
    const number = head.number === undefined ? '' : `number ${head.number} and `;
    const after = found && howMany(chain.after(found), 'statement');
    if (found) notes.push({ kind: 'head', text: `${headText(head)} is ${found.name}, and ${after} came after it` });
    else faults.push({ kind: 'head', text: `no statement has ${number}SHA-256 ${head.sha256}, which --head names` });
  }

  const there = new Set(await Array.fromAsync(kept.runs()));
  const byRun = Map.groupBy(chain.statements.filter(isOfRun), ({ statement }) => statement.predicate.run.id);
  let [runs, intact] = [0, 0];
  for (const [runId, statements] of [...byRun].toSorted(byText(([id]) => id))) {
    const run = await verifyRun(kept.files(runId), statements, { now, isThere: there.has(runId) });
    faults.push(...run.faults);
    notes.push(...run.notes);
    intact += run.intact;
    runs += there.has(runId) ? 1 : 0;
  }

  // A run that has a statement outside of the days that were asked for is not this question's.
  const signed = new Set(chain.all.filter(isOfRun).map(({ statement }) => statement.predicate.run.id));
  for (const runId of [...there].toSorted())
    if (!signed.has(runId) && dayOf(runId) >= since && (await isSummedUp(kept.files(runId))))
      faults.push({ kind: 'unsigned', text: `runs/${printable(runId, 80)}/ has no statement` });
  const [first] = chain.statements;
  const before = chain.all.find(({ sha256 }) => first && sha256 === placeOf(first.statement).previous?.sha256);
  const census = await verifyCensus(kept, { statements: chain.statements, before, since, now });
  faults.push(...census.faults);
  notes.push(...census.notes);
  return { faults, notes, runs, intact: intact + census.intact, heads: chain.heads.map(headOf) };
}

/** The files of one run against the last statement about it. */
export async function verifyOneRun(
  kept: KeptRuns,
  runId: string,
  { keys, heads = [], now }: VerifyFilesOptions & { readonly now: Date },
): Promise<VerifiedFiles & { readonly notes: readonly VerifiedNote[] }> {
  const { all } = checkChain(await storedIn(kept, keys), '');
  const ofRun = all.filter(isOfRun).filter(({ statement }) => statement.predicate.run.id === runId);
  const last = ofRun.toSorted(inOrder).at(-1);
  if (!last || last.because !== undefined) {
    const text = last
      ? `statements/${last.name} ${last.because}`
      : `a statement about run ${printable(runId, 80)} is not here`;
    const { faults, intact } = await checkSums(kept.files(runId), []);
    return { faults: [...faults, { kind: 'unsigned', text }], intact, notes: [] };
  }

  const isThere = (await Array.fromAsync(kept.runs())).includes(runId);
  const run = await verifyRun(kept.files(runId), ofRun, { now, isThere });
  const { statement, sha256 } = last;
  return { ...run, faults: [...headFaults(last, heads), ...run.faults], signed: { statement, sha256 } };
}

const storedIn = (kept: KeptRuns, keys: VerifyFilesOptions['keys']): Promise<readonly StoredStatement[]> =>
  Array.fromAsync(kept.statements(), ({ name, text }): StoredStatement => {
    return { name, ...(text === undefined ? { because: 'is larger than a statement' } : checkBundle(text, keys)) };
  });

const headOf = ({ name, sha256, at }: ChainedStatement) => ({
  name,
  sha256,
  ...(at.kind === 'numbered' && { number: at.number }),
});

type RunsStatement = ChainedStatement & { readonly statement: RunStatement };

const isOfRun = (each: ChainedStatement): each is RunsStatement => !isHandOver(each.statement);

const day = 86_400_000;

async function verifyRun(
  files: KeptFiles,
  statements: readonly RunsStatement[],
  { now, isThere }: { readonly now: Date; readonly isThere: boolean },
): Promise<Pick<VerifiedRuns, 'faults' | 'notes' | 'intact'>> {
  const last = statements.toSorted(inOrder).at(-1);
  if (!last) return { faults: [], notes: [], intact: 0 };
  const { id, finishedAt, keptDays } = last.statement.predicate.run;
  const run = `runs/${printable(id, 80)}/`;
  const again: readonly VerifiedNote[] =
    statements.length > 1
      ? [{ kind: 'again', text: `${run} was signed ${statements.length} times; it is compared with ${last.name}` }]
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
  const left = `is over its ${keptDays} days and has no ${sumsFile}, and ${howMany(checked.count, 'file')} of it are still here`;
  const expired = { kind: 'expired', text: `not comparable: ${run} ${left}`, notComparable: true } as const;
  return {
    // S3 deletes what has expired object by object, in no order.
    faults: faults
      .filter(({ kind }) => !(isExpired && kind === 'missing'))
      .map(({ kind, text }) => ({ kind, text: `${run}${text}` })),
    notes: isExpired && !checked.hashes.has(sumsFile) ? [...again, expired] : again,
    intact: checked.intact,
  };
}

/** The day in the id of a run that the schedule started: `20261125T050000Z`. Any other run counts as one of the days that are asked for. */
function dayOf(runId: string): string {
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)T\d{6}Z/.exec(runId) ?? [];
  return year === undefined ? '9999-12-31' : `${year}-${month}-${date}`;
}

/** A run that goes on, or was broken off, has no checksums yet. */
const isSummedUp = async (files: KeptFiles): Promise<boolean> => (await files.bytes(sumsFile, mostSums)) !== undefined;
