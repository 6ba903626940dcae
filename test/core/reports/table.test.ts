import { describe, expect, it } from 'vitest';
import type { Control } from '../../../lambda/core/control.ts';
import { controlsOf } from '../../../lambda/core/controls/find-control.ts';
import { evaluate } from '../../../lambda/core/evaluate.ts';
import type { Audit, KubeletFacts, NodeAudit, ReadFailure } from '../../../lambda/core/model.ts';
import { tableReport } from '../../../lambda/core/reports/table.ts';
import { subject } from '../controls/subject.ts';
import { auditOf, node } from '../findings/compliant-audit.ts';

const all = controlsOf('cis-eks-1.8.0').filter(({ family }) => family === 'benchmark');
const silent: ReadFailure = { via: 'configz', kind: 'unreadable', because: 'no answer' };

/** A node read like this, judged by these controls. */
function audited(number: number, group: string, facts?: KubeletFacts, controls = all): NodeAudit {
  const each = node(number, { group: { kind: 'managed', name: group } });
  const reading = { node: each, failures: facts ? [] : [silent], ...(facts && { facts }) };
  return {
    ...reading,
    verdicts: Object.fromEntries(controls.map((control) => [control.slug, evaluate(control, reading)])),
  };
}

/** The cells of the table that is drawn, each row joined by bars. */
function rowsOf(nodes: readonly NodeAudit[], controls: readonly Control[] = all, width?: number): readonly string[] {
  const drawn: string[] = [];
  const audit: Audit = {
    startedAt: '',
    finishedAt: '',
    benchmark: 'cis-eks-1.8.0',
    clusters: [auditOf(nodes)],
    problems: [],
  };
  tableReport(audit, {
    controls,
    style: {
      ...(width && { width }),
      bold: (text) => text,
      colour: (text) => text,
      draw: (head, rows) => {
        drawn.push(...[head, ...rows].map((row) => row.join(' | ')));
        return '';
      },
    },
  });
  return drawn.slice(1);
}

const name = (number: number) => `ip-10-0-0-${number}.eu-west-1.compute.internal (${node(number).key})`;

