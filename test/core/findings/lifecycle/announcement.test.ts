import { describe, expect, it } from 'vitest';
import type { Scope } from '../../../../lambda/contract/settings.ts';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import type { FindingName } from '../../../../lambda/core/findings/identity.ts';
import {
  type AnnouncementOptions,
  announcedAfter,
  announcementOf,
  type Observation,
  statusBefore,
  transitionOfFinding,
  transitionOfName,
} from '../../../../lambda/core/findings/lifecycle/announcement.ts';
import type { RememberedFinding } from '../../../../lambda/core/findings/lifecycle/memory.ts';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
import { findingTitle } from '../../../../lambda/core/judge/controls/shared/about.ts';
import type { Verdict } from '../../../../lambda/core/model/model.ts';
import {
  arn,
  auditOf,
  auditWith,
  clientCa,
  failed,
  judged,
  node,
  options,
  passed,
  warned,
} from '../compliant-audit.ts';

const since = '2026-11-24T05:00:00.000Z';
const unreadable = (runs: number): RememberedFinding => ({ status: 'pass', unreadable: { since, runs } });

describe('what is announced, by what was', () => {
  const opened = { status: 'fail', announced: 'opened' } as const;
  const unread = { announced: 'unreadable' } as const;
  const befores = [undefined, {}, { status: 'pass' } as const, opened, { ...unread, status: 'fail' as const }, unread];

  it.each<[Observation, readonly (string | undefined)[]]>([
    ['alarming', ['opened', 'opened', 'opened', undefined, 'opened', 'opened']],
    ['settled', [undefined, undefined, undefined, 'resolved', 'resolved', 'resolved']],
    ['withdrawn', [undefined, undefined, undefined, 'withdrawn', 'withdrawn', 'withdrawn']],
    ['unreadable', [undefined, undefined, 'unreadable', 'unreadable', undefined, undefined]],
    ['unseen', [undefined, undefined, undefined, undefined, undefined, undefined]],
  ])('of what is %s', (seen, kinds) => {
    expect(befores.map((before) => announcementOf(before, seen))).toEqual(kinds);
  });

  it('counts until it is over', () => {
    expect(announcedAfter(undefined, 'opened')).toEqual({ announced: 'opened' });
    expect(announcedAfter({ announced: 'opened' }, 'unreadable')).toEqual({ announced: 'unreadable' });
    expect(announcedAfter({ announced: 'opened' }, undefined)).toEqual({ announced: 'opened' });
    for (const kind of ['resolved', 'withdrawn'] as const)
      expect(announcedAfter({ announced: 'opened' }, kind)).toEqual({});
    for (const before of [undefined, {}]) expect(announcedAfter(before, undefined)).toEqual({});
  });

  it.each<[RememberedFinding | undefined, string]>([
    [undefined, 'NONE'],
    [{}, 'NOT_AVAILABLE'],
    [{ status: 'pass' }, 'PASSED'],
    [{ status: 'fail' }, 'FAILED'],
    [{ status: 'warn' }, 'WARNING'],
    [{ status: 'fail', waived: true }, 'WARNING'],
    [{ status: 'fail', announced: 'opened' }, 'FAILED'],
    [{ status: 'fail', announced: 'unreadable' }, 'NOT_AVAILABLE'],
    [unreadable(3), 'PASSED'],
    [unreadable(4), 'NOT_AVAILABLE'],
    [{ ...unreadable(4), waived: true }, 'NOT_AVAILABLE'],
  ])('says what was before %j: %s', (before, status) => {
    expect(statusBefore(before)).toBe(status);
  });
});

const group = { scope: 'node-group', groupKind: 'managed', name: 'workers' } as const;
const name: FindingName = { control: clientCa.slug, cluster: arn, ...group };
const announcing = (change: Partial<AnnouncementOptions> = {}): AnnouncementOptions => {
  const sent = { before: 'NONE', securityHub: 'taken', memory: 'kept' } as const;
  return { kind: 'opened', name, findingId: 'id', ...sent, ...change };
};
const { name: _, ...announced } = announcing();
const common = { ...announced, cluster: arn, control: clientCa.slug };
const nothingToDo = 'nothing is to be done about it any more';

