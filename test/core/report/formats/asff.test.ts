import { describe, expect, it } from 'vitest';
import { asffReport } from '../../../../lambda/core/report/formats/asff.ts';
import { compliant, options } from '../../findings/compliant-audit.ts';
import { textOf } from '../report-text.ts';

describe('the asff report', () => {
  it('is a JSON array of the findings of every cluster, one a line, dated by the run', () => {
    const text = textOf(asffReport(options), { clusters: [compliant, compliant] });

    expect(JSON.parse(text)).toMatchObject([
      { GeneratorId: 'eks-kubelet-audit/kubelet-client-ca-file', UpdatedAt: '2026-11-24T10:01:00.123Z' },
      { Compliance: { Status: 'PASSED' } },
    ]);
    expect(text.trimEnd().split('\n')).toHaveLength(4);
  });

  it('is an empty array when nothing was audited', () => {
    expect(JSON.parse(textOf(asffReport(options), {}))).toEqual([]);
  });
});
