import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formats } from '../../../lambda/cli/report-targets.ts';
import type { ClusterAudit, Verdict } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { emptyTally, outcome, tallied } from '../../../lambda/core/run/outcome.ts';
import {
  auditOf,
  clientCa,
  expired,
  failed,
  inGroups,
  node,
  notApplicable,
  passed,
  unread,
  waived,
  warned,
} from '../findings/compliant-audit.ts';
import { written } from './written.ts';

const verdict = fc.constantFrom<Verdict>(passed, passed, failed, warned, unread, waived, expired, notApplicable);
const problem = { code: 'c', message: 'm', remedy: 'r' };

/** Any audit of one control: running nodes, next nodes, and what went wrong. */
const audits = fc
  .record({
    running: fc.array(verdict, { minLength: 1, maxLength: 3 }),
    next: fc.option(fc.array(verdict, { maxLength: 3 }), { nil: undefined }),
    hasProblem: fc.boolean(),
    isListed: fc.boolean(),
  })
  .map(
    ({ running, next, hasProblem, isListed }): ClusterAudit => ({
      ...auditOf(inGroups(...running)),
      controls: { lookedAt: [clientCa.slug], leftOut: [] },
      problems: hasProblem ? [problem] : [],
      inventory: isListed ? { from: 'kubernetes', complete: true } : { from: 'kubernetes', complete: false },
      ...(next && {
        nextNodes: {
          complete: true,
          nodes: next.map((each, index) => {
            const group = { kind: 'managed', name: `g${index}` } as const;
            const key = `next node of g${index}`;
            return { node: node(90 + index, { key, group }), verdicts: { [clientCa.slug]: each }, source: 'lt-1' };
          }),
        },
      }),
    }),
  );

interface SarifLike {
  readonly runs: readonly [
    { readonly results?: readonly { readonly message: { readonly text: string }; readonly suppressions?: unknown }[] },
  ];
}
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line.replace(/^,/, '')));

/** Whether a report in this format shows a failure that nobody has accepted. */
const showsFailure: Readonly<Record<(typeof formats)[number], (text: string) => boolean>> = {
  table: (text) => /^ {2}(?:> | {2})?fail\s/m.test(text),
  json: (text) =>
    /"status": ?"fail"(?![^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*"waived":)/.test(text.replaceAll(/\s+/g, '')),
  csv: (text) => /,fail,/.test(text),
  // Account to access_because, and then the number of failures.
  'nodes-csv': (text) =>
    text
      .split('\r\n')
      .slice(1)
      .some((line) => Number(line.split(',')[13]) > 0),
  'findings-csv': (text) => /,fail,/.test(text),
  html: (text) => /What to fix first|fails? a control of the cluster|next node will fail a control/.test(text),
  markdown: (text) => /What to fix first|fails? a control of the cluster|next node will fail a control/.test(text),
  sarif: (text) =>
    (JSON.parse(text) as SarifLike).runs[0].results?.some(
      ({ message, suppressions }) => /: fails in /.test(message.text) && suppressions === undefined,
    ) === true,
  junit: (text) => /<failure/.test(text),
  asff: (text) =>
    JSON.parse(text).some(
      (each: { Compliance: { Status: string }; Workflow?: { Status: string } }) =>
        each.Compliance.Status === 'FAILED' && each.Workflow?.Status !== 'SUPPRESSED',
    ),
  ocsf: (text) =>
    text.trim() !== '' && linesOf(text).some((each) => each.compliance.status_id === 3 && each.status !== 'Suppressed'),
  oscal: (text) => /"status": ?"open"/.test(text),
};

describe('what decides the exit code is in every format', () => {
  it.each(formats)('%s shows a failure if and only if the audit ends with 1', (format) => {
    fc.assert(
      fc.property(audits, (audit) => {
        const code = outcome(tallied(emptyTally, ok(audit)));
        expect(showsFailure[format](written(format, [clientCa], { clusters: [audit] }))).toBe(code === 1);
      }),
      { numRuns: 1000 },
    );
  });

  it('is in the table of several clusters, by its control and its cause, without --verbose', () => {
    const other = { ...auditOf(inGroups(passed)), cluster: { ...auditOf([]).cluster, name: 'another' } };
    fc.assert(
      fc.property(audits, (audit) => {
        const code = outcome(tallied(emptyTally, ok(audit)));
        const text = written('table', [clientCa], { clusters: [audit, other] });
        const isOfRunning = /^ blue .*✗\d/m.test(text) && /^ {3}blue .*(?<!waived: |probably )no client CA/m.test(text);
        expect(isOfRunning || /^ {2}> fail\s/m.test(text)).toBe(code === 1);
      }),
      { numRuns: 1000 },
    );
  });

  it('ends with 2 if and only if nothing failed, and something is open or was not looked at that counts', () => {
    fc.assert(
      fc.property(audits, (audit) => {
        const of = (nodes: readonly { readonly verdicts: Readonly<Record<string, Verdict>> }[]) =>
          nodes.flatMap(({ verdicts }) => Object.values(verdicts));
        const running = of(audit.nodes);
        const fails = [...running, ...of(audit.nextNodes?.nodes ?? [])].some(
          (each) => each.status === 'fail' && !('waived' in each && each.waived),
        );
        const isOpen =
          running.some(({ status }) => status === 'unknown' || status === 'warn') || audit.problems.length > 0;
        expect(outcome(tallied(emptyTally, ok(audit)))).toBe(fails ? 1 : isOpen ? 2 : 0);
      }),
      { numRuns: 1000 },
    );
  });
});
