import { beforeEach, describe, expect, it } from 'vitest';
import type { ClusterAudit, NodeAudit, Verdict } from '../../lambda/core/model/model.ts';
import type { ItemAnswer } from '../../lambda/core/run/answer.ts';
import { noCounts, noFindings } from '../../lambda/core/run/counts.ts';
import type { Log } from '../../lambda/flow/ports.ts';
import { logItem } from '../../lambda/handlers/log-item.ts';

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

const judged = {
  setting: 'authentication.x509.clientCAFile',
  value: '(not set)',
  expected: 'a file',
  origin: { from: 'default', of: 'configuration file' },
  via: 'ssm',
} as const;
const evidence = { ...judged, notes: ['a note'] };
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

const audited = (nodes: readonly NodeAudit[], more: Partial<ClusterAudit> = {}): ClusterAudit => ({
  cluster: { name: 'prod', compute: { autoMode: false, fargate: false, hybrid: false } },
  auditedAt: '2026-11-25T05:00:00.000Z',
  inventory: { from: 'kubernetes', complete: true },
  nodes,
  controls: { lookedAt: [], leftOut: [] },
  problems: [],
  ...more,
});

const item = '111122223333/eu-west-1/prod';
const findings = { ...noFindings, created: 1 };
const answer: ItemAnswer = {
  item: { kind: 'cluster', partition: 'aws', accountId: '111122223333', region: 'eu-west-1', cluster: 'prod' },
  status: 'done',
  startedAt: '2026-11-25T05:00:00.000Z',
  finishedAt: '2026-11-25T05:00:09.000Z',
  nodes: 2,
  unreadableNodes: 0,
  bootingNodes: 0,
  machinesWithoutKubelet: 0,
  gaps: [],
  complete: true,
  verdicts: { ...noCounts, pass: 2 },
  controls: {},
  findings,
  problems: [],
  moreProblems: 0,
};

beforeEach(() => {
  lines = [];
});

describe('what the function logs', () => {
  it('is one line for a cluster whose nodes all pass, or are not concerned', () => {
    const fargate = node('fargate-1', { status: 'not-applicable', because: 'AWS runs it' });
    logItem(log, answer, audited([node('i-1', passed), node('i-2', passed), fargate]));
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'item done',
        fields: {
          item,
          status: 'done',
          nodes: 2,
          unreadableNodes: 0,
          complete: true,
          verdicts: { ...noCounts, pass: 2 },
          findings,
        },
      },
    ]);
  });

  it('is an error for an item that failed, with why and what to do', () => {
    const problem = { code: 'member-role-missing', message: 'there is no role', remedy: 'deploy the member stack' };
    logItem(log, { ...answer, status: 'failed', problems: [problem], moreProblems: 3 }, undefined);
    expect(lines).toMatchObject([
      { level: 'error', message: 'item failed', fields: { item } },
      {
        level: 'warn',
        message: 'there is no role',
        fields: { item, code: 'member-role-missing', remedy: 'deploy the member stack' },
      },
      { level: 'warn', message: 'more problems', fields: { item, count: 3 } },
    ]);
  });

  it('is a line with the evidence for a node that fails', () => {
    logItem(log, answer, audited([node('i-1', { status: 'fail', evidence })]));
    expect(lines.at(-1)).toEqual({
      level: 'warn',
      message: 'node did not pass',
      fields: { item, node: 'i-1', group: 'workers', control: 'kubelet-client-ca-file', verdict: 'fail', ...judged },
    });
  });

  it.each(['warn', 'unknown'] as const)('is a line with the reason for a node that is %s', (status) => {
    logItem(log, answer, audited([node('i-1', { status, because: 'nothing answered' })]));
    expect(lines.at(-1)?.fields).toMatchObject({ node: 'i-1', verdict: status, because: 'nothing answered' });
  });

  it('is a line for a setting that drifted', () => {
    const drift = [
      {
        setting: 'readOnlyPort',
        running: '0',
        afterRestart: '10255',
        origin: { from: 'file', file: '/etc/kubernetes/kubelet/config.json' },
        kind: 'edited-not-restarted',
        because: 'a restart opens it',
      },
    ] as const;
    logItem(log, answer, audited([{ ...node('i-1', passed), drift }]));
    expect(lines.at(-1)).toMatchObject({ message: 'node drifted', fields: { item, setting: 'readOnlyPort' } });
  });

  it('names the findings that Security Hub does not hold', () => {
    const published = {
      ...findings,
      imported: 3,
      rejected: [{ id: 'a', code: 'InvalidInput', message: 'no title' }],
      notSent: [{ id: 'b', because: 'time ran out' }],
    };
    logItem(log, answer, audited([], { published }));
    expect(lines.slice(1).map((each) => each.fields)).toEqual([
      { item, id: 'a', code: 'InvalidInput', because: 'no title' },
      { item, id: 'b', because: 'time ran out' },
    ]);
  });

  it('is no flood when 5,000 nodes fail', () => {
    const nodes = Array.from({ length: 5_000 }, (_, index) => node(`i-${index}`, { status: 'fail', evidence }));
    logItem(log, answer, audited(nodes));
    expect(lines.length).toBe(102);
    expect(lines.at(-1)).toMatchObject({ message: 'more nodes did not pass', fields: { item, count: 4_900 } });
  });
});
