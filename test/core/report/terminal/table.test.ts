import { describe, expect, it } from 'vitest';
import { nothingPublished } from '../../../../lambda/core/findings/lifecycle/difference.ts';
import type { Control } from '../../../../lambda/core/judge/control.ts';
import { controlNamed } from '../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type {
  ClusterAudit,
  Drift,
  KubeletFacts,
  NodeAudit,
  ReadFailure,
  VerdictStatus,
} from '../../../../lambda/core/model/model.ts';
import type { PublishResult } from '../../../../lambda/core/model/published.ts';
import type { TableStyle } from '../../../../lambda/core/report/report.ts';
import { tableReport } from '../../../../lambda/core/report/terminal/table.ts';
import {
  accessLike,
  auditOf,
  auditWith,
  clientCa,
  compliant,
  failed,
  judged,
  node,
  notApplicable,
  options,
  passed,
  unread,
  waived,
  warned,
} from '../../findings/compliant-audit.ts';
import { subject } from '../../judge/controls/subject.ts';
import { wholeCoverage } from '../../run/complete-run.ts';
import { textOf } from '../report-text.ts';

/** Thirteen controls, whatever else the catalogue comes to hold: 3.1.1 to 3.1.4, 3.2.1 to 3.2.9. */
const numbers = [
  ...[1, 2, 3, 4].map((each) => `3.1.${each}`),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((each) => `3.2.${each}`),
];
const all = numbers.map((number) => controlNamed(number, 'cis-eks-1.8.0'));
const silent: ReadFailure = { via: 'configz', kind: 'unreadable', because: 'no answer' };

/** A node read like this, judged by these controls. */
function audited(number: number, group: string, facts?: KubeletFacts, controls = all): NodeAudit {
  const each = node(number, { group: { kind: 'managed', name: group } });
  const reading = { node: each, failures: facts ? [] : [silent], ...(facts && { facts }) };
  const verdicts = Object.fromEntries(controls.map((control) => [control.slug, evaluate(control, reading)]));
  return { ...reading, verdicts };
}

/** The cells of the table that is drawn, each row joined by bars. */
function rowsOf(nodes: readonly NodeAudit[], controls: readonly Control[] = all): readonly string[] {
  const drawn: string[] = [];
  const draw: TableStyle['draw'] = (head, rows) => {
    drawn.push(...[head, ...rows].map((row) => row.join(' | ').replaceAll('\u00a0', ' ')));
    return '';
  };
  const report = tableReport({ controls, benchmark, style: { ...style, draw } });
  textOf(report, { clusters: [auditOf(nodes)] });
  return drawn.slice(1);
}

/** The whole report of one cluster. */
const shown = (audit: ClusterAudit) => textOf(tableReport({ controls: all, benchmark, style }), { clusters: [audit] });

const benchmark = 'cis-eks-1.8.0';
const one = all.filter(({ slug }) => slug === 'kubelet-client-ca-file');
const draw: TableStyle['draw'] = (_, rows) => rows.map((row) => row.join(' | ')).join('\n');
const style: TableStyle = { bold: (text) => text, colour: (text) => text, draw, width: 120 };

describe('the headline of each node', () => {
  const well = accessLike('pass', 'all is well');
  const fail = accessLike('fail', 'open door: anonymous clients are let in');
  const accesses = [well, fail, well, accessLike('waived', 'accepted: open door')];
  const configz = subject('configz');
  const nodes = accesses.map((access, at) => ({ ...audited(at, 'workers', configz), access }));

  it('leads the summary', () => {
    expect(shown(auditOf(nodes))).toContain(
      '\n1 cluster, 4 nodes: 1 of 4 nodes lets strangers in; 1 is accepted by a waiver; 2 are closed\n52 verdicts of 13 controls (',
    );
  });
});

