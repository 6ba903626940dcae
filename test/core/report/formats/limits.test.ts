import type { Invocation, Result, Run } from 'sarif';
import { describe, expect, it } from 'vitest';
import type { ClusterAudit, Problem, Verdict } from '../../../../lambda/core/model/model.ts';
import { markdownReport } from '../../../../lambda/core/report/formats/markdown.ts';
import { sarifReport } from '../../../../lambda/core/report/formats/sarif.ts';
import { runsOf } from '../../../../lambda/core/report/history/posture-history.ts';
import type { RunEnd } from '../../../../lambda/core/report/report.ts';
import {
  accessLike,
  auditOf,
  auditWith,
  called,
  clientCa,
  evidence,
  failed,
  inGroups,
  judged,
  node,
  passed,
  unread,
  waived,
  warned,
} from '../../findings/compliant-audit.ts';
import { line } from '../history/history-lines.ts';
import { textOf } from '../report-text.ts';
import { coverage, run } from '../telling-run.ts';

const options = { controls: [clientCa], benchmark: 'cis-eks-1.8.0', version: '1.2.3' };
const groups = (count: number, verdict = failed) => inGroups(...Array<Verdict>(count).fill(verdict));

const sarif = (clusters: readonly ClusterAudit[], problems: readonly Problem[] = [], change = {}) => {
  const [run] = JSON.parse(textOf(sarifReport({ ...options, ...change }), { clusters, problems })).runs;
  return { results: [], ...run } as Run & { results: Result[]; invocations: Invocation[] };
};

describe('SARIF', () => {
  it('makes no link of what a node, a group or an error says', () => {
    const link = '[a](javascript:alert(1))';
    const audit = auditOf([judged(node(1, { group: { kind: 'self-managed', name: link } }), failed)]);
    const { results, invocations } = sarif([audit], [{ code: 'nodes-unread', message: link, remedy: link }]);
    const texts = JSON.stringify([results.map(({ message }) => message), invocations]);
    expect(texts).toContain('[a] (javascript:alert(1))');
    expect(texts).not.toContain('](');
  });

  it('shows the worst first: failures by severity, suspicions, what is unread, and what is waived at the end', () => {
    const nodes = inGroups(waived, unread, passed, warned, failed);
    const told = (severity: string) => {
      const { results } = sarif([auditOf(nodes)], [], { controls: [{ ...clientCa, severity }] });
      return results.map(({ level, suppressions = [] }) => `${level}${suppressions.length > 0 ? ', waived' : ''}`);
    };

    expect(told('HIGH')).toEqual(['error', 'warning', 'note', 'error, waived']);
    expect(told('CRITICAL')).toEqual(['error', 'warning', 'note', 'error, waived']);
    expect(told('MEDIUM')).toEqual(['warning', 'warning', 'note', 'warning, waived']);
    expect(told('LOW')[0]).toBe('warning');
  });

  it('calls a run successful that met no problem', () => {
    const quiet = { executionSuccessful: true, toolExecutionNotifications: [] };
    expect(sarif([auditOf([])]).invocations[0]).toMatchObject(quiet);
    const told = [{ level: 'error', message: { text: 'm; r' }, descriptor: { id: 'c' } }];
    const [invocation] = sarif([], [{ code: 'c', message: 'm', remedy: 'r' }]).invocations;
    expect(invocation).toMatchObject({ executionSuccessful: false, toolExecutionNotifications: told });
  });

  it('calls no run successful in which the nodes of a cluster could not be listed, or something else went wrong there', () => {
    const saidOf = (change: Partial<ClusterAudit>, run: Partial<RunEnd> = {}) => {
      const [{ executionSuccessful, toolExecutionNotifications: all = [] } = expect.unreachable()] = JSON.parse(
        textOf(sarifReport(options), { clusters: [auditOf([], change)], run }),
      ).runs[0].invocations;
      return [executionSuccessful, ...all.map((each: { message: { text: string } }) => each.message.text)];
    };
    const problems = [{ code: 'c', message: 'm', remedy: 'r' }];
    const unlisted = { inventory: { from: 'none', complete: false }, problems } as const;

    const blue = '111122223333/eu-west-1/blue:';
    expect(saidOf({ problems })).toEqual([false, `${blue} m; r`]);
    const both = [`${blue} its nodes could not be listed; see the problems of this cluster`, `${blue} m; r`];
    expect(saidOf(unlisted)).toEqual([false, ...both]);
    const gaps = '444455556666/eu-west-1, 444455556666/eu-west-2/red: EC2 did not answer; ask EC2 again';
    expect(saidOf(unlisted, { coverage })).toEqual([false, gaps, ...both]);
    const leftOut = { lookedAt: [], leftOut: ['kubelet-config-mode'] };
    expect(saidOf({ controls: leftOut })).toEqual([true, expect.stringContaining('3.1.3 kubelet-config-mode')]);
  });

  it('has a URI whose parts are each one segment, and a fingerprint of its own, whatever a group is called', () => {
    const names = ['..', 'a/b', 'a b', 'ä', '.', 'a?b#c'];
    const nodes = names.map((name, index) => judged(node(index, { group: { kind: 'managed', name } }), failed));
    const { arn: _, ...elsewhere } = auditOf([]).cluster;
    const told = (audit: ClusterAudit) => sarif([audit]).results;
    const urisOf = (audit: ClusterAudit) =>
      told(audit).map(({ locations }) => locations?.[0]?.physicalLocation?.artifactLocation?.uri);
    const uris = urisOf(auditOf(nodes));
    const both = [...told(auditOf(nodes)), ...told(auditOf(nodes, { cluster: elsewhere }))];
    const prints = both.map(({ partialFingerprints }) => Object.values(partialFingerprints ?? {})[0]);

    expect(new Set(uris.map((uri) => uri?.split('/').length))).toEqual(new Set([5]));
    expect(new Set(uris).size).toBe(names.length);
    expect(new Set(prints).size).toBe(2 * names.length);
    expect(urisOf(auditOf(nodes, { cluster: { ...elsewhere, name: '..' } }))[0]).toMatch(/^eks\/_\/managed-/);
  });

  it('has messages of at most 4,000 characters, with no half of a character at their end', () => {
    const long = (text: string) => {
      const failing = (value: string): Verdict => {
        return { status: 'fail', evidence: { ...evidence(value), notes: [text.repeat(600)] } };
      };
      return sarif([auditWith(...[...'01234567'].map(failing))]).results[0]?.message.text ?? '';
    };

    expect(long('x')).toMatch(/…$/);
    expect(long('x').length).toBe(4_000);
    expect(long('😀').length).toBeGreaterThanOrEqual(3_999);
    expect(long('😀')).toMatch(/\P{Cs}…$/u);
  });

  it('leaves out what GitHub does not take, the least bad of it, and says how much', () => {
    const many = [auditOf(groups(25_000, warned)), auditOf(groups(3))];
    const { results, invocations } = sarif(many);

    expect(results).toHaveLength(25_000);
    expect(results.filter(({ level }) => level === 'error')).toHaveLength(3);
    expect(Math.max(...results.map(({ message }) => message.text?.length ?? 0))).toBeLessThanOrEqual(200);
    const message = { text: '3 more results are left out: at most 25000 fit' };
    expect(invocations[0]?.toolExecutionNotifications).toEqual([{ level: 'warning', message }]);
  });
});

