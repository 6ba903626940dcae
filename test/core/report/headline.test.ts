import { describe, expect, it } from 'vitest';
import type { ClusterAudit, NodeAudit, Problem } from '../../../lambda/core/model/model.ts';
import { headline } from '../../../lambda/core/report/headline.ts';
import { changeWords, days, effectiveness } from '../../../lambda/core/report/history-words.ts';
import { postureOf, standingOf, worstFirst } from '../../../lambda/core/report/posture.ts';
import { claimWords, countWords } from '../../../lambda/core/report/standing-words.ts';
import { emptyTally } from '../../../lambda/core/run/outcome.ts';
import {
  accessLike,
  auditOf,
  called,
  clientCa,
  failed,
  judged,
  node,
  auditWith as of,
  passed,
  unread,
  waived,
  warned,
} from '../findings/compliant-audit.ts';
import { coverage } from './telling-run.ts';

const postures = (...audits: ClusterAudit[]) =>
  audits.map((each) => postureOf(each, { controls: [clientCa], benchmark: 'cis-eks-1.8.0' }));
const unlisted = auditOf([], { inventory: { from: 'none', complete: false } });
const ofCluster: ClusterAudit = { ...of(passed), clusterVerdicts: { holders: failed } };
const holders = { ...clientCa, slug: 'holders', about: { kind: 'cluster', what: 'who holds it' } } as const;
const problem: Problem = { code: 'c', message: 'm', remedy: 'r' };

describe('the headline of a report', () => {
  type Status = NonNullable<NodeAudit['access']>['status'];
  const withAccess = (...statuses: readonly Status[]): ClusterAudit =>
    auditOf(
      statuses.map((status, index) => ({
        ...judged(node(index + 1), status === 'fail' ? failed : status === 'unknown' ? unread : passed),
        access: accessLike(status),
      })),
    );
  const tell = (audits: readonly ClusterAudit[], gaps = 0, problems: readonly Problem[] = []) =>
    headline(postures(...audits), {
      tally: { ...emptyTally, clusters: audits.length, problems },
      ...(gaps > 0 && { coverage: { ...coverage, gaps: coverage.gaps.slice(0, gaps) } }),
    }).join(' ');

  it.each<[string, readonly ClusterAudit[], string]>([
    ['all pass', [withAccess('pass', 'pass')], 'All 2 nodes are closed.'],
    ['the only one passes', [withAccess('pass')], 'The only node is closed.'],
    [
      'each state has a node',
      [withAccess('fail', 'warn', 'unknown'), withAccess('pass', 'pass', 'waived')],
      '1 of 6 nodes lets strangers in; 1 probably refuses the API server; 1 could not be read; 1 is accepted by a waiver; 2 are closed.',
    ],
    ['none could be listed', [unlisted], 'No node could be listed. 1 gap in what was audited.'],
    ['an older program gave no node a state', [of(failed)], 'The only node could not be read.'],
    [
      'a control was left out',
      [{ ...withAccess('pass'), controls: { lookedAt: [], leftOut: ['kubelet-config-mode'] } }],
      'The only node is closed. 1 control was not checked.',
    ],
  ])('where %s', (_, audits, words) => {
    expect(tell(audits)).toBe(words);
  });

  it('counts what could not be looked at', () => {
    expect(tell([withAccess('pass')], 1)).toBe('The only node is closed. 1 gap in what was audited.');
    expect(tell([withAccess('unknown')], 2, [problem])).toBe(
      'The only node could not be read. 3 gaps in what was audited.',
    );
    expect(tell([], 1)).toBe('No cluster was audited.');
    expect(tell([], 0, [problem])).toBe('No cluster was audited.');
    expect(tell([])).toBe('There is no EKS cluster: nothing was audited.');
  });

  it('says where clusters themselves fail, and no kubelet of theirs', () => {
    const both = { controls: [clientCa, holders], benchmark: 'cis-eks-1.8.0' };
    const one = postureOf(ofCluster, both);

    const said = headline([one, one], { tally: { ...emptyTally, clusters: 2 } });
    expect(said.slice(1)).toEqual(['2 clusters fail a control of the cluster itself.']);
  });
});