describe('the table of many controls', () => {
  it('has a row for each node and verdict, and one for what no source shows of any node', () => {
    const open = subject('ssm', { file: { readOnlyPort: 10255 }, flags: ['--anonymous-auth'] });
    const gone = subject('ssm', { files: { kubeconfig: { unknown: 'it is not there' } } });
    const read = ['blue', 'green'].map((group, at) => audited(at + 4, group, subject('configz')));
    expect(rowsOf([audited(1, 'blue', open), audited(2, 'blue', gone), audited(3, 'blue'), ...read])).toEqual([
      'fail | ip-10-0-0-1 | blue | anonymous access [1]; read-only port open (10255) [2]',
      'unknown | ip-10-0-0-2 | blue | 3.1.1-3.1.2 not read: it is not there',
      'unknown | ip-10-0-0-3 | blue | all 13 controls not read: configz: no answer',
      'unknown | 2 nodes | blue, green | 3.1.1-3.1.4 not read [3]',
      'pass | 4 nodes | blue, green | the other controls',
    ]);
  });

  it('moves no terminal, whatever clusters and groups are called and AWS says', () => {
    const evil = '\u001b[2J\u009b31m\u202e\n evil';
    const nodes = [audited(1, evil, subject('configz'))];
    const problem = { code: 'x', message: evil, remedy: evil };
    const refused = { rejected: [{ id: 'id', code: evil, message: evil }], notSent: [{ id: 'id', because: evil }] };
    const audit = {
      ...auditOf(nodes),
      problems: [problem],
      published: { ...nothingPublished, ...refused, leftOpen: [evil] },
    };
    const gaps = [{ accountId: evil, region: evil, cluster: evil, problem }];
    const coverage = { ...wholeCoverage, gaps, skipped: [{ accountId: evil, problem }] };
    const clusters = [{ ...audit, cluster: { ...audit.cluster, name: evil } }];
    const options = { clusters, problems: [problem], run: { coverage } };
    const report = textOf(tableReport({ controls: all, benchmark, style }), options);

    expect(report.match(/evil/g)?.length).toBeGreaterThanOrEqual(18);
    expect(report).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^ evil/m);
  });

  it('sums up on a screen what many nodes of one group say alike, and leaves few and different ones as they are', () => {
    const numbers = Array.from({ length: 11 }, (_, index) => index + 1);
    const read = (each: number, group: string) => audited(each, group, subject('configz'), one);
    const green = numbers.slice(1).map((each) => read(20 + each, 'green'));
    const nodes = [...numbers.map((each) => read(each, 'blue')), ...green, audited(40, 'blue', undefined, one)];

    expect(rowsOf(nodes, one)).toEqual([
      'unknown | ip-10-0-0-40 | blue | not read: configz: no answer',
      'pass | 21 nodes | blue, green | /etc/kubernetes/pki/ca.crt',
    ]);
  });

  it('folds more than ten nodes of a group that fail alike, and says so', () => {
    const open = subject('ssm', { flags: ['--anonymous-auth'] });
    const nodes = Array.from({ length: 11 }, (_, index) => audited(index + 1, 'blue', open));
    const text = shown(auditOf(nodes));
    expect(text).toContain('fail | 11 nodes, such as ip-10-0-0-1 | blue | anonymous access [1]\n');
    expect(text).toContain('-f json names each');
  });

  it('counts no nodes where only the cluster itself was looked at', () => {
    const audit = { ...auditOf([]), controls: { lookedAt: ['cluster-proxy-holders'], leftOut: [] } };
    const text = shown(audit);
    expect(text).toMatch(/, Kubernetes 1\.34\n/);
    expect(text).not.toContain('0 nodes listed');
  });

  it('prints what is too much to hold as it comes, and the summary after it', () => {
    const long = 'x'.repeat(3_000);
    const problems = Array.from({ length: 700 }, () => ({ code: 'c', message: long, remedy: '' }));
    const report = tableReport({ controls: all, benchmark, style });
    const big = { ...auditOf([audited(1, 'blue', subject('configz'))]), problems };
    expect([...report.cluster(big)].join('')).toBe('');
    const told = [...report.cluster(big)].join('');
    expect(told.match(/listed by the API server/g)).toHaveLength(2);
    expect([...report.cluster(compliant)].join('')).toContain('listed by the API server');
  });

  it('says that there was nothing to audit, or that nothing was audited where there was a problem', () => {
    const report = tableReport({ controls: all, benchmark, style });
    expect(textOf(report, {})).toBe('no EKS cluster is there: nothing was audited\n');
    const problems = [{ code: 'c', message: 'no cluster is called that', remedy: 'check the name' }];
    expect(textOf(report, { problems })).toContain('\n\nno EKS cluster was audited\n');
  });
});

