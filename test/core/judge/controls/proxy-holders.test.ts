import { describe, expect, it } from 'vitest';
import type { ClusterFacts } from '../../../../lambda/core/judge/control.ts';
import { clusterProxyHolders } from '../../../../lambda/core/judge/controls/proxy-holders.ts';
import type { ProxyGrants, Subject } from '../../../../lambda/core/judge/proxy-holders.ts';
import type { Waiver } from '../../../../lambda/core/judge/waivers/waiver.ts';
import type { HeldRight, Verdict } from '../../../../lambda/core/model/model.ts';
import type { IamPrincipal } from '../../../../lambda/core/read/rbac/access-policies.ts';
import { cluster } from '../../../fakes/ports.ts';
import { principal, role } from '../some-grants.ts';
import { factsWith } from './facts-with.ts';
import { inWords } from './in-words.ts';

const debug = role('debug', [{}]);
const bound = (...subjects: readonly Subject[]): Partial<ProxyGrants> => {
  return { roles: [debug], bindings: [{ name: 'b', role: 'debug', subjects }] };
};
const user = (name: string): Subject => ({ kind: 'User', name });
const byRole = 'ClusterRoleBinding b, ClusterRole debug: get on nodes/proxy';
const ops = principal({ username: 'ops-user' });
const allowance = (kind: HeldRight['kind'], name: string, expires = '2026-12-31'): Waiver => {
  const where = { cluster: '*', nodeGroup: '*', holder: { kind, name } };
  return { control: clusterProxyHolders.slug, ...where, reason: 'on call', owner: 'sre', expires };
};
const judge = (
  grants: Partial<ProxyGrants>,
  { waivers = [], ...facts }: { readonly waivers?: readonly Waiver[] } & Partial<ClusterFacts> = {},
): Verdict =>
  clusterProxyHolders.judgeCluster!(
    { grants: { roles: [], bindings: [], principals: [], ...grants }, unread: [], ...facts },
    { cluster, waivers, now: new Date('2026-11-24T00:00:00Z') },
  );
const evidenceOf = (verdict: Verdict) => {
  if (!('evidence' in verdict) || !verdict.evidence) throw new Error(verdict.status);
  return verdict.evidence;
};
const everything = ['the API server lets it do everything'];
const masters: HeldRight = { kind: 'Group', name: 'system:masters', standing: 'system', ways: everything };
const unknownUser = (name: string): HeldRight => ({ kind: 'User', name, standing: 'not-allowed', ways: [byRole] });

describe('who reaches nodes/proxy', () => {
  it('passes where Kubernetes’ own are all', () => {
    expect(judge({})).toEqual({
      status: 'pass',
      evidence: {
        setting: 'subjects that reach nodes/proxy',
        value: '1, all of them known',
        expected: 'none but those of Kubernetes, of EKS and in allowedProxyHolders',
        origin: { from: 'grants' },
        via: 'apis',
        notes: [],
        holders: [masters],
      },
    });
  });

  it('fails by one whom nobody allows, who comes first, and keeps the proof', () => {
    const proof = { readAt: '2026-11-24T00:00:00.000Z', sha256: 'a'.repeat(64) };
    const holders = [unknownUser('eve'), masters];
    const evidence = { ...evidenceOf(judge({})), value: '1 unknown subject: User eve', holders, proof };
    expect(judge(bound(user('eve')), { proof })).toEqual({ status: 'fail', evidence });
  });

  it('names eight in its text, 200 in its holders, and counts the others', () => {
    const many = (count: number) =>
      evidenceOf(judge(bound(...Array.from({ length: count }, (_, at) => user(`u${String(at).padStart(3, '0')}`)))));
    const names = Array.from({ length: 8 }, (_, at) => `User u00${at}`).join(', ');
    expect(many(8).value).toBe(`8 unknown subjects: ${names}`);
    expect(many(10).value).toBe(`10 unknown subjects: ${names} and 2 more`);
    expect([many(199).holders?.length, many(199).notes]).toEqual([200, []]);
    expect([many(201).holders?.length, many(201).notes]).toEqual([200, ['2 more holders than are named here']]);
  });

  it('bounds names, and shows five ways of each', () => {
    const subject = user('x'.repeat(400));
    const bindings = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ name: `b${at}`, role: 'debug', subjects: [subject] }));
    const holder = (count: number) => evidenceOf(judge({ roles: [debug], bindings: bindings(count) })).holders?.[0];
    expect(holder(1)?.name).toBe(`${'x'.repeat(299)}…`);
    expect(holder(5)?.ways).toHaveLength(5);
    const fifth = 'ClusterRoleBinding b4, ClusterRole debug: get on nodes/proxy';
    expect(holder(6)?.ways.slice(4)).toEqual([fifth, 'and 1 more way']);
    expect(holder(7)?.ways[5]).toBe('and 2 more ways');
  });

  it('says which of them is this audit', () => {
    const { holders, notes, value } = evidenceOf(judge({ ...bound(user('me')), self: { username: 'me', groups: [] } }));
    expect(holders?.[0]).toEqual({ ...unknownUser('me'), ours: true });
    expect(notes).toEqual(['this audit is one of them: it reads kubelets through the API server']);
    expect(value).toBe('1 unknown subject: User me (this audit)');
  });
});

