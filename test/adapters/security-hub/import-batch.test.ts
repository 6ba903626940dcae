import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batches } from '../../../lambda/adapters/security-hub/import-batch.ts';
import { findingsOf } from '../../../lambda/core/findings/finding.ts';
import { compliant, options } from '../../core/findings/compliant-audit.ts';

const [finding] = findingsOf(compliant, options).toArray();

describe('batches', () => {
  it('hold every finding once, in order, at most 100 and 6 MB, and no two of them would fit into one', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(10, 1_000, 80_000), { maxLength: 320 }), (sizes) => {
        const findings = sizes.map((size, index) => ({ ...finding!, Id: `${index}`, Description: 'ä'.repeat(size) }));
        const result = batches(findings);
        const bytes = result.map((each) => Buffer.byteLength(JSON.stringify({ Findings: each })));

        expect(result.flat().map(({ Id }) => Id)).toEqual(findings.map(({ Id }) => Id));
        expect(Math.max(0, ...result.map((each) => each.length))).toBeLessThanOrEqual(100);
        expect(Math.max(0, ...bytes)).toBeLessThanOrEqual(6_000_000);
        for (const [index, next] of result.slice(1).entries()) {
          const first = next[0]!;
          const before = result[index]!;
          const full = before.length === 100 || bytes[index]! + Buffer.byteLength(JSON.stringify(first)) > 5_990_000;
          expect(full).toBe(true);
        }
      }),
      { numRuns: 15 },
    );
  });
});
