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
function rowsOf(nodes: readonly NodeAudit[], controls: readonly Control[] = all): readonly string[] {
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
});
