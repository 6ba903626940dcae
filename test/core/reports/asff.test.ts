import { describe, expect, it } from 'vitest';
import type { Audit, ClusterAudit } from '../../../lambda/core/model.ts';
import { asffReport } from '../../../lambda/core/reports/asff.ts';
import { compliant, options } from '../findings/compliant-audit.ts';

const auditOf = (clusters: readonly ClusterAudit[]): Audit => ({
  startedAt: '2026-11-24T10:00:00.000Z',
  finishedAt: '2026-11-24T10:01:00.000Z',
  benchmark: 'cis-eks-1.8.0',
  clusters,
  problems: [],
});

describe('the asff report', () => {
  it('is a JSON array of the findings of every cluster, dated by the end of the run', () => {
    const findings: unknown = JSON.parse(asffReport(auditOf([compliant, compliant]), options));

    expect(findings).toMatchObject([
      { GeneratorId: 'eks-kubelet-audit/kubelet-client-ca-file', UpdatedAt: '2026-11-24T10:01:00.000Z' },
      { Compliance: { Status: 'PASSED' } },
    ]);
  });

  it('is an empty array when nothing was audited', () => {
    expect(asffReport(auditOf([]), options)).toBe('[]\n');
  });

  it('asks for the ARN of a cluster that has none', () => {
    const { arn: _, ...cluster } = compliant.cluster;

    expect(() => asffReport(auditOf([{ ...compliant, cluster }]), options)).toThrow(/has no ARN/);
  });
});
