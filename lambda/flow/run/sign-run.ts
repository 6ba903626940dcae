import type { Manifest } from '../../core/model/manifest.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { summaryFile, sumsFile } from '../../core/model/text/checksum-line.ts';
import { printable } from '../../core/model/text/words.ts';
import { censusListFile } from '../../core/run/signed/census-list.ts';
import {
  type ChainedStatement,
  checkChain,
  keyAfter,
  type StoredStatement,
} from '../../core/run/signed/check-chain.ts';
import {
  type ChainPlace,
  type ChainStatement,
  handOverTo,
  hashOf,
  numberedName,
  parsedStatementName,
  placeOf,
  type StatementLink,
  statementOf,
} from '../../core/run/signed/run-statement.ts';
import { checkBundle, payloadOf, type SigningKey, signedBundle } from '../../core/run/signed/signed-bundle.ts';
import type { RunSummary } from '../../core/run/tally.ts';
import type { RunChecksums, RunSigner, RunStore } from './ports.ts';

interface SignRunOptions {
  readonly summary: RunSummary;
  readonly waived: number;
  readonly manifest: Manifest;
  readonly checksums: RunChecksums;
  readonly now: Date;
}

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
    const { heads, number } = await endOfChain(runs, keys);
    const [previous, ...repairs] = heads.map(({ name, sha256 }) => ({ name, sha256 }));
    const at = {
      number: number + 1,
      name: numberedName(number + 1),
      ...(previous && { previous }),
      ...(repairs.length > 0 && { repairs }),
    };
    const signer = signerOf(keys, heads);
    const from = heads[0] && placeOf(heads[0].statement).listedUntil;
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

/**
 * What was signed last: by the objects that are there, and never before what is remembered.
 * @returns the highest number that a statement has, or 0, and the heads that the next one names: several where a chain had forked before numbers
 */
async function endOfChain(runs: RunStore, keys: readonly SigningKey[]) {
  const publicKeys = keys.map(({ publicKey }) => publicKey);
  const stored = async (name: string): Promise<StoredStatement> => {
    const text = parsedStatementName(name) && (await runs.statement(name));
    return { name, ...(text === undefined ? { because: 'is not there' } : checkBundle(text, publicKeys)) };
  };
  const proved = async (name: string): Promise<ChainedStatement> => {
    const { all, faults } = checkChain([await stored(name)], '');
    if (!all[0]) throw broken(faults[0]?.text ?? name);
    return all[0];
  };

  const names = await Array.fromAsync(runs.statementNames());
  const number = names.reduce((most, name) => Math.max(most, numberIn(name)), 0);
  const last = number > 0 ? [await proved(numberedName(number))] : [];
  const all = async () => checkChain(await Array.fromAsync(names, stored), '');
  const remembered = (await runs.lastRun())?.statement;
  const isRemembered = ({ name, sha256 }: StatementLink) => name === remembered?.name && sha256 === remembered.sha256;
  // Keys may have changed twice since it was signed: then a later statement proves it by its hash.
  if (remembered && !checkChain([await stored(remembered.name)], '').all.some(isRemembered))
    if (!(await all()).all.some(isRemembered))
      throw broken(`statements/${printable(remembered.name, 200)} is not the one that a run remembers`);
  // Only the release before names its own last: what it signed after this one is found among all.
  if (number > 0 && (!remembered || numberIn(remembered.name) > 0)) return { number, heads: last };

  const { heads } = await all();
  if (heads.length === 0 && names.length > 0) throw broken('no statement that is there is signed by this key');
  return { number, heads };
}

function numberIn(name: string): number {
  const at = parsedStatementName(name);
  return at?.kind === 'numbered' ? at.number : 0;
}

/** The key that has to sign next: the one in force, which may have to hand over first. */
function signerOf(keys: readonly SigningKey[], [head]: readonly ChainedStatement[]): SigningKey {
  const inForce = head ? keyAfter(head) : keys[0]?.hint;
  const signer = keys.find(({ hint }) => hint === inForce);
  if (signer) return signer;
  throw broken(
    `statements/${head?.name} leaves key ${inForce} in force, which is neither signingKey nor previousSigningKey`,
  );
}

const broken = (text: string): OperatorError =>
  new OperatorError(
    'chain-broken',
    `${text}, so nothing can be signed after it; docs/evidence.md#the-chain-is-broken says what to do`,
  );

const resultOf = ({ verdicts, complete, problems }: RunSummary, waived: number) => {
  if (verdicts.fail > waived) return 'FAILED';
  const isOpen = verdicts.warn + verdicts.unknown > 0 || !complete || Object.keys(problems).length > 0;
  return isOpen ? 'WARNED' : 'PASSED';
};
