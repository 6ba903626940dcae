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

const start = { schemaVersion: 1, startedAt: '2026-11-24T10:00:00.000Z' } as const;

it('the numbering of a saved result is the one that it was made with, where it is known', () => {
  expect(benchmarkOf({ ...start, benchmark: 'cis-eks-1.2.0' })).toBe('cis-eks-1.2.0');
  expect(benchmarkOf({ ...start, benchmark: 'cis-eks-99.0.0' })).toBe('cis-eks-1.8.0');
  expect(benchmarkOf(undefined)).toBe('cis-eks-1.8.0');
});

it('the controls of a saved result are those that it looked at, in the order of the catalogue, and the names of those that nobody knows', () => {
  const lookedAt = ['kubelet-client-ca-file', 'later', 'kubelet-anonymous-auth', 'gone'];
  const { controls, unknown } = controlsOfResult({ controls: { lookedAt, leftOut: [] } });
  expect(controls.map(({ slug }) => slug)).toEqual(['kubelet-anonymous-auth', 'kubelet-client-ca-file']);
  expect(unknown).toEqual(['later', 'gone']);
});

describe('a saved cluster', () => {
  const both = { [clientCa.slug]: passed, [anonymous.slug]: failed };
  const nodes = [{ ...judged(node(1), passed), verdicts: both }, judged(node(2), failed, anonymous)];
  const controls = { lookedAt: [clientCa.slug, anonymous.slug], leftOut: ['kubelet-config-mode'] };
  const asSaved = (audit: ClusterAudit): SavedCluster => JSON.parse(JSON.stringify(audit));
  const next = { node: node(3), verdicts: both, source: 'lt-1' };
  const change = { controls, clusterVerdicts: both, nextNodes: { nodes: [next], complete: false } };
  const saved = asSaved(auditOf(nodes, change));

  it('is reported with the verdicts of the wanted controls, and no others', () => {
    expect(reportedAudit(saved, [clientCa])).toStrictEqual({
      ...saved,
      clusterVerdicts: { [clientCa.slug]: passed },
      nextNodes: { nodes: [{ ...next, verdicts: { [clientCa.slug]: passed } }], complete: false },
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
  const skipped = [gap('222222222222')];
  /** Each number of its own, times a number. */
  const times = (number: number, accountId: string): Coverage => ({
    accounts: number,
    regions: number * 2,
    clusters: { found: number * 3, audited: number * 4, gone: number * 5, failed: number * 6 },
    nodes: number * 7,
    unreadableNodes: number * 8,
    bootingNodes: number * 9,
    machinesWithoutKubelet: number * 10,
    failedItems: number * 11,
    complete: true,
    gaps: [gap(accountId)],
    skipped,
  });
  const [one, other] = [times(1, '111111111111'), times(100, '333333333333')];

  it('is their sum', () => {
    const gaps = [...one.gaps, ...other.gaps];
    const sum = { ...times(101, ''), gaps, skipped: [...skipped, ...skipped] };
    expect(coverageTogether([one, other])).toStrictEqual(sum);
    expect(coverageTogether([one, other, one])?.nodes).toBe(714);
  });

  it('has what only some of them say', () => {
    const at = { accountId: '1', region: 'r', cluster: 'c', named: ['a'] };
    const [claims, nextNodes] = [[{ ...at, nodes: 1 }], [{ ...at, groups: 2, failing: 1, unknown: 0 }]];
    const more = { suppressed: 2, claimedNodes: 1, claims, nextNodes };
    const lists = { claims: [...claims, ...claims], nextNodes: [...nextNodes, ...nextNodes] };
    const said = [{ ...one, ...more }, other, { ...other, ...more }].map((each) => coverageTogether([each, one]));
    expect(said).toMatchObject([more, {}, more]);
    expect(said[1]).not.toHaveProperty('claims');
    const both = coverageTogether([
      { ...one, ...more },
      { ...other, ...more },
    ]);
    expect(both).toMatchObject({ suppressed: 4, claimedNodes: 2, ...lists });
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
