import { describe, expect, it } from 'vitest';
import type { Statement } from '../../../../lambda/core/findings/statement.ts';
import { noStates } from '../../../../lambda/core/model/access-states.ts';
import type { NodeAudit } from '../../../../lambda/core/model/model.ts';
import { compareRuns, type HistoryRun, runsOf } from '../../../../lambda/core/report/history/posture-history.ts';
import { historyPage } from '../../../../lambda/core/report/html/history-page.ts';
import { htmlReport } from '../../../../lambda/core/report/html/html-report.ts';
import { runReport } from '../../../../lambda/core/report/html/run-page.ts';
import type { OpenGroup } from '../../../../lambda/core/run/answer.ts';
import { noFindings } from '../../../../lambda/core/run/answer-of.ts';
import { noCounts } from '../../../../lambda/core/run/outcome.ts';
import type { RunSummary } from '../../../../lambda/core/run/tally.ts';
import { auditOf, called, failed, judged, node, unread } from '../../findings/compliant-audit.ts';
import { answer, blue, green, region } from '../../run/complete-run.ts';
import { line as lineOf } from '../history/history-lines.ts';
import { textOf } from '../report-text.ts';
import { controls, coverage, history, manifests, run } from '../telling-run.ts';
import { shownOf } from './shown-page.ts';

const version = '1.2.3';
const counts = (change: object = {}) => ({ ...noCounts, ...change });
const open = (control: string, standing: OpenGroup['standing'], group = 'workers (managed)'): OpenGroup => {
  return { control, group, standing, nodes: 2 };
};

const summary: RunSummary = {
  ...coverage,
  ...run,
  schemaVersion: 1,
  runId: '20261124T100000Z',
  verdicts: counts({ pass: 12, fail: 5, warn: 1, unknown: 2 }),
  states: { ...noStates, closed: 2 },
  controls: {},
  findings: noFindings,
  newGaps: 0,
  problems: {},
};
const strangers: Statement = {
  accountId: '111122223333',
  region: 'eu-west-1',
  cluster: 'blue',
  group: { kind: 'karpenter', name: 'spot' },
  state: 'strangers-get-in',
  nodes: 1,
  closes: 1,
  owners: [{ name: 'payments', nodes: 1 }],
  severity: 'HIGH',
  causes: [{ control: 'kubelet-read-only-port', standing: 'fail', nodes: 1 }],
  change: { by: 'karpenter' },
};
const answers = [
  answer(region),
  answer(green),
  answer(blue, {
    nodes: 4,
    unreadableNodes: 1,
    complete: false,
    resultSha256: 'ab'.repeat(32),
    states: { ...noStates, 'strangers-get-in': 1, waived: 1, closed: 2 },
    statements: [strangers],
    controls: {
      'kubelet-client-ca-file': counts({ pass: 2, unknown: 2 }),
      'kubelet-read-only-port': counts({ pass: 1, fail: 3 }),
      'kubelet-config-mode': counts({ fail: 1 }),
      'client-ca-expiry': counts({ 'not-applicable': 2 }),
    },
    open: {
      groups: [
        open('kubelet-client-ca-file', 'unknown'),
        open('kubelet-read-only-port', 'waived', 'odd group'),
        open('kubelet-config-mode', 'waived', 'named (nothing)'),
        open('kubelet-read-only-port', 'fail', 'spot (karpenter)'),
        open('no-such-control', 'warn'),
      ],
      more: 3,
    },
    problems: [{ code: 'throttled', message: 'EKS throttled every call', remedy: 'run it again' }],
  }),
  answer({ ...blue, kind: 'cluster', cluster: 'failed' }, { status: 'failed' }),
];
const options = { controls, benchmark: 'cis-eks-1.8.0', version, manifest: manifests[0]! };
const compared = compareRuns(history[0]!, history[1]!);

describe('the report of a deployed run', () => {
  const report = runReport(answers, summary, { ...options, compared });

  it('is the one that was reviewed', () => {
    expect(shownOf(report.html)).toMatchSnapshot();
    expect(report.markdown).toMatchSnapshot();
  });

  it('links to the pages of its clusters, from where the latest one lies too', () => {
    const links = (text: string) => [...new Set(text.match(/[^"(]*results\/[^")\s]*\.html/g))];
    const pages = ['blue', 'green'].map((name) => `results/111122223333/eu-west-1/${name}.html`);
    const fromLatest = pages.map((page) => `../runs/20261124T100000Z/${page}`);

    expect(links(report.html)).toEqual(pages);
    expect(links(report.markdown)).toEqual(pages);
    expect(links(report.latestHtml)).toEqual(fromLatest);
    expect(links(report.latestMarkdown)).toEqual(fromLatest);
  });

  it('says that nothing fails where nothing does, also of what was not judged', () => {
    const [first] = controls.slice(3);
    const quiet = answer(blue, { controls: { [first!.slug]: counts() } });
    const { html } = runReport([quiet, answer(green)], summary, { ...options, controls: [first!] });
    expect(html).toContain('<p>None.</p>');
    expect(html).not.toContain('By framework');
    expect(html).toContain('<td class="not-applicable">not applicable</td>');
  });

  it('names four thousand node groups and counts the others', () => {
    const named = (index: number) => open('kubelet-config-mode', 'fail', `g${index} (managed)`);
    const groups = Array.from({ length: 4_001 }, (_, index) => named(index));
    const { html } = runReport([answer(blue, { open: { groups, more: 2 } })], summary, options);

    expect(html).toContain('g3999 (managed)');
    expect(html).not.toContain('g4000 (managed)');
    expect(html).toContain('… and 3 more node groups: see the JSON result');
  });
});

