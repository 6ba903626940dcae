import { byText, printable } from '../../model/text/words.ts';
import type { Fault } from './check-files.ts';
import {
  type ChainStatement,
  isHandOver,
  parsedStatementName,
  placeOf,
  type StatementLink,
  type StatementName,
} from './run-statement.ts';

type Readable = { readonly statement: ChainStatement; readonly sha256: string };

/** An object below `statements/`, by its name there. `key` is the one of the given keys that signed it. */
export type StoredStatement = { readonly name: string } & (
  | (Readable & { readonly key: string })
  | { readonly because: string; readonly unproved?: Readable }
);

/** A statement in a chain: signed by one of the keys, or named by its hash in a later one that is. */
export interface ChainedStatement extends Readable {
  readonly name: string;
  readonly at: StatementName;
  readonly day: string;
  readonly key?: string;
  /** Why none of the keys proves it. */
  readonly because?: string;
}

/** Worth knowing, and no fault. */
export interface ChainNote {
  readonly kind: 'repaired' | 'handover';
  readonly text: string;
}

type Chain = ReadonlyMap<string, ChainedStatement>;
type Followers = ReadonlyMap<string, readonly ChainedStatement[]>;

/**
 * What the statements of a bucket say about each other. They are a chain in the order of signing: each names itself and the one before, that by its hash,
 * too. So none can be taken away, changed, moved or put in between later. What was signed last has no witness but a head that left the bucket.
 *
 * @param since a day, `2026-01-31`: a chain that begins later is a fault, since what came before it may have been taken away
 */
export function checkChain(stored: readonly StoredStatement[], since: string) {
  const { chain, refused } = provedOf(stored);
  const followers = followersIn(chain);
  const asked = reachedFrom(
    [...chain.values()].filter(({ day }) => day >= since),
    followers,
  );
  const statements = [...asked].toSorted(inOrder);
  const before = Math.max(0, ...[...chain.values()].map((each) => (asked.has(each) ? 0 : numberOf(each.at))));
  const isAsked = (name: string): boolean => {
    const at = parsedStatementName(name);
    return at?.kind === 'numbered' ? at.number > before : name.slice(0, since.length) >= since;
  };
  const known = { chain, names: new Set(stored.map(({ name }) => name)), since };
  const forks = [...followers].filter(([, all]) => all.length > 1 && all.some((each) => asked.has(each)));
  const repairs = [...chain.values()].filter((each) => placeOf(each.statement).repairs);
  const isRepaired = (all: readonly ChainedStatement[]) =>
    repairs.some((repair) => all.every((each) => reachedFrom([each], followers).has(repair)));

  return {
    faults: [
      ...refused.flatMap(({ name, fault }) => (isAsked(name) ? [fault] : [])),
      ...statements.flatMap((each) => [...ownFaults(each, known), ...linkFaults(each, known)]),
      ...forks.flatMap(([sha256, all]): readonly Fault[] => (isRepaired(all) ? [] : [forked(all, chain.get(sha256))])),
    ] as readonly Fault[],
    notes: statements.flatMap(notesOf),
    /** The statements from that day on, and those that were signed after one of them, in the order of signing. */
    statements: statements as readonly ChainedStatement[],
    /** Those that no other one names as the one before. An unbroken chain has one. */
    heads: statements.filter(({ sha256 }) => !followers.has(sha256)),
    /** Those of every day. */
    all: [...chain.values()],
    /** How many statements were signed after this one. */
    after: (each: ChainedStatement) => reachedFrom([each], followers).size - 1,
  };
}

const linksOf = ({ statement }: ChainedStatement): readonly StatementLink[] => {
  const { previous, repairs = [] } = placeOf(statement);
  return previous ? [previous, ...repairs] : repairs;
};