it('the order of clusters is that of their worst, each kind as it came', () => {
  const all = [of(passed), unlisted, of(waived), of(warned), auditOf([]), of(failed, warned), of(unread), of(failed)];
  const named = postures(...all.map((each, index) => ({ ...each, ...called(`c${index}`) })));

  const order = worstFirst(named).map((each) => `${each.cluster.name} ${standingOf(each)}`);
  const [first, last] = ['c5 fail, c7 fail, c3 warn, c1 unknown, c6 unknown', 'c2 waived, c0 pass, c4 not-applicable'];
  expect(order.join(', ')).toBe(`${first}, ${last}`);
});

describe('numbers in words', () => {
  it('of verdicts, the worst first', () => {
    const none = { fail: 0, warn: 0, unknown: 0, waived: 0, pass: 0, 'not-applicable': 0 };

    const each = '1 fail, 2 warn, 3 unknown, 4 waived, 5 pass, 6 not applicable';
    expect(countWords({ fail: 1, warn: 2, unknown: 3, waived: 4, pass: 5, 'not-applicable': 6 })).toBe(each);
    expect(countWords({ ...none, pass: 1 })).toBe('1 pass');
    expect(countWords(none)).toBe('no verdict');
  });

  it.each<[number, number, number, string]>([
    [0, 0, 0, 'No failure began, and none was fixed.'],
    [1, 1, 0, '1 failure began, 1 was fixed.'],
    [2, 0, 0, '2 failures began, 0 were fixed.'],
    [0, 2, 1, '0 failures began, 2 were fixed. 1 that failed before was not read again.'],
    [0, 0, 2, '0 failures began, 0 were fixed. 2 that failed before were not read again.'],
  ])('of changes: %s, %s, %s', (opened, fixed, notSeenAgain, words) => {
    const some = (count: number) => Array(count).fill({ cluster: 'c', control: 'k', group: 'g' });

    expect(changeWords({ opened: some(opened), fixed: some(fixed), notSeenAgain: some(notSeenAgain) })).toBe(words);
  });

  it('of what AWS does not confirm, where there is any', () => {
    const groups = { nodes: 0, named: [], groups: 2, groupsNamed: ['g'] };
    expect(
      [
        { nodes: 0, named: [] },
        { nodes: 0, named: [], groups: 0 },
      ].flatMap(claimWords),
    ).toEqual([]);
    expect([{ nodes: 1, named: ['a'] }, { nodes: 3, named: ['a', 'b'] }, groups].flatMap(claimWords)).toEqual([
      'only Node objects say that there are a',
      'only Node objects say that there are a, b, and 1 more',
      'AWS does not confirm 2 node groups, so no waiver by name counts: g, and 1 more',
    ]);
  });

  it('of days, to a tenth', () => {
    expect([0, 1, 0.96, 3.54, 3.55].map(days)).toEqual(['0 days', '1 day', '1 day', '3.5 days', '3.6 days']);
  });

  it('of runs, and of the machines that they read', () => {
    const ran = (read: number, nodes: number, change: object = {}) => {
      const startedAt = `2026-11-0${read}T05:00:00.000Z`;
      return { run: 'r', startedAt, clusters: 1, incomplete: 0, gaps: 0, failures: 0, nodes, read, ...change };
    };
    const tell = (...runs: ReturnType<typeof ran>[]) =>
      effectiveness({ from: '', to: '', runs, missedRuns: 2, clusters: [], episodes: [] });

    expect(tell()).toBe('0 runs held, 2 missed, 0 incomplete.');
    const one = 'Of 1 machine that existed at the last run 1 were read.';
    expect(tell(ran(1, 1))).toBe(`1 run held, 2 missed, 0 incomplete. ${one}`);
    const four = 'Of 4 machines that existed at the last run 4 were read';
    const fewest = 'at the run of 2026-11-02, which read the fewest, 2 of 9.';
    const three = tell(ran(2, 9, { gaps: 1 }), ran(1, 3, { incomplete: 1 }), ran(4, 4));
    expect(three).toBe(`3 runs held, 2 missed, 2 incomplete. ${four}; ${fewest}`);
  });
});