describe('the page of a history', () => {
  it('with two runs compared is the one that was reviewed', () => {
    expect(shownOf(historyPage(history, { version, compared }))).toMatchSnapshot();
  });

  it('says how many failures are open', () => {
    const answerOf = (runs: readonly HistoryRun[]) => /<h1>(.*?)<\/h1>/.exec(historyPage(runs, { version }))?.[1];

    expect([history, history.slice(0, 1), []].map(answerOf)).toEqual([
      '2 failures are open in 1 of 2 clusters after 2 runs.',
      '1 failure is open in 1 of 1 cluster after 1 run.',
      'No failure is open in 0 clusters after 0 runs.',
    ]);
  });

  const manyRuns = (count: number) => {
    const startedAt = (index: number) => new Date(Date.UTC(2026, 0, 1 + index)).toISOString();
    const named = (index: number) => ({ run: `r${String(index).padStart(3, '0')}`, startedAt: startedAt(index) });
    return runsOf(Array.from({ length: count }, (_, index) => lineOf(1, named(index))));
  };

  it('has a dot for each of sixty runs, and a line only beyond', () => {
    const dots = (count: number) => historyPage(manyRuns(count), { version }).match(/<circle/g)?.length ?? 0;

    expect([dots(60), dots(61)]).toEqual([60, 0]);
  });

  it('names two hundred changes and two thousand failures, and counts the others', () => {
    const pageOf = (count: number) => {
      const all = Array.from({ length: count }, (_, index) => open('c', 'fail', `g${index}`));
      const runs = runsOf([lineOf(1), lineOf(2, { open: all })]);
      return historyPage(runs, { version, compared: compareRuns(runs[0]!, runs[1]!) });
    };

    expect(pageOf(200)).not.toContain('more: see');
    expect(pageOf(201)).toContain('… and 1 more: see history --compare');
    expect(pageOf(2_000)).not.toContain('more failures');
    expect(pageOf(2_001)).toContain('… and 1 more failures: see the JSON result');
  });
});

describe('a page of many nodes', () => {
  const options = { controls: controls.slice(0, 1), benchmark: 'cis-eks-1.8.0', version } as const;
  const pageOf = (...audits: readonly (readonly NodeAudit[])[]) => {
    const clusters = audits.map((nodes, index) => auditOf(nodes, called(`c${index}`)));
    return textOf(htmlReport(options), { clusters, run });
  };
  const many = (count: number, verdict = failed, groups = count) => {
    const group = (index: number) => ({ group: { kind: 'managed', name: `g${index % groups}` } }) as const;
    return Array.from({ length: count }, (_, index) => judged(node(index, group(index)), verdict));
  };
  const rows = (page: string) => page.match(/<th scope="row">100 nodes: <span id="[^"]*">ip-/g)?.length ?? 0;

  it('names three nodes that say the same with their keys, and more by their names', () => {
    const namesOf = (nodes: readonly NodeAudit[]) => {
      const [, page = ''] = pageOf(nodes).split('Link to this result');
      const cell = /<th scope="row">((?:(?!<\/th>).)*)<\/th><td data-label="node group">/.exec(page)?.[1];
      return cell
        ?.replaceAll(/<br\/>/g, ' / ')
        .replaceAll(/<[^>]*>/g, '')
        .replaceAll('.eu-west-1.compute.internal', '');
    };
    const [first, second, third, fourth] = [0, 1, 2, 3].map((at) => [`ip-10-0-0-${at}`, node(at).key]);
    expect(namesOf(many(3, failed, 1))).toBe([first, second, third].flat().join(' / '));
    expect(namesOf(many(4, failed, 1))).toBe(
      `4 nodes: ${[first, second, third, fourth].map((each) => each?.[0]).join(', ')}`,
    );
    const called = (name: string) => namesOf([judged(node(1, { name }), failed)]);
    expect([called(node(1).key), called('')]).toEqual([node(1).key, ` / ${node(1).key}`]);
  });

  it('says that one reason leaves all of several controls open, or names them', () => {
    const lost = (slugs: readonly string[]) => ({
      ...judged(node(1), unread),
      verdicts: Object.fromEntries(slugs.map((slug) => [slug, unread])),
    });
    const cellOf = (count: number, slugs: readonly string[]) => {
      const report = htmlReport({ ...options, controls: controls.slice(0, count) });
      const page = textOf(report, { clusters: [auditOf([lost(slugs)])], run });
      return /<td data-label="controls">(.*?)<\/td>/.exec(page)?.[1];
    };
    const slugs = controls.map(({ slug }) => slug);
    expect([cellOf(1, slugs), cellOf(2, slugs), cellOf(2, [])]).toEqual(['3.2.3', 'all 2', 'all 2']);
  });

  it('names two hundred of each node group, and counts the others', () => {
    expect(pageOf(many(200, failed, 1))).not.toContain('more nodes');
    expect(pageOf(many(203, failed, 1))).toContain('… and 3 more nodes: see the JSON result');
  });

  it('names four thousand in all, those that fail before those that nobody could read', () => {
    const page = pageOf(many(3_000, unread, 30), many(3_000, failed, 30), many(3_000, failed, 30));

    // Once each in the evidence; of a node group that says the same there is one row.
    expect(page.match(/<tr data-standing="fail" data-severity="\w+" data-place="\w+" data-words=/g)).toHaveLength(
      4_000,
    );
    expect(page).not.toContain('data-standing="unknown"><th');
    expect(rows(page)).toBe(40);
  });

  it('names twenty node groups in a sentence', () => {
    expect(pageOf(many(20))).not.toContain('more node group');
    expect(pageOf(many(21))).toContain('; and 1 more node group<');
  });
});