describe('the table of many controls', () => {
  it('tells in one row all that a node passes, and in one more what its source cannot show', () => {
    expect(rowsOf([audited(1, 'blue', subject('configz'))])).toEqual([
      `${name(1)} | blue | al2023 | 4 controls: 3.1.1-3.1.4 | unknown |  | modes and owners are seen by SSM only: --every-source asks it too`,
      `${name(1)} | blue | al2023 | 9 controls: 3.2.1-3.2.9 | pass |  | by configz`,
    ]);
  });

  it('gives each failure a row with its value, the worst first', () => {
    const open = subject('ssm', { file: { readOnlyPort: 10255 }, flags: ['--anonymous-auth'] });

    expect(rowsOf([audited(1, 'blue', open)])).toEqual([
      `${name(1)} | blue | al2023 | 3.2.1 kubelet-anonymous-auth | fail | true | flag --anonymous-auth, by SSM`,
      `${name(1)} | blue | al2023 | 3.2.4 kubelet-read-only-port | fail | 10255 | file /etc/kubernetes/kubelet/config.json, by SSM`,
      `${name(1)} | blue | al2023 | 11 controls: 3.1.1-3.1.4, 3.2.2-3.2.3, 3.2.5-3.2.9 | pass |  | by SSM`,
    ]);
  });

  it('tells what a source shows of no node once for all of them, and names every node that could not be read', () => {
    const nodes = [
      audited(1, 'blue', subject('configz')),
      audited(2, 'green', subject('configz')),
      audited(3, 'blue'),
      audited(4, 'blue'),
    ];

    expect(rowsOf(nodes).filter((row) => row.includes('unknown'))).toEqual([
      expect.stringMatching(/^2 nodes \| 2 groups \| al2023 \| 4 controls: 3\.1\.1-3\.1\.4 \| unknown/),
      `${name(3)} | blue | al2023 | all 13 controls | unknown |  | configz: no answer`,
      `${name(4)} | blue | al2023 | all 13 controls | unknown |  | configz: no answer`,
    ]);
  });

  it('names every node whose own file could not be looked at, though the reason is the same', () => {
    const gone = subject('ssm', { files: { kubeconfig: { unknown: 'it is not there' } } });
    const rows = rowsOf([audited(1, 'blue', gone), audited(2, 'blue', gone)]);

    expect(rows.filter((row) => row.includes('2 controls: 3.1.1-3.1.2 | unknown'))).toHaveLength(2);
  });

  it('keeps what the whole reading of a node must be told with', () => {
    const facts = { ...subject('ssm'), notes: ['seen from afar'] };
    expect(rowsOf([audited(1, 'blue', facts)])).toEqual([
      `${name(1)} | blue | al2023 | all 13 controls | pass |  | by SSM; seen from afar`,
    ]);
  });

  it('moves no terminal, whatever clusters and groups are called and AWS says', () => {
    const evil = '\u001b[2J\u009b31m\u202e\n evil';
    const nodes = [audited(1, evil, subject('configz'))];
    const problem = { code: 'x', message: evil, remedy: evil };
    const published = {
      imported: 0,
      rejected: [{ id: 'id', code: evil, message: evil }],
      notSent: [{ id: 'id', because: evil }],
    };
    const cluster = { ...auditOf(nodes), problems: [problem], published };
    const style = {
      bold: (text: string) => text,
      colour: (text: string) => text,
      draw: (_: unknown, rows: readonly (readonly string[])[]) => rows.flat().join('|'),
    };
    const audit = { startedAt: '', finishedAt: '', benchmark: 'cis-eks-1.8.0', problems: [problem] };
    const report = tableReport(
      { ...audit, clusters: [{ ...cluster, cluster: { ...cluster.cluster, name: evil } }] },
      { controls: all, style },
    );

    expect(report.match(/evil/g)?.length).toBeGreaterThanOrEqual(9);
    expect(report).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^ evil/m);
  });

  it('shows a single control in full for each node', () => {
    const one = all.filter(({ slug }) => slug === 'kubelet-client-ca-file');
    const nodes = [audited(1, 'blue', subject('configz'), one), audited(2, 'blue', subject('configz'), one)];

    expect(rowsOf(nodes, one)).toEqual(
      [1, 2].map(
        (each) =>
          `${name(each)} | blue | al2023 | pass | /etc/kubernetes/pki/ca.crt | running configuration, by configz`,
      ),
    );
  });

  it('sums up on a screen what many nodes of one group say alike, and leaves few and different ones as they are', () => {
    const one = all.filter(({ slug }) => slug === 'kubelet-client-ca-file');
    const numbers = Array.from({ length: 11 }, (_, index) => index + 1);
    const nodes = [
      ...numbers.map((each) => audited(each, 'blue', subject('configz'), one)),
      ...numbers.slice(1).map((each) => audited(20 + each, 'green', subject('configz'), one)),
      audited(40, 'blue', undefined, one),
    ];

    const rows = rowsOf(nodes, one, 120);
    expect(rows).toHaveLength(12);
    expect(rows[0]).toContain(`${name(40)} | blue | al2023 | unknown`);
    expect(rows[1]).toBe(
      `11 nodes, such as ${node(1).name} | blue | al2023 | pass | /etc/kubernetes/pki/ca.crt | running configuration, by configz`,
    );
    expect(rowsOf(nodes, one)).toHaveLength(22);
  });

  it('says that there was nothing to audit', () => {
    const nothing: Audit = { startedAt: '', finishedAt: '', benchmark: 'cis-eks-1.8.0', clusters: [], problems: [] };
    const style = { bold: (text: string) => text, colour: (text: string) => text, draw: () => '' };
    expect(tableReport(nothing, { controls: all, style })).toBe('no EKS cluster is there: nothing was audited\n');
  });
});