describe('a holder whom somebody allows', () => {
  const mark = { until: '2026-12-31', by: 'sre', reason: 'on call' };

  it('passes until its date, which is shown', () => {
    const waivers = [allowance('User', 'ann'), allowance('User', 'b*')];
    const verdict = judge(bound(user('ann'), user('bob')), { waivers });
    const allowed = (name: string) => ({ ...unknownUser(name), standing: 'allowed', allowance: mark });
    const holders = [masters, allowed('ann'), allowed('bob')];
    const notes = ['2 holders allowed until a date'];
    expect(verdict).toMatchObject({ status: 'pass', evidence: { value: '3, all of them known', notes, holders } });
  });

  it('fails after it, and says whose allowance it was', () => {
    const verdict = judge(bound(user('ann')), { waivers: [allowance('User', 'ann', '2026-11-01')] });
    const value = '1 unknown subject: User ann';
    const notes = ['the allowance of User ann expired on 2026-11-01 (by sre: on call)'];
    const holders = [{ standing: 'expired', allowance: { ...mark, until: '2026-11-01' } }, masters];
    expect(verdict).toMatchObject({ status: 'fail', evidence: { value, notes, holders } });
  });

  it('is shown with eight expired allowances at most, each in bounded words', () => {
    const subjects = Array.from({ length: 9 }, (_, at) => user(`u${at}${'x'.repeat(290)}`));
    const { notes } = evidenceOf(judge(bound(...subjects), { waivers: [allowance('User', '*', '2026-11-01')] }));
    expect(notes).toHaveLength(8);
    expect(notes[0]).toHaveLength(300);
  });

  it('of Kubernetes itself needs nobody, and of another kind is not allowed by a name alone', () => {
    expect(evidenceOf(judge({}, { waivers: [allowance('Group', 'system:*')] })).holders).toEqual([masters]);
    expect(judge(bound(user('ann')), { waivers: [allowance('Group', 'ann')] }).status).toBe('fail');
  });
});

describe('an IAM principal', () => {
  const group: Subject = { kind: 'Group', name: 'ops' };
  const other: Subject = { kind: 'Group', name: 'dev' };
  const grants = (...groups: readonly Subject[]): Partial<ProxyGrants> => {
    return { ...bound(...groups), principals: [{ ...ops, groups: groups.map(({ name }) => name) }] };
  };
  const iam = (verdict: Verdict) => evidenceOf(verdict).holders?.find(({ kind }) => kind === 'IAM');

  it('is named beside the group that gives it the right', () => {
    const ways = [`access entry: group ops, ${byRole}`];
    expect(iam(judge(grants(group)))).toEqual({ kind: 'IAM', name: ops.arn, standing: 'not-allowed', ways });
  });

  it('is allowed where each way that it has is, by the allowance that ends first', () => {
    const both = [allowance('Group', 'ops', '2026-12-30'), allowance('Group', 'dev', '2026-12-29')];
    const first = { standing: 'allowed', allowance: { until: '2026-12-29' } };
    for (const waivers of [both, both.toReversed()])
      expect(iam(judge(grants(group, other), { waivers }))).toMatchObject(first);
    expect(iam(judge(grants(group, other), { waivers: both.slice(1) }))).toMatchObject({ standing: 'not-allowed' });
  });

  it('is no more allowed where one way has expired, or its own allowance has', () => {
    const until = (to: Partial<ProxyGrants>, ...waivers: readonly Waiver[]) => {
      const { standing, allowance: by } = iam(judge(to, { waivers })) ?? {};
      return `${standing} ${by?.until}`;
    };
    const expired = allowance('Group', 'dev', '2026-11-01');
    const own = allowance('IAM', ops.arn, '2026-10-01');
    const byGroup = allowance('Group', 'ops');
    expect(until(grants(group, other), byGroup, expired)).toBe('expired 2026-11-01');
    expect(until(grants(group, other), own, expired)).toBe('expired 2026-10-01');
    expect(until(grants(group), own, byGroup)).toMatch(/^allowed/);
    expect(until(grants(group), allowance('IAM', '*'))).toMatch(/^allowed/);
  });

  it('with an access policy that AWS does not publish is unknown, as is what else could not be read', () => {
    const policies = [{ name: 'AmazonEKSOddPolicy', scope: 'cluster' }] as IamPrincipal['policies'];
    const odd = { ...ops, policies };
    const unpublished = 'access policy AmazonEKSOddPolicy, of which AWS does not publish what it allows';
    const reason = `whether IAM ${odd.arn} reaches it is not known (${unpublished})`;
    expect(judge({ principals: [odd] })).toEqual({ status: 'unknown', because: reason });
    expect(inWords(judge({ principals: [odd] }, { unread: ['no aws-auth'] }))).toBe(`unknown: no aws-auth; ${reason}`);
    expect(inWords(judge({}, { unread: ['x'.repeat(1200)] }))).toBe(`unknown: ${'x'.repeat(999)}…`);
  });

  it('does not hide a failure that was seen by what could not be read', () => {
    const verdict = judge(bound(user('eve')), { unread: ['x'.repeat(300)] });
    expect(verdict.status).toBe('fail');
    expect(evidenceOf(verdict).notes).toEqual([`not wholly read: ${'x'.repeat(249)}…`]);
  });
});

it('is about no kubelet', () => {
  const because = 'not-applicable: it is about the cluster, not about one kubelet';
  expect(inWords(clusterProxyHolders.judge(factsWith({})))).toBe(because);
});
