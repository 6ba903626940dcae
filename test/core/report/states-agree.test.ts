import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findingsOf } from '../../../lambda/core/findings/finding.ts';
import { accessDoors, accessOf } from '../../../lambda/core/judge/access.ts';
import {
  type AccessState,
  accessStates,
  countStates,
  noStates,
  stateOrder,
} from '../../../lambda/core/model/access-states.ts';
import type { NodeAudit, Verdict } from '../../../lambda/core/model/model.ts';
import { nodesCsvReport } from '../../../lambda/core/report/formats/csv.ts';
import { markdownReport } from '../../../lambda/core/report/formats/markdown.ts';
import { historyLineOf } from '../../../lambda/core/report/history/history-line.ts';
import { htmlReport } from '../../../lambda/core/report/html/html-report.ts';
import type { TableStyle } from '../../../lambda/core/report/report.ts';
import { tableReport } from '../../../lambda/core/report/terminal/table.ts';
import { answerOf } from '../../../lambda/core/run/answer-of.ts';
import { completedEvent } from '../../../lambda/core/run/events.ts';
import { totalsOf } from '../../../lambda/core/run/tally.ts';
import { summaryOf } from '../../../lambda/flow/run/run-summary.ts';
import {
  auditOf,
  called,
  failed,
  node,
  notApplicable,
  options,
  passed,
  unread,
  waived,
  warned,
} from '../findings/compliant-audit.ts';
import { discovery } from '../run/complete-run.ts';
import { textOf } from './report-text.ts';

const draw: TableStyle['draw'] = (_, rows) => rows.map((row) => row.join(' | ')).join('\n');
const style: TableStyle = { bold: (text) => text, colour: (text) => text, draw, width: 120 };
const doors = Object.values(accessDoors);
const controls = doors;
const verdict = fc.constantFrom<Verdict>(passed, passed, failed, warned, unread, waived, notApplicable);
const ofNode = fc.record({
  verdicts: fc.tuple(verdict, verdict, verdict, verdict),
  group: fc.constantFrom('one', 'other'),
});
const estates = fc.array(fc.array(ofNode, { maxLength: 6 }), { minLength: 1, maxLength: 3 });

type Counts = Readonly<Record<AccessState, number>>;
const counted = (found: Partial<Counts>): Counts => ({ ...noStates, ...found });

/** The numbers of a sentence such as `1 of 3 nodes lets strangers in; 2 are closed`. */
function inSentence(text: string): Counts {
  const found = stateOrder.flatMap((state) => {
    const { one, many } = accessStates[state].en;
    const number = [one, many].flatMap(
      (words) => new RegExp(`(The only node|All \\d+ nodes|\\d+ of \\d+ nodes|\\d+) ${words}`).exec(text)?.[1] ?? [],
    )[0];
    if (number === undefined) return [];
    return [[state, number === 'The only node' ? 1 : Number(/\d+/.exec(number)?.[0])] as const];
  });
  return counted(Object.fromEntries(found));
}

it('counts the same nodes in each state in every output, and the numbers add up to all nodes', () => {
  fc.assert(
    fc.property(estates, (clusters) => {
      const audits = clusters.map((nodes, at) =>
        auditOf(
          nodes.map(({ verdicts, group }, index): NodeAudit => {
            const own = Object.fromEntries(doors.map(({ slug }, door) => [slug, verdicts[door] ?? passed]));
            const access = accessOf(({ slug }) => own[slug] ?? expect.unreachable());
            return {
              node: node(10 * at + index, { group: { kind: 'managed', name: group } }),
              failures: [],
              verdicts: own,
              access,
            };
          }),
          called(`c${at}`),
        ),
      );
      const all = audits.flatMap(({ nodes }) => nodes);
      const expected = countStates(all);
      expect(Object.values(expected).reduce((sum, each) => sum + each, 0)).toBe(all.length);
      if (all.length === 0) return;

      const context = { controls, benchmark: 'cis-eks-1.8.0' } as const;
      const ran = { clusters: audits };
      const page = textOf(htmlReport({ ...context, version: '1' }), ran);
      expect(inSentence((/<h1>(.*?)<\/h1>/.exec(page)?.[1] ?? '').replaceAll('&#39;', "'"))).toEqual(expected);
      const [, legend = ''] = /aria-label="nodes by state">(.*?)<\/ul>/.exec(page) ?? [];
      const items = [...legend.matchAll(/class="tag ([a-z-]+)">[^<]*<\/span> (\d+)/g)].map(([, state, count]) => [
        state,
        Number(count),
      ]);
      expect(counted(Object.fromEntries(items))).toEqual(expected);

      const terminal = textOf(tableReport({ ...context, style }), ran);
      const last = terminal.split('\n\n').find((block) => /^\d+ clusters?, /m.test(block)) ?? '';
      expect(inSentence(last.replaceAll(/\s+/g, ' '))).toEqual(expected);
      expect(inSentence(textOf(markdownReport(context), ran).replaceAll('\\', ''))).toEqual(expected);

      const [head = [], ...rows] = textOf(nodesCsvReport(context), ran)
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(','));
      expect(head.at(-1)).toBe('state');
      const states = rows.map((row) => row.at(-1));
      for (const state of stateOrder) expect(states.filter((each) => each === state).length).toBe(expected[state]);

      const time = new Date('2026-12-03T05:00:00Z');
      const answers = audits.map((audit, at) => {
        const item = {
          kind: 'cluster',
          partition: 'aws',
          accountId: '111122223333',
          region: 'eu-west-1',
          cluster: `c${at}`,
        } as const;
        return answerOf({ item, status: 'done', startedAt: time, finishedAt: time, audit, problems: [] });
      });
      const totals = totalsOf(
        answers.map(({ item }) => item),
        answers,
      );
      const summary = summaryOf(discovery, totals, { benchmark: 'cis-eks-1.8.0', newGaps: 0 });
      expect(completedEvent(summary, { summary: '', report: '' }).detail).toMatchObject({
        nodes: all.length,
        states: expected,
      });
      const lines = answers.map((answer) =>
        historyLineOf(answer, { runId: 'r', startedAt: time.toISOString(), gaps: 0 }),
      );
      for (const state of stateOrder)
        expect(lines.reduce((sum, line) => sum + (line?.states?.[state] ?? 0), 0)).toBe(expected[state]);

      const inHub = audits.flatMap((audit) => {
        const findings = [...findingsOf(audit, { ...options, controls, scope: 'node-group' })];
        const byGroup = new Map(
          findings.flatMap(({ ProductFields }) => {
            const text = ProductFields['eks-kubelet-audit/nodes-by-state'];
            return text === undefined ? [] : [[ProductFields['eks-kubelet-audit/node-group'], text] as const];
          }),
        );
        return [...byGroup.values()];
      });
      for (const state of [
        'strangers-get-in',
        'api-server-not-authenticated',
        'refuses-api-server',
        'not-read',
        'waived',
      ] as const) {
        const numbers = inHub.map((text) =>
          Number(new RegExp(`(?:^|, )${accessStates[state].en.name} (\\d+)`).exec(text)?.[1] ?? 0),
        );
        expect(
          numbers.reduce((sum, each) => sum + each, 0),
          state,
        ).toBe(expected[state]);
      }
    }),
    { numRuns: 60 },
  );
});
