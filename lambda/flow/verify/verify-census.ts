import pMap from 'p-map';
import { historyPrefix, statementPrefix, sweepPrefix } from '../../contract/names.ts';
import { howMany, printable } from '../../core/model/text/words.ts';
import {
  censusListFile,
  censusListName,
  isListed,
  listedPrefixes,
  sweptAtOf,
} from '../../core/run/signed/census-list.ts';
import type { ChainedStatement } from '../../core/run/signed/check-chain.ts';
import type { Fault } from '../../core/run/signed/check-files.ts';
import { readChecksums } from '../../core/run/signed/check-files.ts';
import { hashOf, isHandOver, placeOf } from '../../core/run/signed/run-statement.ts';
import type { KeptRuns } from './ports.ts';

const atOnce = 16;
const day = 86_400_000;

interface VerifyCensusOptions {
  /** In the order of signing. */
  readonly statements: readonly ChainedStatement[];
  /** The statement before these, where there is one. */
  readonly before: ChainedStatement | undefined;
  readonly since: string;
  readonly now: Date;
}

interface Listed {
  readonly sha256: string;
  readonly keptDays: number | undefined;
}

/**
 * What sweeps and the history have left, against the lists of the statements: an object that came after the last list is pending, any other is listed.
 * @returns the faults, the notes, and how many objects have the hash that was signed
 */
export async function verifyCensus(kept: KeptRuns, options: VerifyCensusOptions) {
  const { statements, now } = options;
  if (statements.flatMap(listOf).length === 0) return { faults: [], notes: [], intact: 0 };

  const { listed, faults } = await readLists(kept, statements);
  const there = new Set<string>();
  for (const prefix of listedPrefixes) for await (const key of kept.keys(prefix)) if (isListed(key)) there.add(key);
  const unlisted = unlistedIn(
    [...there].filter((key) => !listed.has(key)),
    options,
  );
  const checked = await pMap(
    [...listed],
    async ([key, each]) => faultOf(key, each, { found: there.has(key) ? await kept.sha256(key) : undefined, now }),
    { concurrency: atOnce },
  );
  const changed = checked.filter((each) => each !== undefined);
  return {
    faults: [...faults, ...unlisted.faults, ...changed],
    notes: unlisted.notes,
    intact:
      [...listed.keys()].filter((key) => there.has(key)).length -
      changed.filter(({ kind }) => kind === 'changed').length,
  };
}

/** Every object that the statements list. A run that was summed up again lists its history again. */
async function readLists(kept: KeptRuns, statements: readonly ChainedStatement[]) {
  const faults: Fault[] = [];
  const listed = new Map<string, Listed>();
  for (const { sha256, keptDays, name } of statements.flatMap(listOf)) {
    const list = `${statementPrefix}${censusListName(sha256)}`;
    const text = await kept.censusList(sha256);
    const read = text === undefined || hashOf(text) !== sha256 ? undefined : readChecksums(text);
    if (text === undefined) faults.push({ kind: 'missing', text: `${list} is not here: ${name} names it` });
    else if (!read || !('files' in read))
      faults.push({ kind: 'changed', text: `${list} is not the one that was signed` });
    else
      for (const [key, hash] of read.files) {
        const again = listed.get(key);
        if (again && again.sha256 !== hash)
          faults.push({ kind: 'changed', text: `${printable(key, 200)} is in two lists, with two hashes` });
        listed.set(key, { sha256: hash, keptDays });
      }
  }
  return { listed, faults };
}

function unlistedIn(keys: readonly string[], { statements, before, since, now }: VerifyCensusOptions) {
  const from = before && placeOf(before.statement).listedUntil;
  const until = statements.reduce((last, { statement }) => placeOf(statement).listedUntil ?? last, '');
  const fates = Map.groupBy(keys, (key) => {
    const sweptAt = sweptAtOf(key);
    if (sweptAt === undefined) return from !== undefined && dayOf(key) < since ? 'earlier' : 'extra';
    if (from !== undefined && sweptAt <= from) return 'earlier';
    return sweptAt > until && Date.parse(sweptAt) <= now.getTime() + day ? 'pending' : 'extra';
  });
  const { extra = [], pending = [] } = Object.fromEntries(fates);
  const waiting = `${howMany(pending.length, 'object')} of sweeps since ${until}: the next runs list them`;
  return {
    faults: extra.map(
      (key): Fault => ({
        kind: 'extra',
        text: `${printable(key, 200)} is in no list: it came late, or neither a run nor a sweep wrote it`,
      }),
    ),
    notes: pending.length > 0 ? [{ kind: 'pending', text: waiting } as const] : [],
  };
}

function faultOf(
  key: string,
  { sha256, keptDays }: Listed,
  { found, now }: { readonly found: string | undefined; readonly now: Date },
): Fault | undefined {
  if (found === sha256) return undefined;
  if (found) return { kind: 'changed', text: `${printable(key, 200)} is not the one that was signed` };
  const expires =
    keptDays !== undefined && key.startsWith(sweepPrefix)
      ? Date.parse(sweptAtOf(key) ?? '') + keptDays * day
      : Infinity;
  return now.getTime() >= expires
    ? undefined
    : { kind: 'missing', text: `${printable(key, 200)} is in a signed list, and not here` };
}

function listOf({ name, statement }: ChainedStatement) {
  if (isHandOver(statement)) return [];
  const { keptDays } = statement.predicate.run;
  return statement.subject.flatMap((each) =>
    each.name === censusListFile ? [{ name, sha256: each.digest.sha256, keptDays }] : [],
  );
}

/** The day of an object of the history, by its key. */
const dayOf = (key: string): string => key.slice(historyPrefix.length, historyPrefix.length + 10);
