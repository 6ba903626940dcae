import { describe, expect, it } from 'vitest';
import { nothingPublished } from '../../../lambda/core/findings/lifecycle/difference.ts';
import { noStates } from '../../../lambda/core/model/access-states.ts';
import type { ClusterAudit, Problem, Verdict } from '../../../lambda/core/model/model.ts';
import type { PublishResult } from '../../../lambda/core/model/published.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import { countVerdicts, emptyTally, outcome, type Tally, tallied } from '../../../lambda/core/run/outcome.ts';
import {
  accessLike,
  auditWith,
  expired,
  failed,
  mark,
  notApplicable,
  passed,
  unread,
  waived,
  warned,
} from '../findings/compliant-audit.ts';

const problem: Problem = { code: 'api-unreachable', message: 'm', remedy: 'r' };
const clusterWith = (verdicts: readonly Verdict[], rest: Partial<ClusterAudit> = {}): ClusterAudit => ({
  ...auditWith(...verdicts),
  ...rest,
});
const unlisted = clusterWith([], { inventory: { from: 'none', complete: false }, problems: [problem] });
const audit = (clusters: readonly ClusterAudit[], problems: readonly Problem[] = []): Tally =>
  [...clusters.map(ok), ...problems.map(err)].reduce<Tally>(tallied, emptyTally);

const of = (...verdicts: readonly Verdict[]): Tally => audit([clusterWith(verdicts)]);
const withNext = (verdict: Verdict) => {
  const nodes = auditWith(verdict).nodes.map((each) => ({ ...each, source: 'launch template lt-1, version 7' }));
  return audit([clusterWith([passed], { nextNodes: { nodes, complete: true } })]);
};
const published = (change: Partial<PublishResult>) =>
  audit([clusterWith([passed], { published: { ...nothingPublished, ...change } })]);

describe('outcome', () => {
  it.each<[string, number, Tally]>([
    ['everything passed', 0, of(passed)],
    ['only not-applicable besides passes', 0, of(passed, notApplicable)],
    ['a control failed, whatever else is unknown', 1, audit([clusterWith([passed, failed, unread])], [problem])],
    ['a control failed in one of many clusters', 1, audit([clusterWith([passed]), clusterWith([failed]), unlisted])],
    ['every failure is waived', 0, of(passed, waived, waived)],
    ['a waiver has ended', 1, of(waived, expired)],
    ['a suspected failure is covered by a waiver', 2, audit([clusterWith([{ ...warned, covered: mark } as Verdict])])],
    ['a node is unknown', 2, of(passed, unread)],
    ['a node is warned about', 2, of(warned)],
    ['a cluster has a problem', 2, audit([clusterWith([passed], { problems: [problem] })])],
    ['another cluster could not be described', 2, audit([clusterWith([passed])], [problem])],
    ['a finding was refused', 2, published({ rejected: [{ id: 'i', code: 'InvalidInput', message: 'm' }] })],
    ['a finding was not sent', 2, published({ notSent: [{ id: 'i', because: 'b' }] })],
    ['findings were sent', 0, published({ created: 5, imported: 5 })],
    ['the nodes of no cluster could be listed', 3, audit([unlisted, unlisted])],
    ['the nodes of one cluster of two could not be listed', 2, audit([unlisted, clusterWith([passed])])],
    ['no cluster could be audited', 3, audit([], [problem])],
    ['there is no cluster', 0, audit([])],
    ['the next node of a group fails', 1, withNext(failed)],
    ['the failure of the next node is waived', 0, withNext(waived)],
  ])('when %s: %d', (_when, code, given) => {
    expect(outcome(given)).toBe(code);
  });

  const gap = { accountId: '111122223333', problem };
  it.each([
    ['an account could not be entered, the rest passed', 2, of(passed), { regions: 3, gaps: [gap] }],
    ['an account could not be entered, a control failed', 1, of(failed), { regions: 3, gaps: [gap] }],
    ['no account could be entered', 3, audit([]), { regions: 0, gaps: [gap] }],
    ['the Regions that could be listed hold no cluster', 2, audit([]), { regions: 1, gaps: [gap] }],
    ['everything was looked at and nothing is there', 0, audit([]), { regions: 1, gaps: [] }],
  ])('when %s: %d', (_when, code, given, coverage) => {
    expect(outcome(given, coverage)).toBe(code);
  });

  it.each<[string, Tally, readonly number[]]>([
    ['everything passed', of(passed), [0, 0, 0, 0]],
    ['a control failed', of(failed), [1, 1, 1, 0]],
    ['a control is warned about', of(warned), [2, 1, 1, 0]],
    ['a control is unknown', of(unread), [2, 2, 1, 0]],
    ['a control is unknown, and a failure waived', of(unread, waived), [2, 2, 1, 0]],
    ['a failure is waived', of(waived), [0, 0, 0, 0]],
    ['a problem came up', audit([clusterWith([passed])], [problem]), [2, 2, 2, 0]],
    ['nothing could be looked at', audit([unlisted]), [3, 3, 3, 3]],
  ])('fails from fail, warn, unknown or never on, when %s', (_when, given, codes) => {
    expect((['fail', 'warn', 'unknown', 'never'] as const).map((from) => outcome(given, undefined, from))).toEqual(
      codes,
    );
  });

  it.each<[string, Partial<Tally['states']>, 0 | 1 | 2]>([
    ['fails', { 'api-server-not-authenticated': 1, closed: 1 }, 1],
    ['is waived', { waived: 1, closed: 1 }, 0],
    ['is in doubt', { 'refuses-api-server': 1, closed: 1 }, 2],
    ['of a node is not known', { 'not-read': 1, closed: 1 }, 2],
  ])('with --fail-on access looks at the state of nodes alone: when it %s', (_, counts, code) => {
    const tally = of(failed);
    const states = { ...noStates, ...counts };
    expect(outcome({ ...tally, nodes: 2, states }, undefined, 'access')).toBe(code);
  });
});