/** What the keys prove, by hash, and what is refused. A statement that another key signed is proved by its hash in a later one. */
function provedOf(stored: readonly StoredStatement[]) {
  const readable = new Map<string, ChainedStatement>();
  const refused: { readonly name: string; readonly fault: Fault }[] = [];
  const refuse = (name: string, kind: Fault['kind'], text: string) =>
    refused.push({ name, fault: { kind, text: `statements/${printable(name, 200)} ${text}` } });

  for (const each of stored.toSorted(byText(({ name }) => name))) {
    const { name } = each;
    const at = parsedStatementName(name);
    const [read, because] = 'because' in each ? [each.unproved, each.because] : [each];
    const misplaced = at && read && misplacedText(name, at, read.statement);
    const again = read && readable.get(read.sha256);
    if (!at) refuse(name, 'extra', 'is no name of a statement');
    else if (!read || (misplaced && because)) refuse(name, 'unsigned', because ?? '');
    else if (misplaced) refuse(name, 'changed', misplaced);
    else if (again) refuse(name, 'extra', `is the statement statements/${again.name} once more`);
    else {
      const { statement, sha256 } = read;
      const day = placeOf(statement).startedAt.slice(0, 10);
      const signed = 'because' in each ? { because: each.because } : { key: each.key };
      readable.set(sha256, { name, at, day, statement, sha256, ...signed });
    }
  }

  const proved = new Set<ChainedStatement>();
  const open = [...readable.values()].filter(({ key }) => key);
  for (let each = open.pop(); each; each = open.pop()) {
    if (proved.has(each)) continue;
    proved.add(each);
    open.push(...linksOf(each).flatMap(({ sha256 }) => readable.get(sha256) ?? []));
  }
  for (const each of readable.values()) if (!proved.has(each)) refuse(each.name, 'unsigned', each.because ?? '');
  return { chain: new Map([...readable].filter(([, each]) => proved.has(each))), refused };
}

/** Why a statement can't be what was written under this name. Releases before bound run and day only. */
function misplacedText(name: string, at: StatementName, statement: ChainStatement): string | undefined {
  const { number, name: signedAs, startedAt } = placeOf(statement);
  const day = startedAt.slice(0, 10);
  const about = isHandOver(statement)
    ? 'a handover'
    : `a statement about run ${printable(statement.predicate.run.id, 80)} of ${day}`;
  if (at.kind === 'numbered')
    return signedAs === name && number === at.number
      ? undefined
      : `holds ${about}, which was signed as ${signedAs ?? 'one without a number'}`;
  const isOwn = !isHandOver(statement) && statement.predicate.run.id === at.runId && day === at.day;
  return isOwn && signedAs === undefined ? undefined : `holds ${about}`;
}

function followersIn(chain: Chain): Followers {
  const followers = new Map<string, ChainedStatement[]>();
  for (const each of chain.values())
    for (const { sha256 } of linksOf(each)) followers.set(sha256, [...(followers.get(sha256) ?? []), each]);
  return followers;
}

/** These and all that were signed after one of them. */
function reachedFrom(begin: readonly ChainedStatement[], followers: Followers): ReadonlySet<ChainedStatement> {
  const reached = new Set<ChainedStatement>();
  const open = [...begin];
  for (let each = open.pop(); each; each = open.pop()) {
    if (reached.has(each)) continue;
    reached.add(each);
    open.push(...(followers.get(each.sha256) ?? []));
  }
  return reached;
}

interface Known {
  readonly chain: Chain;
  /** Every object below `statements/`. */
  readonly names: ReadonlySet<string>;
  readonly since: string;
}

function ownFaults({ name, at, statement, because }: ChainedStatement, { chain, names }: Known): readonly Fault[] {
  // A handover by a key that was not given is proved by its hash, as all before it: the chain of the given keys begins with it.
  const isBeginning = isHandOver(statement) && !chain.get(placeOf(statement).previous?.sha256 ?? '')?.key;
  const isProved = because === undefined || isBeginning;
  const found: Fault[] = isProved ? [] : [{ kind: 'unsigned', text: `statements/${name} ${because}` }];
  if (at.kind === 'numbered' || isHandOver(statement)) return found;

  const { first } = statement.predicate.run;
  const lower = `${at.day}/${at.runId}${at.number > 2 ? `.${at.number - 1}` : ''}.sigstore.json`;
  if (at.number > 1 && !names.has(lower)) found.push(notHere(lower, `statements/${name}`));
  if (first && (at.number === 1 || parsedStatementName(first.name)?.number !== 1))
    found.push({ kind: 'changed', text: `statements/${name} holds a later statement about its run than the first` });
  return found;
}

