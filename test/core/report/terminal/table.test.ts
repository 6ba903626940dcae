import { describe, expect, it } from 'vitest';
import { nothingPublished } from '../../../../lambda/core/findings/lifecycle/difference.ts';
import { accessOf } from '../../../../lambda/core/judge/access.ts';
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
  return { ...reading, verdicts, access: accessOf((control) => evaluate(control, reading)) };
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
  return drawn;
}

/** Nodes that were judged by one control, and pass the other doors. */
const withState = (audit: ClusterAudit): ClusterAudit => {
  const nodes = audit.nodes.map((each) => {
    const access = accessOf(({ slug }) => each.verdicts[slug] ?? passed);
    return { ...each, access };
  });
  return { ...audit, nodes };
};

/** The whole report of one cluster. */
const shown = (audit: ClusterAudit) => textOf(tableReport({ controls: all, benchmark, style }), { clusters: [audit] });

const benchmark = 'cis-eks-1.8.0';
const draw: TableStyle['draw'] = (_, rows) => rows.map((row) => row.join(' | ')).join('\n');
const style: TableStyle = { bold: (text) => text, colour: (text) => text, draw, width: 120 };

it('counts nodes by their state, so that the numbers add up', () => {
  const open = subject('ssm', { flags: ['--anonymous-auth'] });
  const nodes = [
    audited(1, 'blue', open),
    audited(2, 'blue'),
    ...[3, 4].map((at) => audited(at, 'green', subject('configz'))),
  ];
  expect(shown(auditOf(nodes))).toContain(
    '\n1 cluster, 4 nodes: 1 of 4 nodes lets strangers in; 1 could not be read; 2 are closed\n52 verdicts of 13 controls (',
  );
});

describe('the table of many controls', () => {
  it('has a row for each node group and state, the most urgent first, and one for all that is closed', () => {
    const open = subject('ssm', { file: { readOnlyPort: 10255 }, flags: ['--anonymous-auth'] });
    const read = ['blue', 'green', 'green'].map((group, at) => audited(at + 4, group, subject('configz')));
    expect(rowsOf([audited(3, 'blue'), ...read, audited(1, 'blue', open)])).toEqual([
      'STATE | NODE | NODE GROUP | CAUSE',
      'strangers get in | ip-10-0-0-1 | blue | anonymous access; read-only port open',
      'not read | ip-10-0-0-3 | blue | configz: no answer',
      'closed | 3 nodes | blue, green | ',
    ]);
  });

  it('has the evidence of one cluster below, once for nodes of a group that say the same', () => {
    const open = subject('ssm', { flags: ['--anonymous-auth'] });
    const text = shown(auditOf([1, 2, 3, 4].map((at) => audited(at, 'blue', open))));
    expect(text).toContain('\n  4 nodes: ip-10-0-0-1, ip-10-0-0-2, ip-10-0-0-3, ip-10-0-0-4 (blue)\n    fail 3.2.1 ');
    expect(text.match(/authentication\.anonymous\.enabled is true/g)).toHaveLength(1);
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

    expect(report.match(/evil/g)?.length).toBeGreaterThanOrEqual(12);
    expect(report).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^ evil/m);
  });

  it('counts no nodes where only the cluster itself was looked at', () => {
    const audit = { ...auditOf([]), controls: { lookedAt: ['cluster-proxy-holders'], leftOut: [] } };
    const text = shown(audit);
    expect(text).toMatch(/, Kubernetes 1\.34\n/);
    expect(text).not.toContain('0 nodes listed');
  });

  it('prints what is too much to hold as it comes, and the summary after it', () => {
    const long = 'x'.repeat(3_000);
    const rejected = Array.from({ length: 700 }, () => ({ id: 'i', code: 'c', message: long }));
    const report = tableReport({ controls: all, benchmark, style });
    const read = auditOf([audited(1, 'blue', subject('configz'))]);
    const big = { ...read, published: { ...nothingPublished, rejected } };
    expect([...report.cluster(big)].join('')).toBe('');
    const told = [...report.cluster(big)].join('');
    expect(told.match(/listed by the API server/g)).toHaveLength(2);
  });

  it('says that there was nothing to audit, or that nothing was audited where there was a problem', () => {
    const report = tableReport({ controls: all, benchmark, style });
    expect(textOf(report, {})).toBe('no EKS cluster is there: nothing was audited\n');
    const problems = [{ code: 'c', message: 'no cluster is called that', remedy: 'check the name' }];
    expect(textOf(report, { problems })).toContain('\nno EKS cluster was audited\n  ! no cluster is called that\n');
  });
});