describe('an announcement about what was seen', () => {
  const findingOf = (verdicts: readonly Verdict[], scope: Scope = 'node-group') =>
    findingsOf(auditWith(...verdicts), { ...options, scope }).toArray()[0]!;
  const seen =
    'authentication.x509.clientCAFile is (not set), expected the path of a certificate bundle; from running configuration, read by configz';

  it('names the first node, what was seen there, and how many more there are', () => {
    const finding = findingOf([failed, failed, warned, passed]);
    const { Text: remedy, Url: link } = finding.Remediation.Recommendation;
    expect(transitionOfFinding(announcing(), finding)).toEqual({
      ...common,
      kind: 'opened',
      subject: "node group 'workers' (managed)",
      controlNumber: '3.2.3',
      title: 'The kubelet trusts a client certificate authority --client-ca-file',
      status: 'FAILED',
      severity: 'HIGH',
      nodes: 3,
      machines: 3,
      because: `'ip-10-0-0-1.eu-west-1.compute.internal': ${seen} (and 2 more nodes to look at)`,
      remedy,
      link,
    });
    const becauseOf = (...verdicts: Verdict[]) => transitionOfFinding(announcing(), findingOf(verdicts)).because;
    expect(becauseOf(failed, failed)).toMatch(/ \(and 1 more node to look at\)$/);
    expect(becauseOf(failed)).toBe(`'ip-10-0-0-1.eu-west-1.compute.internal': ${seen}`);
  });

  it('that is over says why, and that nothing is to be done', () => {
    const finding = findingOf([passed]);
    const because = finding.Compliance.StatusReasons[0]?.Description;
    const over = { kind: 'resolved', nodes: 0, status: 'PASSED', because, remedy: nothingToDo };
    expect(transitionOfFinding(announcing({ kind: 'resolved' }), finding)).toMatchObject(over);
    const { nodes, remedy } = transitionOfFinding(announcing({ kind: 'unreadable' }), finding);
    expect([nodes, remedy]).toEqual([0, finding.Remediation.Recommendation.Text]);
  });

  it('names the reason where no node is named', () => {
    const finding = { ...findingOf([failed]), Resources: [] };
    expect(transitionOfFinding(announcing(), finding).because).toBe(`1 node: ${seen}`);
    const without = { ...finding, Compliance: { ...finding.Compliance, StatusReasons: [] } };
    expect(transitionOfFinding(announcing(), without).because).toBe('(none)');
    for (const Other of [{ NodeName: 'n' }, { Reason: 'r' }]) {
      const half = { ...finding, Resources: [{ Type: 'Other', Id: 'x', Details: { Other } } as const] };
      expect(transitionOfFinding(announcing(), half).because).toBe(`1 node: ${seen}`);
    }
  });

  it('names what it covers', () => {
    const subject = (scope: Scope) => transitionOfFinding(announcing(), findingOf([failed], scope)).subject;
    expect(subject('node')).toBe("node 'ip-10-0-0-1.eu-west-1.compute.internal'");
    expect(subject('cluster')).toBe('all nodes');
    const ofCluster = announcing({ name: { ...name, control: 'cluster-proxy-holders', scope: 'cluster' } });
    expect(transitionOfFinding(ofCluster, findingOf([failed], 'cluster')).subject).toBe('the cluster');
  });

  it('has bounded words, however a node is called', () => {
    const long = judged(node(1, { name: 'n'.repeat(400) }), { status: 'warn', because: 'w'.repeat(500) });
    const [finding] = findingsOf(auditOf([long, judged(node(2), warned)]), options).toArray();
    const because = `'${'n'.repeat(149)}…': ${'w'.repeat(255)}… (and 1 more node to look at)`;
    expect(transitionOfFinding(announcing(), finding!).because).toBe(because);
  });
});

describe('an announcement about what was not seen', () => {
  const reason = { ReasonCode: 'SUBJECT_GONE', Description: `gone${'x'.repeat(600)}` };
  const of = (kind: AnnouncementOptions['kind'], change: Partial<FindingName> = {}) =>
    transitionOfName(announcing({ kind, name: { ...name, ...change } }), reason);

  it('has the number of its control in the benchmark that the cluster is shown with, if it is known', () => {
    const numberIn = (benchmark?: string) => transitionOfName(announcing(), reason, benchmark).controlNumber;
    expect([numberIn('cis-eks-1.8.0'), numberIn('cis-eks-1.2.0'), numberIn('none'), numberIn()]).toEqual([
      '3.2.3',
      clientCaFile.numbers['cis-eks-1.2.0']?.number ?? '',
      '',
      '',
    ]);
  });

  it('is in our own words only', () => {
    expect(of('resolved')).toEqual({
      ...common,
      kind: 'resolved',
      subject: "node group 'workers' (managed)",
      controlNumber: '',
      title: findingTitle(clientCaFile),
      status: 'ARCHIVED',
      severity: 'INFORMATIONAL',
      nodes: 0,
      machines: 0,
      because: `gone${'x'.repeat(507)}…`,
      remedy: nothingToDo,
      link: 'https://docs.aws.amazon.com/eks/latest/userguide/',
    });
  });

  it.each([
    ['opened', 'FAILED HIGH', 'see the finding'],
    ['suppressed', 'NONE LOW', 'fix it, or accept it by a waiver with owner and date; then set workflow, verif'],
    ['unreadable', 'NOT_AVAILABLE LOW', "let the audit list the cluster's nodes again, as the problems in its result"],
    ['withdrawn', 'ARCHIVED LOW', 'nobody knows whether it was fixed: take the control or the scope back into the'],
  ] as const)('that is %s says what to do', (kind, weight, words) => {
    const { status, severity, remedy } = of(kind);
    expect([`${status} ${severity}`, remedy.slice(0, words.length)]).toEqual([weight, words]);
  });

  it.each<[Partial<FindingName>, string]>([
    [{ scope: 'cluster', name: '' }, 'all nodes'],
    [{ scope: 'node', name: 'i-1' }, "node 'i-1'"],
    [{ scope: 'node', name: 'n'.repeat(200) }, `node '${'n'.repeat(149)}…'`],
    [{ name: 'n'.repeat(200), groupKind: 'hybrid' }, `node group '${'n'.repeat(149)}…' (hybrid)`],
    [{ name: 'https://evil.example' }, "node group 'https[:]//evil[.]example' (managed)"],
    [{ scope: 'cluster', control: 'cluster-proxy-holders' }, 'the cluster'],
  ])('names what it covers by the Id: %j', (change, subject) => {
    expect(of('resolved', change).subject).toBe(subject);
  });

  it('of a control that is no more is called by its slug', () => {
    const old = { control: 'kubelet-old' };
    expect([of('withdrawn', old).title, of('opened', old).severity]).toEqual(['kubelet-old', 'MEDIUM']);
  });
});