function linkFaults(each: ChainedStatement, known: Known): readonly Fault[] {
  const links = linksOf(each);
  if (links.length === 0) return begunAnew(each, known);
  return links.flatMap((link): readonly Fault[] => {
    const before = known.chain.get(link.sha256);
    const own = `statements/${each.name}`;
    if (!before && !known.names.has(link.name)) return [notHere(link.name, each.name)];
    if (!before) return changed(`statements/${link.name} is not the statement that ${each.name} names, ${link.sha256}`);
    if (before.name !== link.name) return changed(`statements/${before.name} was ${link.name} when ${own} was signed`);
    if (each.at.kind === 'numbered' && before.at.kind === 'numbered' && each.at.number !== before.at.number + 1)
      return changed(`${own} names ${before.name} as the one before, and its number is another`);
    const inForce = keyAfter(before);
    if (each.key === undefined || inForce === undefined || each.key === inForce) return [];
    const signed = `${own} is signed by key ${each.key}, and key ${inForce} is in force since ${before.name}`;
    return [{ kind: 'unsigned', text: `${signed}: no handover names the other one` }];
  });
}

const changed = (text: string): readonly Fault[] => [{ kind: 'changed', text }];
const notHere = (name: string, after: string): Fault => ({
  kind: 'missing',
  text: `statements/${name} is not here, and ${after} was signed after it`,
});

/** SHA-256 of the key that has to sign the statement after this one, where it is known. */
export const keyAfter = ({ statement, key }: Pick<ChainedStatement, 'statement' | 'key'>): string | undefined =>
  isHandOver(statement) ? statement.subject[0].digest.sha256 : key;

function begunAnew(each: ChainedStatement, { chain, since }: Known): readonly Fault[] {
  const anew = (text: string): readonly Fault[] => [
    { kind: 'anew', text: `${each.name} names no statement before it${text}` },
  ];
  const [oldest] = [...chain.values()].filter((other) => linksOf(other).length === 0).toSorted(inOrder);
  if (each !== oldest || (each.at.kind === 'numbered' && each.at.number !== 1))
    return anew(
      ', and it is not the first one: the chain starts again there, so the statement before it may be missing',
    );
  return each.day > since
    ? anew(`: the chain begins on ${each.day}, after ${since}; give that day if the first run was signed then`)
    : [];
}

const forked = (all: readonly ChainedStatement[], before: ChainedStatement | undefined): Fault => ({
  kind: 'forked',
  text: `${named(all)} name the same statement before them, ${before?.name ?? 'which is not here'}`,
});

const named = (all: readonly { readonly name: string }[]): string =>
  all
    .map(({ name }) => name)
    .toSorted()
    .slice(0, 10)
    .join(' and ');

function notesOf(each: ChainedStatement): readonly ChainNote[] {
  const { name, statement } = each;
  const notes: ChainNote[] = [];
  const ends = linksOf(each).map((link) => link.name);
  if (placeOf(statement).repairs)
    notes.push({ kind: 'repaired', text: `${name} joins a chain that had forked: ${ends.join(' and ')}` });
  if (isHandOver(statement))
    notes.push({ kind: 'handover', text: `${name} hands over to key ${statement.subject[0].digest.sha256}` });
  return notes;
}

/** Of a numbered statement; 0 for those of releases before. */
const numberOf = (at: StatementName): number => (at.kind === 'numbered' ? at.number : 0);

/** As they were signed, as far as each says so: those of releases before by the end of their run. */
export const inOrder = (one: ChainedStatement, other: ChainedStatement): number =>
  numberOf(one.at) - numberOf(other.at) ||
  (endOf(one) < endOf(other) ? -1 : endOf(one) > endOf(other) ? 1 : one.at.number - other.at.number);

const endOf = ({ statement }: ChainedStatement): string =>
  isHandOver(statement) ? statement.predicate.handOver.startedAt : statement.predicate.run.finishedAt;
