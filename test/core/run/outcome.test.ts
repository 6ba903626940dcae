import { describe, expect, it } from 'vitest';
import { nothingPublished } from '../../../lambda/core/findings/lifecycle/published.ts';
import type { ClusterAudit, Problem, Verdict } from '../../../lambda/core/model/model.ts';
import type { Published } from '../../../lambda/core/model/published.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import { countVerdicts, emptyTally, outcome, type Tally, tallied } from '../../../lambda/core/run/outcome.ts';

const evidence = {
  setting: 'authentication.x509.clientCAFile',
  value: '/ca',
  expected: 'a path',
  origin: { from: 'running' },
  via: 'configz',
  notes: [],
} as const;
const pass: Verdict = { status: 'pass', evidence };
const fail: Verdict & { readonly status: 'fail' } = { status: 'fail', evidence };
const mark = { until: '2026-12-31', by: 'o', reason: 'r' };
const waived: Verdict = { ...fail, waived: mark };
const expired: Verdict = { ...fail, waiverExpired: mark };
const unknown: Verdict = { status: 'unknown', because: 'b' };
const problem: Problem = { code: 'api-unreachable', message: 'm', remedy: 'r' };
const clusterWith = (verdicts: readonly Verdict[], rest: Partial<ClusterAudit> = {}): ClusterAudit => ({
  cluster: { name: 'c', compute: { autoMode: false, fargate: false, hybrid: false } },
  auditedAt: '2026-01-01T00:00:00.000Z',
  inventory: { from: 'kubernetes', complete: true },
  nodes: verdicts.map((verdict, index) => ({
    node: {
      key: `n${index}`,
      machine: { status: 'none', because: '' },
      kind: 'linux',
      group: { kind: 'managed', name: 'g' },
    },
    failures: [],
    verdicts: { 'kubelet-client-ca-file': verdict },
  })),
  controls: { lookedAt: [], leftOut: [] },
  problems: [],
  ...rest,
});
const unlisted = clusterWith([], { inventory: { from: 'none', complete: false }, problems: [problem] });
const audit = (clusters: readonly ClusterAudit[], problems: readonly Problem[] = []): Tally =>
  [...clusters.map(ok), ...problems.map(err)].reduce<Tally>(tallied, emptyTally);

