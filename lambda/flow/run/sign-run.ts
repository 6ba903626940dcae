import type { Manifest } from '../../core/model/manifest.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { summaryFile, sumsFile } from '../../core/model/text/checksum-line.ts';
import type { LastRun } from '../../core/report/history/last-run.ts';
import { hashOf, type StatementLink, statementOf } from '../../core/run/signed/run-statement.ts';
import { checkBundle, payloadOf, type SigningKey, signedBundle } from '../../core/run/signed/signed-bundle.ts';
import { parsedStatementName, statementName } from '../../core/run/signed/statement-name.ts';
import type { RunSummary } from '../../core/run/summary.ts';
import type { RunChecksums, RunSigner, RunStore } from './ports.ts';

interface SignRunOptions {
  readonly summary: RunSummary;
  readonly waived: number;
  readonly manifest: Manifest;
  readonly checksums: RunChecksums;
}

/** What was signed, and what was signed before it. */
export interface SignedRun {
  readonly head: StatementLink;
  readonly previous?: StatementLink;
}

/** Other summaries of the same run may sign at the same time. */
const mostTries = 5;

/**
 * Signs a statement about a run. It names the statement before it, and is written once: another summary of the run adds another statement.
 * @throws OperatorError `signing-refused`, or when the store cannot be used
 */
export async function signRun(runs: RunStore, signing: RunSigner, options: SignRunOptions): Promise<SignedRun> {
  const { summary, waived, manifest, checksums } = options;
  const { runId, startedAt, gaps } = summary;
  const key = await signing.key();
  const day = startedAt.slice(0, 10);

  for (let attempt = 1; attempt <= mostTries; attempt += 1) {
    const { own, number, first } = await statementsOf(runs, { runId, startedAt }, key);
    const previous = lastOf((await runs.lastRun())?.statement, own);
    const statement = statementOf({
      runId,
      subjects: [
        { name: sumsFile, sha256: checksums.sums },
        { name: summaryFile, sha256: checksums.summary },
      ],
      result: resultOf(summary, waived),
      counts: summary.verdicts,
      waived,
      clusters: summary.clusters.audited,
      nodes: summary.nodes,
      gaps: { count: gaps.length, codes: gaps.map(({ problem }) => problem.code) },
      manifest,
      chain: { keptDays: signing.keptDays, ...(previous && { previous }), ...(first && { first }) },
    });
    const head = { name: statementName({ day, runId, number }), sha256: hashOf(payloadOf(statement)) };
    if (await runs.putStatement(head.name, await signedBundle(statement, key)))
      return { head, ...(previous && { previous }) };
  }
  throw new OperatorError(
    'signing-refused',
    `run '${runId}' has no statement: others wrote ${mostTries} of them meanwhile; see who sums it up (docs/evidence.md), and sum it up again`,
  );
}

interface OwnStatement extends StatementLink {
  readonly previous: string | undefined;
}

/** The statements about this run that this key signed, the number of the next one, and the first of all. */
async function statementsOf(
  runs: RunStore,
  run: { readonly runId: string; readonly startedAt: string },
  key: SigningKey,
) {
  const own: OwnStatement[] = [];
  let number = 1;
  for await (const { name, text } of runs.statements(run)) {
    number = Math.max(number, (parsedStatementName(name)?.number ?? 0) + 1);
    const checked = checkBundle(text, key.publicKey);
    if (checked.status === 'refused') continue;
    own.push({ name, sha256: checked.sha256, previous: checked.statement.predicate.run.previous?.sha256 });
  }
  const found = own.find(({ name }) => parsedStatementName(name)?.number === 1);
  return { own, number, first: found && { name: found.name, sha256: found.sha256 } };
}

/** The statement to name: what was kept as the last one, or what this run signed after it and could not keep. */
function lastOf(kept: LastRun['statement'], own: readonly OwnStatement[]): StatementLink | undefined {
  let last: StatementLink | undefined = kept && { name: kept.name, sha256: kept.sha256 };
  for (const _ of own) {
    const next = own.find(({ previous }) => previous === last?.sha256);
    if (next) last = { name: next.name, sha256: next.sha256 };
  }
  return last;
}

const resultOf = ({ verdicts, complete, problems }: RunSummary, waived: number) => {
  if (verdicts.fail > waived) return 'FAILED';
  const isOpen = verdicts.warn + verdicts.unknown > 0 || !complete || Object.keys(problems).length > 0;
  return isOpen ? 'WARNED' : 'PASSED';
};
