import { printable } from '../../model/text/printable.ts';
import type { Fault } from './check-files.ts';
import type { RunStatement, StatementLink } from './run-statement.ts';
import { parsedStatementName, type StatementName } from './statement-name.ts';

/** An object below `statements/`, by its name there: what it proves, or why nothing. */
export type StoredStatement = { readonly name: string } & (
  | { readonly statement: RunStatement; readonly sha256: string }
  | { readonly because: string }
);

/** A statement of a run in a chain. */
export interface ChainedStatement extends StatementName {
  readonly name: string;
  readonly sha256: string;
  readonly statement: RunStatement;
}

export interface CheckedChain {
  readonly faults: readonly Fault[];
  /** The statements from that day on, and those that were signed after one of them. */
  readonly statements: readonly ChainedStatement[];
  /** Those that no other one names as the one before. An unbroken chain has one. */
  readonly heads: readonly ChainedStatement[];
}

/**
 * What the statements of a bucket say about each other. They are a chain in the order of signing: each names the one before by its hash. So none can be
 * taken away, changed or put in between later. What was signed last has no witness but a head that left the bucket.
 *
 * @param since a day, `2026-01-31`: a chain that begins later is a fault, since what came before it may have been taken away
 */
export function checkChain(stored: readonly StoredStatement[], since: string): CheckedChain {
  const named = new Map(stored.map((each) => [each.name, each]));
  const all = new Map<string, ChainedStatement>();
  const faults: Fault[] = [];
  for (const each of stored.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const read = chained(each, all);
    if ('fault' in read) {
      if (each.name.slice(0, since.length) >= since) faults.push(read.fault);
    } else all.set(read.sha256, read);
  }

  const statements = [...all.values()].filter(inScope(all, since));
  const after = Map.groupBy(statements, (each) => previousOf(each)?.sha256 ?? '');
  const [oldest] = statements.filter((each) => !previousOf(each)).toSorted(inTime);
  for (const each of statements) {
    const previous = previousOf(each);
    if (!previous) faults.push(...begunAnew(each, { oldest, since, all }));
    else if (!all.has(previous.sha256)) faults.push(notThere(each, previous, named.has(previous.name)));
  }
  for (const [sha256, forks] of after)
    if (sha256 !== '' && forks.length > 1)
      faults.push({
        kind: 'forked',
        text: `${names(forks)} name the same statement before them, ${printable(all.get(sha256)?.name ?? sha256, 200)}`,
      });
  return { faults, statements, heads: statements.filter(({ sha256 }) => !after.has(sha256)) };
}

const previousOf = ({ statement }: ChainedStatement): StatementLink | undefined => statement.predicate.run.previous;

/** A statement under the name that it must have, the first time that it is met. */
function chained(
  each: StoredStatement,
  all: ReadonlyMap<string, ChainedStatement>,
): ChainedStatement | { readonly fault: Fault } {
  const name = printable(each.name, 200);
  const parsed = parsedStatementName(each.name);
  if (!parsed) return { fault: { kind: 'extra', text: `statements/${name} is no name of a statement` } };
  if ('because' in each) return { fault: { kind: 'unsigned', text: `statements/${name} ${each.because}` } };

  const { id, startedAt } = each.statement.predicate.run;
  const again = all.get(each.sha256);
  if (again)
    return { fault: { kind: 'extra', text: `statements/${name} is the statement statements/${again.name} once more` } };
  if (id !== parsed.runId || startedAt.slice(0, 10) !== parsed.day)
    return {
      fault: {
        kind: 'changed',
        text: `statements/${name} holds a statement about run ${printable(id, 80)} of ${startedAt.slice(0, 10)}`,
      },
    };
  return { ...parsed, name: each.name, sha256: each.sha256, statement: each.statement };
}

/** From this day on, or signed after a statement that is. */
function inScope(all: ReadonlyMap<string, ChainedStatement>, since: string): (each: ChainedStatement) => boolean {
  const known = new Map<string, boolean>();
  return (each) => {
    const path: ChainedStatement[] = [];
    let at: ChainedStatement | undefined = each;
    let found = false;
    // A hash in its own past would be a collision: no walk goes in circles.
    while (at) {
      const before = known.get(at.sha256);
      if (before !== undefined || at.day >= since) {
        found = before ?? true;
        break;
      }
      path.push(at);
      at = all.get(previousOf(at)?.sha256 ?? '');
    }
    for (const { sha256 } of path) known.set(sha256, found);
    return found;
  };
}

interface BeginningOptions {
  /** The earliest of those that name no statement before them. */
  readonly oldest: ChainedStatement | undefined;
  readonly since: string;
  readonly all: ReadonlyMap<string, ChainedStatement>;
}

function begunAnew(each: ChainedStatement, { oldest, since, all }: BeginningOptions): readonly Fault[] {
  const where = `${each.name} names no statement before it`;
  const isFirst = each === oldest && ![...all.values()].some((other) => other.day < since && other !== each);
  if (!isFirst)
    return [
      {
        kind: 'anew',
        text: `${where}, and it is not the first one: the chain begins anew there, so what was signed last before it may be missing`,
      },
    ];
  if (each.day > since)
    return [
      {
        kind: 'anew',
        text: `${where}: the chain begins on ${each.day}, after ${since}; give that day if the first run was signed then`,
      },
    ];
  return [];
}

function notThere(each: ChainedStatement, { name, sha256 }: StatementLink, isNamed: boolean): Fault {
  const run = parsedStatementName(name)?.runId ?? name;
  return isNamed
    ? {
        kind: 'changed',
        text: `statements/${name} is not the statement about run ${run} that ${each.name} names, ${sha256}`,
      }
    : { kind: 'missing', text: `statements/${name} is not here: run ${run} was signed before ${each.name}` };
}

const inTime = (one: ChainedStatement, other: ChainedStatement): number =>
  one.statement.predicate.run.finishedAt < other.statement.predicate.run.finishedAt ? -1 : 1;

const names = (all: readonly ChainedStatement[]): string =>
  all
    .map(({ name }) => name)
    .toSorted()
    .slice(0, 10)
    .join(' and ');
