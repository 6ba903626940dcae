import type { Manifest } from '../../core/model/manifest.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { summaryFile, sumsFile } from '../../core/model/text/checksum-line.ts';
import { printable } from '../../core/model/text/printable.ts';
import { censusListFile } from '../../core/run/signed/census-list.ts';
import { keyAfter } from '../../core/run/signed/check-chain.ts';
import {
  type ChainPlace,
  type ChainStatement,
  handOverTo,
  hashOf,
  placeOf,
  type StatementLink,
  statementOf,
} from '../../core/run/signed/run-statement.ts';
import { checkBundle, payloadOf, type SigningKey, signedBundle } from '../../core/run/signed/signed-bundle.ts';
import { numberedName, parsedStatementName } from '../../core/run/signed/statement-name.ts';
import type { RunSummary } from '../../core/run/summary.ts';
import type { RunChecksums, RunSigner, RunStore } from './ports.ts';

interface SignRunOptions {
  readonly summary: RunSummary;
  readonly waived: number;
  readonly manifest: Manifest;
  readonly checksums: RunChecksums;
  readonly now: Date;
}

/** What was signed, and what was signed before it. */
export interface SignedRun {
  readonly head: StatementLink;
  readonly previous?: StatementLink;
}

/** Other summaries may sign at the same time, and one of them hands over to a new key. */
const mostTries = 12;

/**
 * Signs a statement about a run as the next one of the chain. Its number is its name, and an object is written once: of several summaries at once each
 * gets its own number.
 * @throws OperatorError `signing-refused`, `chain-broken` where what was signed last can't be proved, or when the store cannot be used
 */
export async function signRun(runs: RunStore, signing: RunSigner, options: SignRunOptions): Promise<SignedRun> {
  const { runId, startedAt } = options.summary;
  const key = await signing.key();
  const keys = [key, ...(signing.keyBefore ? [await signing.keyBefore()] : [])];

  for (let attempt = 1; attempt <= mostTries; attempt += 1) {
    const end = await endOfChain(runs, keys);
    const number = end.number + 1;
    const [previous, ...repairs] = end.heads.map(({ name, sha256 }) => ({ name, sha256 }));
    const at = {
      number,
      name: numberedName(number),
      ...(previous && { previous }),
      ...(repairs.length > 0 && { repairs }),
    };
    const signer = signerOf(keys, end.heads);
    const [head] = end.heads;
    const from = head && placeOf(head.statement).listedUntil;
    const statement =
      signer === key
        ? await runStatement(runs, options, { ...at, from, keptDays: signing.keptDays })
        : handOverTo(key.hint, startedAt, { ...at, ...(from && { listedUntil: from }) });
    const isKept = await runs.putStatement(at.name, await signedBundle(statement, signer));
    if (isKept && signer === key)
      return { head: { name: at.name, sha256: hashOf(payloadOf(statement)) }, ...(previous && { previous }) };
  }
  throw new OperatorError(
    'signing-refused',
    `run '${runId}' has no statement: others wrote ${mostTries} of them meanwhile; see who sums it up (docs/evidence.md), and sum it up again`,
  );
}

async function runStatement(
  runs: RunStore,
  { summary, waived, manifest, checksums, now }: SignRunOptions,
  { from, ...chain }: ChainPlace & { readonly keptDays: number; readonly from: string | undefined },
): Promise<ChainStatement> {
  const settled = await runs.sweepsSettledUntil(now);
  // A clock that was set back lists nothing twice.
  const until = from !== undefined && from > settled ? from : settled;
  const census = await runs.putCensusList(summary, { from, until });
  return statementOf({
    runId: summary.runId,
    subjects: [
      { name: sumsFile, sha256: checksums.sums },
      { name: summaryFile, sha256: checksums.summary },
      { name: censusListFile, sha256: census },
    ],
    result: resultOf(summary, waived),
    counts: summary.verdicts,
    waived,
    clusters: summary.clusters.audited,
    nodes: summary.nodes,
    gaps: { count: summary.gaps.length, codes: summary.gaps.map(({ problem }) => problem.code) },
    manifest,
    chain: { ...chain, listedUntil: until },
  });
}

interface ProvedStatement extends StatementLink {
  readonly statement: ChainStatement;
  readonly key: string;
}

