import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formats } from '../../../lambda/cli/report-targets.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { causesOf, notLookedAt } from '../../../lambda/core/report/not-looked-at.ts';
import { emptyTally } from '../../../lambda/core/run/outcome.ts';
import { auditWith, called, clientCa, passed } from '../findings/compliant-audit.ts';
import { coverage } from './telling-run.ts';
import { written } from './written.ts';

/** A finding is about what was looked at: these two formats have nothing else. */
const lists = ['asff', 'ocsf'];
/** The names by which a format may know a control. */
const namesOf = (slug: string) => {
  const found = controls.find((each) => each.slug === slug);
  return found ? [slug, found.title, ...Object.values(found.numbers).map(({ number }) => number)] : [slug];
};
const word = fc.stringMatching(/^[a-z]{9,12}$/);
const problem = fc.record({ code: word, message: word, remedy: word });
const left = fc.constantFrom(...controls.filter(({ about }) => about.kind !== 'cluster').map(({ slug }) => slug));

describe.each(formats.filter((each) => !lists.includes(each)))('a report as %s', (format) => {
  it('names everything that was not looked at, whatever it was', () => {
    const runs = fc.record({ ofCluster: problem, ofRun: problem, ofGap: problem, left, isListed: fc.boolean() });
    fc.assert(
      fc.property(runs, ({ ofCluster, ofRun, ofGap, left, isListed }) => {
        const inventory = isListed ? ({ from: 'kubernetes', complete: true } as const) : undefined;
        const audit = {
          ...auditWith(passed),
          controls: { lookedAt: [clientCa.slug], leftOut: [left] },
          problems: [ofCluster],
          inventory: inventory ?? ({ from: 'none', complete: false } as const),
        };
        const gaps = [{ accountId: '111122223333', region: 'eu-west-9', cluster: 'red', problem: ofGap }];
        const run = { coverage: { ...coverage, gaps } };
        const text = written(format, [clientCa], { clusters: [audit], problems: [ofRun], run });

        for (const { message } of [ofCluster, ofRun, ofGap]) expect(text).toContain(message);
        if (format !== 'table') expect(text).toContain('red');
        expect(namesOf(left).some((name) => text.includes(name))).toBe(true);
        expect(text).not.toContain('Everything in scope');
        expect(text).not.toMatch(/[Ee]very kubelet of 1 cluster passes\./);
      }),
      { numRuns: 25 },
    );
  });
});

it('lists a gap that is a problem of its cluster once, and what clusters have in common in one row', () => {
  const same = { code: 'c', message: 'm', remedy: 'r' };
  const clusters = ['a', 'b', 'c', 'd', 'e'].map((cluster) => {
    return { notLookedAt: [{ place: { accountId: '1', region: 'r', cluster }, ...same }] };
  });
  const gaps = [{ accountId: '1', region: 'r', cluster: 'b', problem: same }];
  const all = notLookedAt(clusters, { tally: emptyTally, coverage: { ...coverage, gaps } });
  expect(all).toHaveLength(5);
  expect(causesOf(all).map(({ where }) => where)).toEqual(['1/r/b, 1/r/a, 1/r/c and 2 more']);
});

it('names a control that this version does not know, and an audit that was stopped', () => {
  const audit = {
    ...auditWith(passed),
    ...called('old'),
    controls: { lookedAt: [], leftOut: ['kubelet-of-tomorrow'] },
  };
  const text = written('markdown', [clientCa], { clusters: [audit], run: { interrupted: true } });
  expect(text).toContain('kubelet-of-tomorrow');
  expect(text).toContain('the audit was stopped before its end');
});