describe('a tally', () => {
  it('counts everything that an outcome is shown by, cluster by cluster', () => {
    const access = accessLike('fail');
    const [first, second, third] = auditWith(passed, waived, expired).nodes;
    const one = clusterWith([], {
      nodes: [{ ...first!, access }, { ...second!, access: accessLike('waived') }, third!],
      problems: [problem, problem],
      clusterVerdicts: { a: waived, b: unread },
      suppressed: 1,
      published: {
        ...nothingPublished,
        rejected: [{ id: 'i', code: 'c', message: 'm' }],
        notSent: ['j', 'k'].map((id) => ({ id, because: 'b' })),
      },
    });
    const zeros = { pass: 0, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };
    expect(audit([one])).toStrictEqual({
      verdicts: { ...zeros, pass: 1, fail: 3, unknown: 1 },
      waived: 2,
      states: { ...noStates, 'strangers-get-in': 1, waived: 1, 'not-read': 1 },
      clusters: 1,
      nodes: 3,
      nextFailing: 0,
      accepted: 0,
      unlisted: 0,
      clusterProblems: 2,
      unpublished: 3,
      suppressed: 1,
      problems: [],
    });
    expect(audit([one, unlisted, one], [problem])).toMatchObject({
      verdicts: { pass: 2, fail: 6, unknown: 2 },
      waived: 4,
      states: { 'strangers-get-in': 2, waived: 2, 'not-read': 2 },
      clusters: 3,
      nodes: 6,
      unlisted: 1,
      clusterProblems: 5,
      unpublished: 6,
      suppressed: 2,
      problems: [problem],
    });
  });

  it('holds the same for one cluster as countVerdicts returns', () => {
    const one = clusterWith([passed, failed, unread, unread]);
    expect(audit([one]).verdicts).toEqual(countVerdicts(one));
  });
});
