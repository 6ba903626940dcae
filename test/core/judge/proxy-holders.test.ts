import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyHolders, type Subject } from '../../../lambda/core/judge/proxy-holders.ts';
import type { IamPrincipal } from '../../../lambda/core/read/rbac/access-policies.ts';
import { proxyVerbs } from '../../../lambda/core/read/rbac/reaching-roles.ts';
import { allows } from '../../lab/kubernetes/rbac.ts';
import { RbacObjects } from '../../lab/kubernetes/rbac-objects.ts';
import { asked, bindings, roles, storedBinding, storedRole } from './random-rbac.ts';
import { bind, named, ops, principal, role } from './some-grants.ts';

describe('a subject', () => {
  const roles = [role('debug', [{}])];

  it('is named once, with every binding that gives it the right', () => {
    const bindings = [bind('one', 'debug', ops), bind('two', 'debug', ops), bind('other', 'view', ops)];
    const [holder] = proxyHolders({ roles, bindings, principals: [] }).filter(({ name }) => name === 'ops');
    const ways = ['one', 'two'].map((name) => `ClusterRoleBinding ${name}, ClusterRole debug: get on nodes/proxy`);
    expect(holder?.ways.map(({ text }) => text)).toEqual(ways);
  });

  it('is the same service account under either of its names', () => {
    const account: Subject = { kind: 'ServiceAccount', name: 'monitoring/agent' };
    const user: Subject = { kind: 'User', name: 'system:serviceaccount:monitoring:agent' };
    const bindings = [bind('one', 'debug', account), bind('two', 'debug', user)];
    expect(named({ roles, bindings })).toEqual(['ServiceAccount monitoring/agent']);
  });

  it('of Kubernetes or EKS is known by its whole name, not by its prefix', () => {
    const controllers = ['generic-garbage-collector', 'namespace-controller'];
    const known = [...controllers.map((name) => `ServiceAccount kube-system/${name}`), 'User eks:addon-manager'];
    const strangers = ['User eks:somebody', 'Group system:authenticated', 'Group eks:addon-manager'];
    const others = ['ServiceAccount default/namespace-controller', 'User kube-system/generic-garbage-collector'];
    const subjects = [...known, ...strangers, ...others].map((each) => {
      const [kind, name] = each.split(' ');
      return { kind, name } as Subject;
    });
    const holders = proxyHolders({ roles, bindings: [bind('b', 'debug', ...subjects)], principals: [] });
    const system = holders.filter((each) => each.system).map(({ kind, name }) => `${kind} ${name}`);
    expect(system).toEqual(['Group system:masters', ...known]);
  });

  it('is ours by the user and the groups that the API server takes us for, but for groups that hold everyone', () => {
    const session = 'arn:aws:sts::111122223333:assumed-role/audit';
    const groups = ['eks-kubelet-audit', 'system:authenticated'];
    const bindings = [
      bind('a', 'debug', ...groups.map((name): Subject => ({ kind: 'Group', name }))),
      bind('b', 'debug', { kind: 'User', name: `${session}/audit` }, ops),
    ];
    const self = { username: `${session}/audit`, groups };
    const audit = { arn: 'arn:aws:iam::111122223333:role/audit', username: `${session}/{{SessionName}}` };
    const principals = [{}, audit].map((each) => principal({ ...each, groups: ['eks-kubelet-audit'] }));
    const ours = proxyHolders({ roles, bindings, principals, self }).filter((each) => each.ours);
    expect(ours.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'Group eks-kubelet-audit',
      'IAM arn:aws:iam::111122223333:role/audit',
      'User arn:aws:sts::111122223333:assumed-role/audit/audit',
    ]);
  });
});

describe('an IAM principal', () => {
  const iam = 'IAM arn:aws:iam::111122223333:role/ops';
  const ann: Subject = { kind: 'User', name: 'arn:aws:sts::111122223333:assumed-role/ops/ann' };
  const bindings = [bind('debug', 'debug', ops, ann)];
  const roles = [role('debug', [{}])];

  /** By an access policy, and under a name to which nothing is bound. */
  const by = (name: string, scope: 'cluster' | 'namespace' = 'cluster') => {
    return { username: 'x', policies: [{ name, scope }] };
  };
  const dev = 'arn:aws:sts::111122223333:assumed-role/dev/{{SessionName}}';
  it.each<[string, Partial<IamPrincipal>, boolean]>([
    ['by a group of its entry', { username: 'x', groups: ['ops'] }, true],
    ['by the name of one of its sessions', {}, true],
    ['not under another name', { username: dev }, false],
    ['by system:masters, which needs no binding', { username: 'x', groups: ['system:masters'] }, true],
    ['by cluster admin', by('AmazonEKSClusterAdminPolicy'), true],
    ['by admin view, whose get suffices', by('AmazonEKSAdminViewPolicy'), true],
    ['not by cluster admin of a namespace', by('AmazonEKSClusterAdminPolicy', 'namespace'), false],
    ['not by admin', by('AmazonEKSAdminPolicy'), false],
    ['perhaps by a policy that nobody knows', by('constructor'), true],
  ])('%s', (_, change, expected) => {
    expect(named({ roles, bindings, principals: [principal(change)] }).includes(iam)).toBe(expected);
  });

  it('is unsure where AWS does not publish its policy', () => {
    const policies = [{ name: 'AmazonEKSKROPolicy', scope: 'cluster' }] as const;
    const holders = proxyHolders({ roles: [], bindings: [], principals: [principal({ policies })] });
    expect(holders.find(({ kind }) => kind === 'IAM')?.ways).toMatchObject([{ unsure: true }]);
  });
});

// The lab's API server decides by its own objects, with an authorizer that knows nothing of holders.
it('the holders of random objects are exactly those whom the authorizer lets reach nodes/proxy', () => {
  fc.assert(
    fc.property(roles, bindings, (someRoles, someBindings) => {
      const objects = new RbacObjects([]);
      // What aggregates has no rules of its own: the controller writes over them.
      const stored = someRoles.map(({ aggregates, ...each }) =>
        aggregates ? { ...each, aggregates, rules: [] } : each,
      );
      for (const each of stored) objects.put(storedRole(each));
      for (const [index, each] of someBindings.entries()) objects.put(storedBinding(`b${index}`, each));
      const rights = objects.effective({});

      const bound = someBindings.map((each, index) => ({ name: `b${index}`, ...each }));
      const holders = named({ roles: stored, bindings: bound });
      for (const { holder, ...user } of asked) {
        const allowed = proxyVerbs.some((verb) => allows(rights, user, { verb, resource: 'nodes/proxy', name: 'n' }));
        expect(holders.includes(holder), `${holder}: ${JSON.stringify(stored)}`).toBe(allowed);
      }
    }),
    { numRuns: 500 },
  );
});
