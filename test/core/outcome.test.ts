import { describe, expect, it } from 'vitest';
import type { Audit, ClusterAudit, Problem, Verdict } from '../../lambda/core/model.ts';
import { outcome } from '../../lambda/core/outcome.ts';

const evidence = {
  setting: 'authentication.x509.clientCAFile',
  value: '/ca',
  expected: 'a path',
  origin: { from: 'running' },
  via: 'configz',
  notes: [],
} as const;
const pass: Verdict = { status: 'pass', evidence };
const problem: Problem = { code: 'api-unreachable', message: 'm', remedy: 'r' };
const clusterWith = (verdicts: readonly Verdict[], rest: Partial<ClusterAudit> = {}): ClusterAudit => ({
  cluster: { name: 'c', compute: { autoMode: false, fargate: false, hybrid: false } },
  auditedAt: '2026-01-01T00:00:00.000Z',
  inventory: { from: 'kubernetes', complete: true },
  nodes: verdicts.map((verdict, index) => ({
    node: {
      key: `n${index}`,
      machine: { status: 'none', because: '' },
      kind: 'linux',
      group: { kind: 'managed', name: 'g' },
    },
    failures: [],
    verdicts: { 'kubelet-client-ca-file': verdict },
  })),
  problems: [],
  ...rest,
});
const audit = (clusters: readonly ClusterAudit[], problems: readonly Problem[] = []): Audit => ({
  startedAt: '',
  finishedAt: '',
  benchmark: 'cis-eks-1.8.0',
  clusters,
  problems,
});

describe('outcome', () => {
  it.each<[string, number, Audit]>([
    ['everything passed', 0, audit([clusterWith([pass])])],
    ['only not-applicable besides passes', 0, audit([clusterWith([pass, { status: 'not-applicable', because: 'b' }])])],
    [
      'a control failed, whatever else is unknown',
      1,
      audit([clusterWith([pass, { status: 'fail', evidence }, { status: 'unknown', because: 'b' }])], [problem]),
    ],
    ['a node is unknown', 2, audit([clusterWith([pass, { status: 'unknown', because: 'b' }])])],
    ['a node is warned about', 2, audit([clusterWith([{ status: 'warn', because: 'b' }])])],
    ['a cluster has a problem', 2, audit([clusterWith([pass], { problems: [problem] })])],
    ['another cluster could not be described', 2, audit([clusterWith([pass])], [problem])],
    [
      'a finding was refused',
      2,
      audit([
        clusterWith([pass], {
          published: { imported: 0, rejected: [{ id: 'i', code: 'InvalidInput', message: 'm' }], notSent: [] },
        }),
      ]),
    ],
    [
      'the nodes of no cluster could be listed',
      3,
      audit([clusterWith([], { inventory: { from: 'none', complete: false }, problems: [problem] })]),
    ],
    ['no cluster could be audited', 3, audit([], [problem])],
    ['there is no cluster', 0, audit([])],
  ])('when %s: %d', (_when, code, given) => {
    expect(outcome(given)).toBe(code);
  });
});
