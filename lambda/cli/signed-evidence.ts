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
export function signedEvidence(
  { runId, tally, coverage, manifest, interrupted, sumsSha256 }: SignedEvidenceOptions,
  key: SigningKey,
): Promise<string> {
  const problems = [...tally.problems, ...(coverage?.gaps ?? []).map(({ problem }) => problem)];
  const codes = [...problems.map(({ code }) => code), ...(interrupted ? ['interrupted'] : [])];
  const code = outcome(tally, coverage);
  const { verdicts: counts, waived, clusters, nodes } = tally;
  const statement = statementOf({
    ...{ runId, counts, waived, clusters, nodes, manifest },
    subjects: [{ name: sumsFile, sha256: sumsSha256 }],
    result: code === 1 ? 'FAILED' : code === 0 && !interrupted ? 'PASSED' : 'WARNED',
    gaps: { count: codes.length + tally.clusterProblems, codes },
  });
  return signedBundle(statement, key);
}