interface ChainEnd {
  /** The highest number that a statement has; 0 where none has one. */
  readonly number: number;
  /** What the next statement names: one, or none, or the ends of a chain that had forked before statements had numbers. */
  readonly heads: readonly ProvedStatement[];
}

/** What was signed last: by the objects that are there, and never before what is remembered. */
async function endOfChain(runs: RunStore, keys: readonly SigningKey[]): Promise<ChainEnd> {
  const names = await Array.fromAsync(runs.statementNames());
  const numbers = names.flatMap((name) => {
    const at = parsedStatementName(name);
    return at?.kind === 'numbered' ? [at.number] : [];
  });
  const number = numbers.reduce((most, each) => Math.max(most, each), 0);
  const last = number > 0 ? [await provedOf(runs, numberedName(number), keys)] : [];

  const remembered = (await runs.lastRun())?.statement;
  if (remembered) {
    const found = await provedOf(runs, remembered.name, keys);
    if (found.sha256 !== remembered.sha256) throw broken(remembered.name, 'is not the one that a run remembers');
  }
  // Only the release before names its own last: what it signed after this one is found among all.
  const isNumbered = !remembered || parsedStatementName(remembered.name)?.kind === 'numbered';
  if (number > 0 && isNumbered) return { number, heads: last };
  return { number, heads: await headsOf(runs, names, keys) };
}

/** Those that no other one names: of releases before, several where the chain had forked. */
async function headsOf(
  runs: RunStore,
  names: readonly string[],
  keys: readonly SigningKey[],
): Promise<readonly ProvedStatement[]> {
  const all: ProvedStatement[] = [];
  for (const name of names) {
    const found = parsedStatementName(name) && (await readProved(runs, name, keys));
    if (found && 'statement' in found) all.push(found);
  }
  if (all.length === 0 && names.length > 0) throw broken(names[0] ?? '', 'is not signed by this key, and none is');

  const named = new Set(
    all.flatMap(({ statement }) => {
      const { previous, repairs = [] } = placeOf(statement);
      return [previous, ...repairs].map((each) => each?.sha256);
    }),
  );
  return all.filter(({ sha256 }) => !named.has(sha256));
}

async function provedOf(runs: RunStore, name: string, keys: readonly SigningKey[]): Promise<ProvedStatement> {
  const found = parsedStatementName(name)
    ? await readProved(runs, name, keys)
    : { because: 'is no name of a statement' };
  if ('because' in found) throw broken(name, found.because);
  return found;
}

async function readProved(
  runs: RunStore,
  name: string,
  keys: readonly SigningKey[],
): Promise<ProvedStatement | { readonly because: string }> {
  const text = await runs.statement(name);
  if (text === undefined) return { because: 'is not there' };
  const checked = checkBundle(
    text,
    keys.map(({ publicKey }) => publicKey),
  );
  if (checked.status === 'refused') return checked;
  const { statement, sha256, key } = checked;
  const { name: signedAs = name } = placeOf(statement);
  return signedAs === name ? { name, sha256, statement, key } : { because: `was signed as ${signedAs}` };
}

/** The key that has to sign next: the one in force, which may have to hand over first. */
function signerOf(keys: readonly SigningKey[], heads: readonly ProvedStatement[]): SigningKey {
  const [head] = heads;
  const inForce = head ? keyAfter(head) : keys[0]?.hint;
  const signer = keys.find(({ hint }) => hint === inForce);
  if (!signer)
    throw broken(
      head?.name ?? '',
      `leaves key ${inForce} in force, which is neither signingKey nor previousSigningKey`,
    );
  return signer;
}

const broken = (name: string, because: string): OperatorError =>
  new OperatorError(
    'chain-broken',
    `statements/${printable(name, 200)} ${because}, so nothing can be signed after it; docs/evidence.md#the-chain-is-broken says what to do`,
  );

const resultOf = ({ verdicts, complete, problems }: RunSummary, waived: number) => {
  if (verdicts.fail > waived) return 'FAILED';
  const isOpen = verdicts.warn + verdicts.unknown > 0 || !complete || Object.keys(problems).length > 0;
  return isOpen ? 'WARNED' : 'PASSED';
};
