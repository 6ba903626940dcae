import { expect, it } from 'vitest';
import { markdownReport } from '../../../lambda/core/report/formats/markdown.ts';
import { htmlReport } from '../../../lambda/core/report/html/html-report.ts';
import { runReport } from '../../../lambda/core/report/html/run-page.ts';
import type { Report, RunEnd } from '../../../lambda/core/report/report.ts';
import { tableReport } from '../../../lambda/core/report/terminal/table.ts';
import { answerOf } from '../../../lambda/core/run/answer-of.ts';
import { coverageOf } from '../../../lambda/core/run/coverage.ts';
import { totalsOf } from '../../../lambda/core/run/tally.ts';
import { summaryOf } from '../../../lambda/flow/run/run-summary.ts';
import { auditOf, clientCa, failed, judged, node } from '../findings/compliant-audit.ts';
import { blue } from '../run/complete-run.ts';
import { textOf } from './report-text.ts';
import { manifests } from './telling-run.ts';

const bare = {
  name: 'ghost<',
  machine: { status: 'none', because: 'its Node object names no instance' },
  claimed: 'without-machine',
  groupUnconfirmed: 'only its Node object names this group',
} as const;
const fargate = node(2, { ...bare, name: 'f', kind: 'fargate', group: { kind: 'fargate', name: 'fargate' } });
const nodes = [node(1), fargate, node(3, bare)].map((each) => judged(each, failed));
const audit = auditOf(nodes, { suppressed: 2 });
const waivers = { waivers: 3, everyCluster: 1, everyNodeGroup: 0, unmatched: 1, named: ['kubelet-x in cluster gone'] };
const options = { controls: [clientCa], benchmark: 'cis-eks-1.8.0', version: '1' } as const;

const item = { ...blue, kind: 'cluster', cluster: 'blue' } as const;
const [startedAt, finishedAt] = [new Date(0), new Date(1)];
const ofRun = (() => {
  const answer = answerOf({ item, status: 'done', startedAt, finishedAt, audit, problems: [] });
  const totals = totalsOf([item], [answer]);
  const discovery = { runId: 'r', startedAt: 's', accounts: 1, regions: 1, items: [item], gaps: [], skipped: [] };
  const summary = summaryOf(discovery, totals, { benchmark: 'cis-eks-1.8.0', newGaps: 0, waivers });
  const { html, markdown } = runReport([answer], summary, { ...options, manifest: manifests[0]! });
  return { html, markdown, coverage: coverageOf(discovery, totals.looked) };
})();
const ofAudit = (report: Report, run: Partial<RunEnd> = {}) =>
  textOf(report, { clusters: [audit], run: { waivers, ...run } });
const style = { bold: (text: string) => text, colour: (text: string) => text, draw: () => '', width: 1_000 };

const claims = [
  'only Node objects say that there are f (Fargate), ghost< (its Node object names no instance)',
  'AWS does not confirm 2 node groups, so no waiver by name counts: fargate (fargate), workers (managed)',
];
const headline = [
  '2 failures are hidden in Security Hub (suppressed, resolved, false positive or lower severity) without a waiver',
  'For 2 nodes AWS has no matching machine',
];
const inWaivers = '3 waivers, 1 for every cluster; 1 matches nothing of this run';
const ofWaivers = [inWaivers, 'matches nothing: kubelet-x in cluster gone'];
const briefly = ['2 failures hidden in Security Hub without a waiver', '2 nodes without a machine that AWS shows'];
const ofAccounts = ofAudit(tableReport({ ...options, style }), { coverage: ofRun.coverage });
it.each([
  ['the page of a run', ofRun.html, headline],
  ['the Markdown of a run', ofRun.markdown, headline],
  ['the page of a cluster', ofAudit(htmlReport(options)), headline],
  ['Markdown', ofAudit(markdownReport(options)), headline],
  ['a table', ofAudit(tableReport({ ...options, style })), headline.slice(0, 1)],
  ['a table of accounts', ofAccounts, briefly],
])('what AWS does not confirm, what is suppressed and what waivers come to is said in %s', (_, text, first) => {
  const words = text
    .replaceAll(/&lt;|\\</g, '<')
    .replaceAll(/\\([-.()*_])/g, '$1')
    .replaceAll(/&#(\d+);/g, (_entity, code) => String.fromCodePoint(Number(code)))
    .replaceAll(/\s+/g, ' ');
  for (const each of [...first, ...claims, ...ofWaivers]) expect(words).toContain(each);
});