describe('Markdown', () => {
  const markdown = (clusters: readonly ClusterAudit[], problems: readonly Problem[] = []) =>
    textOf(markdownReport(options), { clusters, problems });
  const clusters = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...auditWith(passed), ...called(`c${index}`) }));
  const problems = (count: number, message = '') =>
    Array.from({ length: count }, (_, index) => ({ code: 'c', message: `${index}${message}`, remedy: 'r' }));

  it('has five hundred rows of each table, and counts the others', () => {
    expect(markdown([auditOf(groups(500))])).not.toContain('… and');
    expect(markdown(clusters(500))).not.toContain('… and');
    expect(markdown(clusters(501))).toContain('\n… and 1 more cluster.\n');
    expect(markdown([], problems(500))).not.toContain('… and');
    expect(markdown([], problems(501))).toContain('\n… and 1 more row.\n');
  });

  const each = Array.from({ length: 502 }, (_, at) => at);
  const named = each.map((at) => node(at, { group: { kind: 'managed', name: `g${at}` } }));
  const opened = each.map((at) => ({ control: 'c', group: `g${at}`, standing: 'fail', nodes: 1 }) as const);
  const inClaims = { inventory: { from: 'kubernetes', complete: true, claims: [node(9)] } } as const;
  const doors = named.map((own, at) => {
    return { ...judged(own, passed), access: accessLike('fail', `door ${at}`) };
  });
  const next = { nodes: named.map((own) => ({ ...judged(own, failed), source: 's' })), complete: true };
  it.each<[string, readonly ClusterAudit[]]>([
    ['Fails', [auditOf(groups(502))]],
    ['What AWS does not confirm', each.map(() => auditOf([], inClaims))],
    ['Not closed', [auditOf(doors)]],
    ['Next nodes', [auditOf([], { nextNodes: next })]],
    ['New since run', []],
    [
      'What was not looked at',
      each.map((at) => auditOf([], { problems: [{ code: `c${at}`, message: `${at}`, remedy: '' }] })),
    ],
  ])('has five hundred rows below "%s" and counts the others', (title, clusters) => {
    const history = runsOf([line(20, { open: opened })]);
    const over = { ...run, coverage: { ...coverage, gaps: [] } };
    const text = textOf(markdownReport({ ...options, history }), { clusters, run: over });
    const [section = ''] = text.split(`\n### ${title}`)[1]?.split('\n### ') ?? [];
    expect(section.match(/^\| /gm)).toHaveLength(502);
    expect(section).toContain('\n… and 2 more rows.\n');
  });

  it('is cut where its bytes are too many, and says that nothing is new where nothing is', () => {
    expect(markdown([], problems(465, '€'.repeat(700)))).not.toContain('does not fit');
    expect(markdown([], problems(475, '€'.repeat(700)))).toMatch(
      /\.\n\n\n… the rest does not fit: see the HTML report\.\n$/,
    );
    const same = textOf(markdownReport({ ...options, history: runsOf([line(20)]) }), { clusters: [auditOf([])], run });
    expect(same).toMatch(/### New since run run-20\n\nNo failure began, and none was fixed\.\n\n(?!\|)/);
  });

  it('escapes what means something to Markdown, to HTML or to GitHub', () => {
    const name = 'a\\`*_{}[](<b>#+!|~&$@b https://x www.y FTP:z';
    const text = markdown([auditOf([judged(node(1, { group: { kind: 'managed', name } }), failed)])]);

    // § is the zero-width space.
    const escaped = 'a\\\\\\`\\*\\_{}\\[\\]§(\\<§b\\>#+!\\|\\~\\&\\$@§b https§://x www§.y FTP§:z (managed)';
    expect(text.replaceAll('\u200b', '§')).toContain(escaped);
  });
});
