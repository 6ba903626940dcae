import { beforeEach, describe, expect, it } from 'vitest';
import { noFindings } from '../../lambda/core/run/answer-of.ts';
import type { Log } from '../../lambda/flow/ports.ts';
import { logItem } from '../../lambda/handlers/log-item.ts';
import {
  auditOf,
  auditWith,
  evidence,
  failed,
  judged,
  node,
  notApplicable,
  passed,
} from '../core/findings/compliant-audit.ts';
import { answer as answerOf, blue } from '../core/run/complete-run.ts';

let lines: {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}[];
const into =
  (level: keyof Log): Log['info'] =>
  (message, fields = {}) =>
    void lines.push({ level, message, fields });
const log: Log = { debug: into('debug'), info: into('info'), warn: into('warn'), error: into('error') };
const { notes: _, ...shown } = evidence('(not set)');

const item = '111122223333/eu-west-1/blue';
const answer = answerOf(blue);

beforeEach(() => {
  lines = [];
});

describe('what the function logs', () => {
  it('is one line for a cluster whose nodes all pass, or are not concerned', () => {
    logItem(log, answer, auditWith(passed, passed, notApplicable));
    const { status, nodes, unreadableNodes, complete, verdicts, findings } = answer;
    const fields = { item, status, nodes, unreadableNodes, complete, verdicts, findings };
    expect(lines).toEqual([{ level: 'info', message: 'item done', fields }]);
  });

  it('is an error for an item that failed, with why and what to do', () => {
    const problem = { code: 'member-role-missing', message: 'there is no role', remedy: 'deploy the member stack' };
    logItem(log, { ...answer, status: 'failed', problems: [problem], moreProblems: 3 }, undefined);
    expect(lines).toMatchObject([
      { level: 'error', message: 'item failed', fields: { item } },
      { level: 'warn', message: problem.message, fields: { item, code: problem.code, remedy: problem.remedy } },
      { level: 'warn', message: 'more problems', fields: { item, count: 3 } },
    ]);
  });

  it('is a line with the evidence for a node that fails', () => {
    logItem(log, answer, auditWith(failed));
    const { key } = node(1);
    expect(lines.at(-1)).toEqual({
      level: 'warn',
      message: 'node did not pass',
      fields: { item, node: key, group: 'workers', control: 'kubelet-client-ca-file', verdict: 'fail', ...shown },
    });
  });

  it.each(['warn', 'unknown'] as const)('is a line with the reason for a node that is %s', (status) => {
    logItem(log, answer, auditWith({ status, because: 'nothing answered' }));
    expect(lines.at(-1)?.fields).toMatchObject({ verdict: status, because: 'nothing answered' });
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
    logItem(log, answer, auditOf([{ ...judged(node(1), passed), drift }]));
    expect(lines.at(-1)).toMatchObject({ message: 'node drifted', fields: { item, setting: 'readOnlyPort' } });
  });

  it('names the findings that Security Hub does not hold', () => {
    const published = {
      ...noFindings,
      imported: 3,
      rejected: [{ id: 'a', code: 'InvalidInput', message: 'no title' }],
      notSent: [{ id: 'b', because: 'time ran out' }],
    };
    logItem(log, answer, auditOf([], { published }));
    expect(lines.slice(1).map((each) => each.fields)).toEqual([
      { item, id: 'a', code: 'InvalidInput', because: 'no title' },
      { item, id: 'b', because: 'time ran out' },
    ]);
  });

  it('is no flood when 5,000 nodes fail', () => {
    logItem(log, answer, auditWith(...Array(5_000).fill(failed)));
    expect(lines.length).toBe(102);
    expect(lines.at(-1)).toMatchObject({ message: 'more nodes did not pass', fields: { item, count: 4_900 } });
  });
});