describe('outcome', () => {
  it.each<[string, number, Tally]>([
    ['everything passed', 0, audit([clusterWith([pass])])],
    ['only not-applicable besides passes', 0, audit([clusterWith([pass, { status: 'not-applicable', because: 'b' }])])],
    ['a control failed, whatever else is unknown', 1, audit([clusterWith([pass, fail, unknown])], [problem])],
    ['a control failed in one of many clusters', 1, audit([clusterWith([pass]), clusterWith([fail]), unlisted])],
    ['every failure is waived', 0, audit([clusterWith([pass, waived, waived])])],
    ['a waiver has ended', 1, audit([clusterWith([waived, expired])])],
    [
      'a suspected failure is covered by a waiver',
      2,
      audit([clusterWith([{ status: 'warn', because: 'b', covered: mark }])]),
    ],
    ['a node is unknown', 2, audit([clusterWith([pass, unknown])])],
    ['a node is warned about', 2, audit([clusterWith([{ status: 'warn', because: 'b' }])])],
    ['a cluster has a problem', 2, audit([clusterWith([pass], { problems: [problem] })])],
    ['another cluster could not be described', 2, audit([clusterWith([pass])], [problem])],
    [
      'a finding was refused',
      2,
      audit([
        clusterWith([pass], {
          published: {
            ...nothingPublished,
            rejected: [{ id: 'i', code: 'InvalidInput', message: 'm' }],
          },
        }),
      ]),
    ],
    ['the nodes of no cluster could be listed', 3, audit([unlisted, unlisted])],
    ['the nodes of one cluster of two could not be listed', 2, audit([unlisted, clusterWith([pass])])],
    ['no cluster could be audited', 3, audit([], [problem])],
    ['there is no cluster', 0, audit([])],
  ])('when %s: %d', (_when, code, given) => {
    expect(outcome(given)).toBe(code);
  });

  const gap = { accountId: '111122223333', problem };
  it.each([
    ['an account could not be entered, the rest passed', 2, audit([clusterWith([pass])]), { regions: 3, gaps: [gap] }],
    ['an account could not be entered, a control failed', 1, audit([clusterWith([fail])]), { regions: 3, gaps: [gap] }],
    ['no account could be entered', 3, audit([]), { regions: 0, gaps: [gap] }],
    ['the Regions that could be listed hold no cluster', 2, audit([]), { regions: 1, gaps: [gap] }],
    ['everything was looked at and nothing is there', 0, audit([]), { regions: 1, gaps: [] }],
  ])('when %s: %d', (_when, code, given, coverage) => {
    expect(outcome(given, coverage)).toBe(code);
  });

  const warned: Verdict = { status: 'warn', because: 'b' };
  it.each<[string, Tally, readonly number[]]>([
    ['everything passed', audit([clusterWith([pass])]), [0, 0, 0, 0]],
    ['a control failed', audit([clusterWith([fail])]), [1, 1, 1, 0]],
    ['a control is warned about', audit([clusterWith([warned])]), [2, 1, 1, 0]],
    ['a control is unknown', audit([clusterWith([unknown])]), [2, 2, 1, 0]],
    ['a control is unknown, and a failure waived', audit([clusterWith([unknown, waived])]), [2, 2, 1, 0]],
    ['a failure is waived', audit([clusterWith([waived])]), [0, 0, 0, 0]],
    ['a problem came up', audit([clusterWith([pass])], [problem]), [2, 2, 2, 0]],
    ['nothing could be looked at', audit([unlisted]), [3, 3, 3, 3]],
  ])('fails from fail, warn, unknown or never on, when %s', (_when, given, codes) => {
    expect((['fail', 'warn', 'unknown', 'never'] as const).map((from) => outcome(given, undefined, from))).toEqual(
      codes,
    );
  });

  it.each<[string, Partial<Tally['access']>, 0 | 1 | 2]>([
    ['fails', { fail: 1, pass: 1 }, 1],
    ['is waived', { waived: 1, pass: 1 }, 0],
    ['is in doubt', { warn: 1, pass: 1 }, 2],
    ['of a node is not known', { pass: 1 }, 2],
  ])('with --fail-on access looks at the headline alone: when it %s', (_, counts, code) => {
    const tally = audit([clusterWith([fail])]);
    const access = { ...tally.access, ...counts };
    expect(outcome({ ...tally, nodes: 2, access }, undefined, 'access')).toBe(code);
  });

  it('takes findings that were not sent, or were refused, for incomplete', () => {
    const published = (change: Partial<Published>) =>
      outcome(audit([clusterWith([pass], { published: { ...nothingPublished, ...change } })]));
    expect(published({ notSent: [{ id: 'i', because: 'b' }] })).toBe(2);
    expect(published({ created: 5, imported: 5 })).toBe(0);
  });
});

describe('a tally', () => {
  it('counts everything that an outcome is told by, cluster by cluster', () => {
    const access = { status: 'fail', because: 'open' } as const;
    const [first, ...others] = clusterWith([pass, waived, expired]).nodes;
    const one = clusterWith([], {
      nodes: [{ ...first!, access }, { ...others[0]!, access: { ...access, status: 'waived' } }, others[1]!],
      problems: [problem, problem],
      clusterVerdicts: { a: waived, b: unknown },
      suppressed: 1,
      published: {
        ...nothingPublished,
        rejected: [{ id: 'i', code: 'c', message: 'm' }],
        notSent: [
          { id: 'j', because: 'b' },
          { id: 'k', because: 'b' },
        ],
      },
    });
    const zeros = { pass: 0, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };
    const tally = {
      verdicts: { ...zeros, pass: 1, fail: 3, unknown: 1 },
      waived: 2,
      access: { ...zeros, fail: 1, waived: 1 },
      clusters: 1,
      nodes: 3,
      nextFailing: 0,
      unlisted: 0,
      clusterProblems: 2,
      unpublished: 3,
      suppressed: 1,
      problems: [],
    };
    expect(audit([one])).toStrictEqual(tally);
    expect(audit([one, unlisted, one], [problem])).toStrictEqual({
      verdicts: { ...zeros, pass: 2, fail: 6, unknown: 2 },
      waived: 4,
      access: { ...zeros, fail: 2, waived: 2 },
      clusters: 3,
      nodes: 6,
      nextFailing: 0,
      unlisted: 1,
      clusterProblems: 5,
      unpublished: 6,
      suppressed: 2,
      problems: [problem],
    });
    expect(audit([])).toStrictEqual({
      ...tally,
      verdicts: zeros,
      waived: 0,
      access: { ...zeros, waived: 0 },
      clusters: 0,
      nodes: 0,
      clusterProblems: 0,
      unpublished: 0,
      suppressed: 0,
    });
  });

  it('holds the same for one cluster as countVerdicts tells', () => {
    const one = clusterWith([pass, fail, unknown, unknown]);
    expect(audit([one]).verdicts).toEqual(countVerdicts(one));
  });
});
