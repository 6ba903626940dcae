import { beforeEach, describe, expect, it } from 'vitest';
import type { Audit, ClusterAudit, NodeAudit, Verdict } from '../../lambda/core/model.ts';
import type { Log } from '../../lambda/core/ports.ts';
import { logAudit } from '../../lambda/handlers/log-audit.ts';

interface Line {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

let lines: Line[];
const into =
  (level: keyof Log) =>
  (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    void lines.push({ level, message, fields });
const log: Log = { debug: into('debug'), info: into('info'), warn: into('warn'), error: into('error') };

const evidence = {
  setting: 'authentication.x509.clientCAFile',
  value: '(not set)',
  expected: 'a file',
  origin: { from: 'default', of: 'configuration file' },
  via: 'ssm',
  notes: ['a note'],
} as const;
const passed: Verdict = { status: 'pass', evidence: { ...evidence, value: '/etc/kubernetes/pki/ca.crt' } };

const node = (key: string, verdict: Verdict): NodeAudit => ({
  node: {
    key,
    machine: { status: 'confirmed', instanceId: key },
    kind: 'al2023',
    group: { kind: 'managed', name: 'workers' },
  },
  failures: [],
  verdicts: { 'kubelet-client-ca-file': verdict },
});

const cluster = (nodes: readonly NodeAudit[]): ClusterAudit => ({
  cluster: { name: 'prod', compute: { autoMode: false, fargate: false, hybrid: false } },
  auditedAt: '2026-11-25T05:00:00.000Z',
  inventory: { from: 'kubernetes', complete: true },
  nodes,
  problems: [],
});

const audit = (...clusters: readonly ClusterAudit[]): Audit => ({
  startedAt: '2026-11-25T05:00:00.000Z',
  finishedAt: '2026-11-25T05:01:00.000Z',
  benchmark: 'cis-eks-1.8.0',
  clusters,
  problems: [],
});

beforeEach(() => {
  lines = [];
});

describe('what the function logs', () => {
  it('is one line for a cluster whose nodes all pass', () => {
    logAudit(log, audit(cluster([node('i-1', passed), node('i-2', passed)])));
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'cluster audited',
        fields: {
          cluster: 'prod',
          nodes: 2,
          inventory: { from: 'kubernetes', complete: true },
          verdicts: { pass: 2, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 },
        },
      },
    ]);
  });

  it('is a line with the evidence for a node that fails', () => {
    logAudit(log, audit(cluster([node('i-1', { status: 'fail', evidence })])));
    expect(lines.at(-1)).toEqual({
      level: 'warn',
      message: 'node did not pass',
      fields: {
        cluster: 'prod',
        node: 'i-1',
        group: 'workers',
        control: 'kubelet-client-ca-file',
        verdict: 'fail',
        setting: 'authentication.x509.clientCAFile',
        value: '(not set)',
        expected: 'a file',
        origin: { from: 'default', of: 'configuration file' },
        via: 'ssm',
      },
    });
  });

  it.each(['warn', 'unknown'] as const)('is a line with the reason for a node that is %s', (status) => {
    logAudit(log, audit(cluster([node('i-1', { status, because: 'nothing answered' })])));
    expect(lines.at(-1)?.fields).toMatchObject({ node: 'i-1', verdict: status, because: 'nothing answered' });
  });

  it('is silent about a node that the control does not concern', () => {
    logAudit(log, audit(cluster([node('fargate-1', { status: 'not-applicable', because: 'AWS runs it' })])));
    expect(lines.map((each) => each.message)).toEqual(['cluster audited']);
  });

  it('is a line for a problem, with what to do', () => {
    const problem = {
      code: 'nodes-proxy-forbidden',
      message: 'the role may not read kubelets',
      remedy: 'apply docs/rbac.yaml',
    };
    logAudit(log, { ...audit({ ...cluster([]), problems: [problem] }), problems: [problem] });
    expect(lines.filter((each) => each.message === problem.message).map((each) => each.fields)).toEqual([
      { code: 'nodes-proxy-forbidden', remedy: 'apply docs/rbac.yaml' },
      { cluster: 'prod', code: 'nodes-proxy-forbidden', remedy: 'apply docs/rbac.yaml' },
    ]);
  });

  it('counts what became of the findings, and names those that Security Hub does not hold', () => {
    const published = {
      imported: 3,
      rejected: [{ id: 'a', code: 'InvalidInput', message: 'no title' }],
      notSent: [{ id: 'b', because: 'time ran out' }],
    };
    logAudit(log, audit({ ...cluster([]), published }));

    expect(lines[0]?.fields).toMatchObject({ published: { imported: 3, rejected: 1, notSent: 1 } });
    expect(lines.slice(1).map((each) => each.fields)).toEqual([
      { cluster: 'prod', id: 'a', code: 'InvalidInput', because: 'no title' },
      { cluster: 'prod', id: 'b', because: 'time ran out' },
    ]);
  });

  it('is no flood when 5,000 nodes fail', () => {
    const nodes = Array.from({ length: 5_000 }, (_, index) => node(`i-${index}`, { status: 'fail', evidence }));
    logAudit(log, audit(cluster(nodes)));
    expect(lines.length).toBe(102);
    expect(lines.at(-1)).toMatchObject({
      message: 'more nodes did not pass',
      fields: { cluster: 'prod', count: 4_900 },
    });
  });

  it('tells of each setting that drifted, though its verdict passed, and is no flood', () => {
    const drift = {
      setting: 'readOnlyPort',
      running: '0',
      afterRestart: '10255',
      origin: { from: 'file', file: '/c.json' },
      kind: 'lost-at-boot',
      because: 'it was edited',
    } as const;
    logAudit(
      log,
      audit(cluster(Array.from({ length: 150 }, (_, index) => ({ ...node(`i-${index}`, passed), drift: [drift] })))),
    );

    const told = lines.filter(({ level }) => level === 'warn');
    expect(told).toHaveLength(101);
    expect(told[0]).toMatchObject({
      message: 'node drifted',
      fields: { node: 'i-0', setting: 'readOnlyPort', kind: 'lost-at-boot', because: 'it was edited' },
    });
    expect(told[100]).toMatchObject({ message: 'more nodes drifted', fields: { count: 50 } });
  });
});