describe('the table of an organization', () => {
  const table = (clusters: readonly ClusterAudit[], change: Partial<TableStyle> = {}) => {
    const report = { controls: options.controls, benchmark, style: { ...style, ...change } };
    return textOf(tableReport(report), { clusters: clusters.map(withState), run: { coverage: wholeCoverage } });
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
    const arn = { ...seen.cluster.arn!, name: 'other' };
    const other = { ...seen, cluster: { ...seen.cluster, arn, name: 'other' } };
    const text = textOf(tableReport({ controls: all, benchmark, style }), {
      clusters: [seen, other],
    });
    expect(text).toContain(
      '\n  - 2 clusters: 4 controls: 3.1.1-3.1.4 not read: modes and owners are seen by SSM only: ',
    );
    expect(text.match(/seen by SSM only/g)).toHaveLength(1);
  });

  it('says an assumption once, with the number of nodes', () => {
    const assumes = ['no-former-mount'] as const;
    const nodes = [1, 2, 3].map((at) => audited(at, 'blue', { ...subject('ssm'), assumes }));
    const text = table([auditOf(nodes), auditOf(nodes)]);
    expect(text.match(/mount that is gone/g)).toHaveLength(1);
    expect(text).toContain('\n  * 6 nodes: SSM read the files');
  });

  const published = (change: Partial<PublishResult>) => ({ published: { ...nothingPublished, ...change } });
  const origin = { from: 'file', file: '/c.json' } as const;
  const values = { setting: 'readOnlyPort', running: '0', afterRestart: '10255', origin } as const;
  const drifted: Drift = { ...values, kind: 'edited-not-restarted', because: 'it was edited' };
  it.each<[string, Partial<ClusterAudit>, RegExp]>([
    ['a problem', { problems: [{ code: 'c', message: 'm', remedy: 'r' }] }, /^ {2}! blue: m$/m],
    ['a finding that was refused', published({ rejected: [{ id: 'i', code: 'c', message: 'm' }] }), /refused i: c: m/],
    ['a finding that was not sent', published({ notSent: [{ id: 'i', because: 'b' }] }), /not sent: i: b/],
    ['an open finding of a node group that is gone', published({ leftOpen: ['node group'] }), /still open/],
    ['a node that drifted', { nodes: compliant.nodes.map((each) => ({ ...each, drift: [drifted] })) }, /it was edited/],
    ['a waived failure', { nodes: auditWith(waived).nodes }, /accepted by a waiver: 2 nodes\n {3}blue /],
    ['a verdict of its own that is no pass', { clusterVerdicts: { [clientCa.slug]: unread } }, /, of the cluster: /],
    [
      'a next node that fails',
      { nextNodes: { nodes: [{ ...auditWith(failed).nodes[0]!, source: 's' }], complete: true } },
      /next node of /,
    ],
  ])('hides no cluster that has %s', (_what, change, said) => {
    expect(
      table([
        { ...compliant, ...change },
        { ...compliant, ...change },
      ]),
    ).toMatch(said);
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

  it('has no row of verdicts that were not asked for', () => {
    const shownOf = (only: readonly VerdictStatus[], ...clusters: readonly ClusterAudit[]) =>
      textOf(tableReport({ controls: options.controls, benchmark, style, only }), {
        clusters: clusters.map(withState),
      });
    expect(shownOf(['warn'], auditWith(waived))).not.toContain('listed by the API server');
    expect(shownOf(['fail'], auditWith(waived))).toContain('listed by the API server');
    const text = shownOf(['fail', 'warn'], compliant, failing);
    expect(text).toContain(' blue               2  ✓       ✓\n blue               1  !1      !1\n');
    expect(text.match(/^ {3}blue /gm)).toHaveLength(1);
  });
});
