import { describe, expect, it } from 'vitest';
import type { ClusterAudit } from '../../../../lambda/core/model/model.ts';
import type { SavedCluster } from '../../../../lambda/core/report/saved-result/result-schema.ts';
import {
  benchmarkOf,
  controlsOfResult,
  coverageTogether,
  reportedAudit,
} from '../../../../lambda/core/report/saved-result/saved-run.ts';
import type { Coverage } from '../../../../lambda/core/run/coverage.ts';
import { anonymous, auditOf, clientCa, failed, judged, node, passed } from '../../findings/compliant-audit.ts';

describe('the numbering of a saved result', () => {
  const start = { schemaVersion: 1, startedAt: '2026-11-24T10:00:00.000Z' } as const;

  it('is the one that it was made with, where it is known', () => {
    expect(benchmarkOf({ ...start, benchmark: 'cis-eks-1.2.0' })).toBe('cis-eks-1.2.0');
    expect(benchmarkOf({ ...start, benchmark: 'cis-eks-99.0.0' })).toBe('cis-eks-1.8.0');
    expect(benchmarkOf(undefined)).toBe('cis-eks-1.8.0');
  });
});

describe('the controls of a saved result', () => {
  it('are those that it looked at, in the order of the catalogue, and the names of those that nobody knows', () => {
    const lookedAt = ['kubelet-client-ca-file', 'later', 'kubelet-anonymous-auth', 'gone'];
    const { controls, unknown } = controlsOfResult({ controls: { lookedAt, leftOut: [] } });
    expect(controls.map(({ slug }) => slug)).toEqual(['kubelet-anonymous-auth', 'kubelet-client-ca-file']);
    expect(unknown).toEqual(['later', 'gone']);
  });
});

describe('a saved cluster', () => {
  const both = { [clientCa.slug]: passed, [anonymous.slug]: failed };
  const nodes = [{ ...judged(node(1), passed), verdicts: both }, judged(node(2), failed, anonymous)];
  const controls = { lookedAt: [clientCa.slug, anonymous.slug], leftOut: ['kubelet-config-mode'] };
  const asSaved = (audit: ClusterAudit): SavedCluster => JSON.parse(JSON.stringify(audit));
  const saved = asSaved(auditOf(nodes, { controls, clusterVerdicts: both }));

  it('is reported with the verdicts of the wanted controls, and no others', () => {
    expect(reportedAudit(saved, [clientCa])).toStrictEqual({
      ...saved,
      clusterVerdicts: { [clientCa.slug]: passed },
      controls: { lookedAt: [clientCa.slug], leftOut: ['kubelet-config-mode'] },
      nodes: [
        { ...nodes[0], verdicts: { [clientCa.slug]: passed } },
        { ...nodes[1], verdicts: {} },
      ],
    });
    expect(reportedAudit(saved, [clientCa, anonymous])).toStrictEqual(saved);
  });

  it('has no verdicts of its own where nobody judged it', () => {
    expect(reportedAudit(asSaved(auditOf(nodes)), [clientCa])).not.toHaveProperty('clusterVerdicts');
  });
});

describe('the coverage of several runs', () => {
  const gap = (accountId: string) => ({ accountId, problem: { code: 'denied', message: 'no', remedy: 'allow it' } });
  const one: Coverage = {
    accounts: 1,
    regions: 2,
    clusters: { found: 3, audited: 4, gone: 5, failed: 6 },
    nodes: 7,
    unreadableNodes: 8,
    bootingNodes: 9,
    machinesWithoutKubelet: 10,
    failedItems: 11,
    complete: true,
    gaps: [gap('111111111111')],
    skipped: [gap('222222222222')],
  };
  const other: Coverage = {
    accounts: 100,
    regions: 200,
    clusters: { found: 300, audited: 400, gone: 500, failed: 600 },
    nodes: 700,
    unreadableNodes: 800,
    bootingNodes: 900,
    machinesWithoutKubelet: 1000,
    failedItems: 1100,
    complete: true,
    gaps: [gap('333333333333')],
    skipped: [gap('444444444444')],
  };

  it('is their sum', () => {
    expect(coverageTogether([one, other])).toStrictEqual({
      accounts: 101,
      regions: 202,
      clusters: { found: 303, audited: 404, gone: 505, failed: 606 },
      nodes: 707,
      unreadableNodes: 808,
      bootingNodes: 909,
      machinesWithoutKubelet: 1010,
      failedItems: 1111,
      complete: true,
      gaps: [gap('111111111111'), gap('333333333333')],
      skipped: [gap('222222222222'), gap('444444444444')],
    });
    expect(coverageTogether([one, other, one])?.nodes).toBe(714);
  });

  it('is complete only where each is', () => {
    const missing = { ...other, complete: false };
    expect(coverageTogether([one, missing])?.complete).toBe(false);
    expect(coverageTogether([missing, one])?.complete).toBe(false);
  });

  it('of one is that one, and of none there is none', () => {
    expect(coverageTogether([one])).toBe(one);
    expect(coverageTogether([])).toBeUndefined();
  });
});
