import type { AsffFinding } from '../../core/findings/asff/asff.ts';
import { maxFindingsInRequest, maxRequestBytes } from '../../core/findings/asff/limits.ts';

/** `{"Findings":[]}` and a reserve for what the client may add. */
const envelopeBytes = 1_000;

/** Findings in requests of at most 100 and 6 MB, in their order, as full as they get. */
export function batches(findings: readonly AsffFinding[]): readonly (readonly AsffFinding[])[] {
  const full: AsffFinding[][] = [];
  let batch: AsffFinding[] = [];
  let bytes = envelopeBytes;

  for (const finding of findings) {
    const size = Buffer.byteLength(JSON.stringify(finding)) + 1;
    if (batch.length === maxFindingsInRequest || (batch.length > 0 && bytes + size > maxRequestBytes)) {
      full.push(batch);
      batch = [];
      bytes = envelopeBytes;
    }
    batch.push(finding);
    bytes += size;
  }
  return batch.length > 0 ? [...full, batch] : full;
}
