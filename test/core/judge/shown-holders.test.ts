import { describe, expect, it } from 'vitest';
import { type ProxyGrants, proxyHolders, type Subject } from '../../../lambda/core/judge/proxy-holders.ts';
import { bind, named, ops, principal, role } from './some-grants.ts';

describe('what is shown of a holder', () => {
  const roles = [role('debug', [{}])];
  const masters = { kind: 'Group', name: 'system:masters', system: true } as const;
  const mastersWay = { text: 'the API server lets it do everything' };
  const ann = 'arn:aws:sts::111122223333:assumed-role/ops/ann';

  it('are its bindings, after what the API server gives it anyway', () => {
    const none = proxyHolders({ roles: [], bindings: [], principals: [principal()] });
    expect(none).toEqual([{ ...masters, ways: [mastersWay] }]);
    const bindings = [bind('cluster-admin', 'debug', { kind: 'Group', name: 'system:masters' })];
    const byBinding = { text: 'ClusterRoleBinding cluster-admin, ClusterRole debug: get on nodes/proxy' };
    expect(proxyHolders({ roles, bindings, principals: [] })).toEqual([{ ...masters, ways: [mastersWay, byBinding] }]);
  });

  it('are all ways of an IAM principal: policies, then groups, each once, then names', () => {
    const account: Subject = { kind: 'ServiceAccount', name: 'ops/bot' };
    const bindings = [bind('b', 'debug', ops, { kind: 'User', name: ann }, account)];
    const way = 'ClusterRoleBinding b, ClusterRole debug: get on nodes/proxy';
    const policies = ['AmazonEKSClusterAdminPolicy', 'AmazonEKSViewPolicy', 'AmazonEKSKROPolicy'];
    const principals = [
      principal({ groups: ['ops', 'view', 'ops'], policies: policies.map((name) => ({ name, scope: 'cluster' })) }),
      principal({ arn: 'arn:x', username: 'system:serviceaccount:{{x}}:bot', from: 'aws-auth' }),
    ];
    const unpublished = 'access policy AmazonEKSKROPolicy, of which AWS does not publish what it allows';
    const ways = [
      { text: 'access policy AmazonEKSClusterAdminPolicy' },
      { text: unpublished, unsure: true },
      { text: `access entry: group ops, ${way}`, as: { kind: 'Group', name: 'ops' } },
      { text: `access entry: user name ${ann}, ${way}`, as: { kind: 'User', name: ann } },
    ];
    expect(proxyHolders({ roles, bindings, principals })).toEqual([
      { kind: 'Group', name: 'ops', ways: [{ text: way }] },
      { ...masters, ways: [mastersWay] },
      { kind: 'IAM', name: 'arn:aws:iam::111122223333:role/ops', ways },
      { kind: 'IAM', name: 'arn:x', ways: [{ text: `aws-auth: user name ops/bot, ${way}`, as: account }] },
      { ...account, ways: [{ text: way }] },
      { kind: 'User', name: ann, ways: [{ text: way }] },
    ]);
  });

  it('is printable and bounded, whatever its binding is called', () => {
    const bindings = [bind(`\u001b[2J${'x'.repeat(1000)}`, 'debug', ops)];
    const [holder] = proxyHolders({ roles, bindings, principals: [] });

    expect(holder?.ways).toEqual([{ text: `ClusterRoleBinding ${'x'.repeat(280)}…` }]);
  });

  it('is under its own name where it only begins or ends as a service account does', () => {
    const names = ['apps:bot:x', ':bot', 'apps:'].map((rest) => `system:serviceaccount:${rest}`);
    const group: Subject = { kind: 'Group', name: 'system:serviceaccount:apps:bot' };
    const others = [...names, 'x:system:serviceaccount:apps:bot'];
    const users = others.map((name): Subject => ({ kind: 'User', name }));

    const all = [group, ...users].map(({ kind, name }) => `${kind} ${name}`).sort();
    expect(named({ roles, bindings: [bind('b', 'debug', group, ...users)] })).toEqual(all);
  });

  it('is the audit itself only where the API server takes it for that service account', () => {
    const bindings = [bind('b', 'debug', { kind: 'ServiceAccount', name: 'audit/audit' })];
    const oursOf = (self?: ProxyGrants['self']) => {
      const holders = proxyHolders({ roles, bindings, principals: [], ...(self && { self }) });
      return holders.filter(({ ours }) => ours !== undefined).map(({ ours, name }) => [name, ours]);
    };

    expect(oursOf()).toEqual([]);
    expect(oursOf({ username: 'system:serviceaccount:audit:audit', groups: [] })).toEqual([['audit/audit', true]]);
    expect(oursOf({ username: 'audit/audit', groups: ['audit/audit'] })).toEqual([]);
  });

  it('is not an IAM principal by the name of a group, nor by a template that another name fills', () => {
    const bindings = [bind('b', 'debug', ops, { kind: 'User', name: 'ann' })];
    const principals = [
      principal({ arn: 'arn:group', username: 'ops' }),
      principal({ arn: 'arn:user', groups: ['ann'], username: 'x' }),
      principal({ arn: 'arn:templates', username: 'a{{Session}}{{Name}}n' }),
      principal({ arn: 'arn:braces', username: 'a{Session}n' }),
    ];

    expect(named({ roles, bindings, principals })).toEqual(['Group ops', 'IAM arn:templates', 'User ann']);
  });
});

it('an IAM principal that may have any name is no group by that', () => {
  const grants = { roles: [role('debug', [{}])], principals: [principal({ username: '{{SessionName}}' })] };
  const holders = (subject: Subject) => named({ ...grants, bindings: [bind('b', 'debug', subject)] });
  expect(holders(ops)).toEqual(['Group ops']);
  const any = ['IAM arn:aws:iam::111122223333:role/ops', 'User ann'];
  expect(holders({ kind: 'User', name: 'ann' })).toEqual(any);
});
