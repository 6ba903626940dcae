import type { Manifest } from '../core/model/manifest.ts';
import { sumsFile } from '../core/model/text/checksum-line.ts';
import type { Coverage } from '../core/run/coverage.ts';
import { outcome, type Tally } from '../core/run/outcome.ts';
import { statementOf } from '../core/run/signed/run-statement.ts';
import { type SigningKey, signedBundle } from '../core/run/signed/signed-bundle.ts';

interface SignedEvidenceOptions {
  readonly runId: string;
  readonly tally: Tally;
  readonly coverage?: Coverage;
  readonly manifest: Manifest;
  /** A person stopped the audit: what is missing was not looked at. */
  readonly interrupted: boolean;
  /** The SHA-256 of the folder's checksums: they name every other file. */
  readonly sumsSha256: string;
}

/** The signed statement about a folder of evidence, as a Sigstore bundle. */
export function signedEvidence(options: SignedEvidenceOptions, key: SigningKey): Promise<string> {
  const { runId, tally, coverage, manifest, interrupted, sumsSha256 } = options;
  const wider = [...tally.problems, ...(coverage?.gaps ?? []).map(({ problem }) => problem)];
  const codes = [...wider.map(({ code }) => code), ...(interrupted ? ['interrupted'] : [])];
  const result = results[outcome(tally, coverage)];
  const statement = statementOf({
    runId,
    subjects: [{ name: sumsFile, sha256: sumsSha256 }],
    result: interrupted && result === 'PASSED' ? 'WARNED' : result,
    counts: tally.verdicts,
    waived: tally.waived,
    clusters: tally.clusters,
    nodes: tally.nodes,
    gaps: { count: codes.length + tally.clusterProblems, codes },
    manifest,
  });
  return signedBundle(statement, key);
}

/** By the outcome of an audit: all passed, something failed, incomplete. Where nothing could be looked at, it is a warning. */
const results = ['PASSED', 'FAILED', 'WARNED', 'WARNED'] as const;