describe('the table of an organization', () => {
  const table = (clusters: readonly ClusterAudit[], change: Partial<TableStyle> = {}) => {
    const report = { controls: options.controls, benchmark, style: { ...style, ...change }, brief: true };
    return textOf(tableReport(report), { clusters, run: { coverage: wholeCoverage } });
  };
  const failing = auditWith(warned);

  it('breaks no line of a narrow screen in the middle of a word', () => {
    const colour: TableStyle['colour'] = (text) => `\u001b[31m${text}\u001b[39m`;
    const text = table([compliant, failing], { colour, width: 40 });
    const lines = text.replaceAll(/\u001b\[\d+m/g, '').split('\n');

    expect(lines).toContain('3 verdicts of 1 control (cis-eks-1.8.0):');
    expect(lines).toContain('1 warn, 2 pass');
  });

  it('says once for all clusters what their sources do not show of any node', () => {
    const seen = auditOf([audited(1, 'blue', subject('configz'))]);
    const text = textOf(tableReport({ controls: all, benchmark, style, brief: true }), { clusters: [seen, seen] });

    expect(text.split('\n').slice(-4)).toEqual([
      '2 clusters, 2 nodes: All 2 nodes could not be read',
      '26 verdicts of 13 controls (cis-eks-1.8.0): 8 unknown, 18 pass',
      '  ? 3.1.1-3.1.4 not read: modes and owners are seen by SSM only',
      '',
    ]);
  });

  const published = (change: Partial<PublishResult>) => ({ published: { ...nothingPublished, ...change } });
  const origin = { from: 'file', file: '/c.json' } as const;
  const values = { setting: 'readOnlyPort', running: '0', afterRestart: '10255', origin } as const;
  const drifted: Drift = { ...values, kind: 'edited-not-restarted', because: 'it was edited' };
  it.each<[string, Partial<ClusterAudit>]>([
    ['a problem', { problems: [{ code: 'c', message: 'm', remedy: 'r' }] }],
    ['a finding that was refused', published({ rejected: [{ id: 'i', code: 'c', message: 'm' }] })],
    ['a finding that was not sent', published({ notSent: [{ id: 'i', because: 'b' }] })],
    ['an open finding of a node group that is gone', published({ leftOpen: ['node group'] })],
    ['a node that drifted', { nodes: compliant.nodes.map((each) => ({ ...each, drift: [drifted] })) }],
    ['a waived failure', { nodes: auditWith(waived).nodes }],
    ['a verdict of its own that is no pass', { clusterVerdicts: { [clientCa.slug]: unread } }],
    [
      'a next node that fails',
      { nextNodes: { nodes: [{ ...auditWith(failed).nodes[0]!, source: 's' }], complete: true } },
    ],
  ])('hides no cluster that has %s', (_what, change) => {
    expect(table([{ ...compliant, ...change }])).toMatch(/ nodes? listed by the API server/);
  });

  it('hides a cluster where all passes, is out of scope or is shown by no source', () => {
    const quiet = [judged(node(1), passed), judged(node(2), notApplicable)];
    const own = { clusterVerdicts: { holders: passed }, nextNodes: { nodes: [], complete: true } };
    expect(table([{ ...compliant, ...own }, auditOf(quiet)])).not.toContain('listed by the API server');
  });

  it('says what Security Hub took, and what it left alone', () => {
    const each = { ...compliant, ...published({ imported: 3, created: 2, archived: 1, unchanged: 30 }) };
    expect(table([each, each])).toContain('\nSecurity Hub took 6 findings (4 created, 2 archived), 60 unchanged\n');
  });

  it('has no room for a cluster that has no row of the verdicts asked for', () => {
    const shownOf = (only: readonly VerdictStatus[], ...clusters: readonly ClusterAudit[]) =>
      textOf(tableReport({ controls: options.controls, benchmark, style, only }), { clusters });
    expect(shownOf(['warn'], auditWith(waived))).not.toContain('listed by the API server');
    expect(shownOf(['fail'], auditWith(waived))).toContain('listed by the API server');
    const text = shownOf(['fail', 'warn'], compliant, failing);
    expect(text.match(/listed by the API server/g)).toHaveLength(1);
    expect(text).toContain(' blue               2  ✓\n blue               1  !1\n');
  });
});
