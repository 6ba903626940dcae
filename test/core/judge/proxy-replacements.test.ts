import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyHolders } from '../../../lambda/core/judge/proxy-holders.ts';
import {
  holdersToReplace,
  knownAgents,
  replacementFor,
  rolesToReplace,
} from '../../../lambda/core/judge/proxy-replacements.ts';
import { proxyVerbs } from '../../../lambda/core/read/rbac/reaching-roles.ts';
import { allows } from '../../lab/kubernetes/rbac.ts';
import { RbacObjects } from '../../lab/kubernetes/rbac-objects.ts';
import { asked, bindings, roles, storedBinding, storedRole } from './random-rbac.ts';
import { bind, ops, principal, role } from './some-grants.ts';

const narrow = ['configz', 'healthz', 'log', 'metrics', 'pods', 'stats'].map((each) => `nodes/${each}`);
const others = ['nodes', 'pods/proxy', 'services/proxy', ...narrow];

it('in random RBAC the holders are those of the control, and the printed roles take nodes/proxy away and nothing else', () => {
  fc.assert(
    fc.property(roles, bindings, (someRoles, someBindings) => {
      const objects = new RbacObjects([]);
      const stored = someRoles.map(({ aggregates, ...each }) =>
        aggregates ? { ...each, aggregates, rules: [] } : each,
      );
      for (const each of stored) objects.put(storedRole(each));
      for (const [index, each] of someBindings.entries()) objects.put(storedBinding(`b${index}`, each));
      const grants = {
        roles: stored,
        bindings: someBindings.map((each, index) => ({ name: `b${index}`, ...each })),
        principals: [],
      };
      const named = (those: readonly { kind: string; name: string }[]) =>
        those.map(({ kind, name }) => `${kind} ${name}`).toSorted();
      expect(named(holdersToReplace(grants))).toEqual(named(proxyHolders(grants).filter(({ system }) => !system)));

      const before = objects.effective({});
      const planned = rolesToReplace(grants);
      for (const {
        role: { name, labels },
        rules,
      } of planned)
        if (rules) objects.put(storedRole({ name, labels, rules }));
      const after = objects.effective({});
      const left = new Set(planned.flatMap(({ rules, holders }) => (rules ? [] : holders)));
      for (const { holder, ...user } of asked) {
        const may = (rbac: typeof before, verb: string, resource: string) =>
          allows(rbac, user, { verb, resource, name: 'n' });
        const held = proxyVerbs.some((verb) => may(before, verb, 'nodes/proxy'));
        const holds = proxyVerbs.some((verb) => may(after, verb, 'nodes/proxy'));
        if (!left.has(holder)) expect(holds, holder).toBe(false);
        for (const verb of ['get', 'list', 'create', 'delete'])
          for (const resource of others)
            if (may(before, verb, resource))
              expect(may(after, verb, resource), `${holder} ${verb} ${resource}`).toBe(true);
        if (held && !holds) for (const right of narrow) expect(may(after, 'get', right), right).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

describe('a role that cannot be narrowed', () => {
  const grants = (...rules: Parameters<typeof role>[1]) => ({
    roles: [role('debug', rules), role('cluster-admin', [{}])],
    bindings: [bind('a', 'debug', ops), bind('b', 'cluster-admin', { kind: 'User', name: 'ann' })],
    principals: [],
  });
  const because = (name: string, ...rules: Parameters<typeof role>[1]) =>
    rolesToReplace(grants(...rules)).find((each) => each.role.name === name);

  it('is one of Kubernetes, one with a rule for every resource, and one of an agent that needs the API server', () => {
    expect(because('cluster-admin', {})).toMatchObject({
      rules: undefined,
      because: expect.stringMatching(/^Kubernetes owns/),
    });
    expect(because('debug', { resources: ['*'] })).toMatchObject({
      rules: undefined,
      because: expect.stringMatching(/every resource/),
    });
    const prometheus = { kind: 'ServiceAccount', name: 'monitoring/prometheus-server' } as const;
    const [shared] = rolesToReplace({
      roles: [role('debug', [{}])],
      bindings: [bind('a', 'debug', ops, prometheus)],
      principals: [],
    });
    expect(shared).toMatchObject({
      rules: undefined,
      because: expect.stringMatching(/^monitoring\/prometheus-server needs/),
    });
  });

  it('is none that names its nodes: the new rule names the same', () => {
    const [found] = rolesToReplace({
      roles: [role('debug', [{ resourceNames: ['n1'] }])],
      bindings: [bind('a', 'debug', ops)],
      principals: [],
    });
    expect(found?.rules).toEqual([{ apiGroups: [''], resources: narrow, verbs: ['get'], resourceNames: ['n1'] }]);
  });
});

describe('what to grant instead', () => {
  const of = (name: string) => replacementFor({ kind: 'ServiceAccount', name, ways: [] });
  it.each([
    ['monitoring/prom-kube-prometheus-stack-prometheus', 'kube-prometheus-stack', 'nodes/metrics'],
    ['amazon-cloudwatch/cloudwatch-agent', 'CloudWatch agent', 'nodes/metrics nodes/stats nodes/pods'],
    [
      'datadog/datadog-agent',
      'Datadog agent',
      'nodes/metrics nodes/stats nodes/log nodes/pods nodes/healthz nodes/configz',
    ],
    ['gadget/gadget', 'Inspektor Gadget', 'nodes/configz'],
    ['nfd/node-feature-discovery-topology-updater', 'node-feature-discovery', 'nodes/configz'],
    ['logging/fluent-bit', 'Fluent Bit', 'nodes/pods'],
    ['monitoring/prometheus-server', 'prometheus (chart)', ''],
  ])('of %s is what %s calls', (name, agent, rights) => {
    expect(of(name)).toMatchObject({ what: `service account of ${agent}`, rights: rights.split(' ').filter(Boolean) });
  });

  it('of a stranger is every narrow right, with what still needs nodes/proxy', () => {
    expect(of('apps/not-a-gadget')).toMatchObject({ what: 'service account', rights: expect.arrayContaining(narrow) });
    expect(of('apps/bot').advice).toMatch(
      /exec, attach, run, port-forward, container logs and calls through the API server/,
    );
    const byPolicy = principal({
      username: 'x',
      policies: [{ name: 'AmazonEKSClusterAdminPolicy', scope: 'cluster' }],
    });
    const [iam] = holdersToReplace({ roles: [], bindings: [], principals: [byPolicy] });
    expect(iam?.replacement).toMatchObject({
      what: 'IAM principal',
      rights: [],
      advice: expect.stringMatching(/access policy/),
    });
  });

  it('is known of agents each with its source', () => {
    for (const { name, advice } of knownAgents) expect(advice, name).toMatch(/^\S.+ \(\S+#\d+.*\)$|@/);
  });
});

it('puts wildcards first, since one of them is worth every other right', () => {
  const roles = [role('a', [{}]), role('b', [{ verbs: ['*'] }]), role('c', [{ resources: ['*'] }])];
  const names = ['a', 'b', 'c'];
  const bound = names.map((name) => bind(name, name, { kind: 'User', name }));
  expect(holdersToReplace({ roles, bindings: bound, principals: [] }).map(({ name }) => name)).toEqual(['b', 'c', 'a']);
});
