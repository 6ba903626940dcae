import * as z from 'zod/mini';
import { runPrefix, statementPrefix } from '../../contract/names.ts';
import { sumsFile } from '../../core/model/text/checksum-line.ts';
import { byText, howMany, jsonOf, printable } from '../../core/model/text/words.ts';
import { censusListName } from '../../core/run/signed/census-list.ts';
import {
  type ChainedStatement,
  type ChainNote,
  checkChain,
  inOrder,
  type StoredStatement,
} from '../../core/run/signed/check-chain.ts';
import type { Fault } from '../../core/run/signed/check-files.ts';
import { differencesOf } from '../../core/run/signed/differences.ts';
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

  const byRun = Map.groupBy(chain.statements.filter(isOfRun), ({ statement }) => statement.predicate.run.id);
  let [runs, intact] = [0, 0];
  for (const [runId, statements] of [...byRun].toSorted(byText(([id]) => id))) {
    const run = await verifyRun(kept.files(runId), statements, { now, heads });
    faults.push(...run.faults);
    notes.push(...run.notes);
    intact += run.intact;
    runs += run.isThere ? 1 : 0;
  }
  const lastDay = chain.all
    .map(({ day: each }) => each)
    .toSorted()
    .at(-1);
  const last = lastDay === undefined ? 'there is no statement' : `the last statement is of ${lastDay}`;
  if (byRun.size === 0) faults.push({ kind: 'nothing', text: `nothing to check: ${last}, and --since is ${since}` });

  const named = namesIn(chain.all);
  const begun = chain.statements.map(({ statement }) => placeOf(statement).startedAt).toSorted();
  // A run that has a statement outside of the days that were asked for is not this question's.
  for await (const name of kept.runs())
    if (!named.has(`${runPrefix}${name}`) && dayOf(name) >= since) {
      const unsigned = await verifyUnsigned(kept, name, { after: begun.at(-1) ?? since, now });
      faults.push(...unsigned.faults);
      notes.push(...unsigned.notes);
    }
  for await (const key of kept.keys(`${statementPrefix}${censusListName('')}`))
    if (!named.has(key)) faults.push(extra(key));
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

  const run = await verifyRun(kept.files(runId), ofRun, { now, heads });
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
  { now, heads }: { readonly now: Date; readonly heads: readonly KnownHead[] },
): Promise<Pick<VerifiedRuns, 'faults' | 'notes' | 'intact'> & { readonly isThere: boolean }> {
  const last = statements.toSorted(inOrder).at(-1);
  if (!last) return { faults: [], notes: [], intact: 0, isThere: false };
  const { id, finishedAt, keptDays } = last.statement.predicate.run;
  const run = `runs/${printable(id, 80)}/`;
  const again = signedAgain(statements, last, heads);

  const isExpired = keptDays !== undefined && now.getTime() >= Date.parse(finishedAt) + keptDays * day;
  const checked = await checkSums(files, []);
  const isThere = checked.count > 0;
  if (!isThere && isExpired)
    return {
      faults: [],
      notes: [{ kind: 'expired', text: `${run} is gone, after ${keptDays} days` }],
      intact: 0,
      isThere,
    };
  if (!isThere) {
    const until = keptDays === undefined ? '' : `, and is kept for ${keptDays} days from ${finishedAt.slice(0, 10)}`;
    return { ...again, faults: [{ kind: 'missing', text: `${run} is not here${until}` }], intact: 0, isThere };
  }

  const faults = [...checked.faults, ...subjectFaults(last.statement, checked)];
  const left = `is over its ${keptDays} days and has no ${sumsFile}, and ${howMany(checked.count, 'file')} of it are still here`;
  const expired = { kind: 'expired', text: `not comparable: ${run} ${left}`, notComparable: true } as const;
  return {
    // S3 deletes what has expired object by object, in no order.
    faults: [
      ...again.faults,
      ...faults
        .filter(({ kind }) => !(isExpired && kind === 'missing'))
        .map(({ kind, text }) => ({ kind, text: `${run}${text}` })),
    ],
    notes: isExpired && !checked.hashes.has(sumsFile) ? [...again.notes, expired] : again.notes,
    intact: checked.intact,
    isThere,
  };
}

/** The day in the id of a run that the schedule started: `20261125T050000Z`. Any other run counts as one of the days that are asked for. */
function dayOf(runId: string): string {
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)T\d{6}Z/.exec(runId) ?? [];
  return year === undefined ? '9999-12-31' : `${year}-${month}-${date}`;
}

/** What the statements name below the two prefixes: their runs, and their lists. */
const namesIn = (statements: readonly ChainedStatement[]): ReadonlySet<string> =>
  new Set(
    statements.flatMap(({ statement }) => [
      ...(isHandOver(statement) ? [] : [`${runPrefix}${statement.predicate.run.id}/`]),
      ...statement.subject.map(({ digest }) => `${statementPrefix}${censusListName(digest.sha256)}`),
    ]),
  );

const extra = (key: string): Fault => ({ kind: 'extra', text: `${printable(key, 1_024)} is named by no statement` });

const discoveryFile = 'discovery.json';
const begins = z.object({ startedAt: z.string() });

/** What no statement names: only a run that began after the last signed one may still go on. */
async function verifyUnsigned(
  kept: KeptRuns,
  name: string,
  { after, now }: { readonly after: string; readonly now: Date },
): Promise<Pick<VerifiedRuns, 'faults' | 'notes'>> {
  const [runId = '', ...inFolder] = name.split('/');
  const run = `${runPrefix}${name}`;
  if (inFolder.length === 0) return { faults: [extra(run)], notes: [] };

  const files = kept.files(runId);
  if ((await files.bytes(sumsFile, mostSums)) !== undefined)
    return { faults: [{ kind: 'unsigned', text: `${printable(run, 100)} has no statement` }], notes: [] };

  const discovery = begins.safeParse(jsonOf((await files.bytes(discoveryFile, mostSums))?.toString('utf8') ?? ''));
  const startedAt = Date.parse(discovery.data?.startedAt ?? '');
  if (startedAt > Date.parse(after) && startedAt <= now.getTime() + day)
    return { faults: [], notes: [{ kind: 'pending', text: `${printable(run, 100)} goes on, or failed` }] };
  return { faults: await Array.fromAsync(kept.keys(run), extra), notes: [] };
}

/** A run that was signed again with other files: only a head from outside of the bucket can say that this was meant. */
function signedAgain(
  statements: readonly RunsStatement[],
  last: RunsStatement,
  heads: readonly KnownHead[],
): Pick<VerifiedRuns, 'faults' | 'notes'> {
  if (statements.length === 1) return { faults: [], notes: [] };
  const times = `runs/${printable(last.statement.predicate.run.id, 80)}/ was signed ${statements.length} times`;
  const other = statements.find((each) => sumsIn(each) !== sumsIn(last));
  const differs = other && differencesOf(other.statement, last.statement).join('; ');
  const how = other ? `${other.name} is about other files: ${differs}` : 'each time with the same files';
  const again = { kind: 'again', text: `${times}; it is compared with ${last.name}: ${how}` } as const;
  const isMeant = !other || heads.some((head) => isHead(head, headOf(last)));
  return isMeant ? { faults: [], notes: [again] } : { faults: [again], notes: [] };
}

const sumsIn = ({ statement }: RunsStatement) => statement.subject.find(({ name }) => name === sumsFile)?.digest.sha256;
