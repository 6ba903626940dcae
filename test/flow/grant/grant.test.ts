import { describe, expect, it } from 'vitest';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import type { GrantPlan } from '../../../lambda/core/fix/grant/grant-plan.ts';
import { grantObjects, type RbacObject, type StoredRbacObject } from '../../../lambda/core/fix/grant/rbac-objects.ts';
import type { Cluster, Problem } from '../../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../../lambda/core/model/result.ts';
import { clusterCalled } from '../../../lambda/flow/audit/audit-cluster.ts';
import { applyGrant, planFor } from '../../../lambda/flow/grant/grant.ts';
import { cluster } from '../../fakes/ports.ts';

const { signal } = new AbortController();
const denied: Problem = { code: 'grant-denied', message: 'no right', remedy: 'allow it' };
const roleArn = 'arn:aws:iam::111122223333:role/EksKubeletAuditMember';
const withEntries: Cluster = { ...cluster, authenticationMode: 'API' };
const { direct, 'api-server': byServer } = grantObjects;

/** Keeps what is there; the names in `barred` can neither be read nor written. */
function estate(barred: readonly string[] = [], found: readonly Result<Cluster, Problem>[] = [ok(withEntries)]) {
  const [roleMadeAt, entryMadeAt] = [new Date('2026-10-01'), new Date('2026-11-01')];
  const entries = new Map<string, readonly string[]>();
  const objects = new Map<string, RbacObject | StoredRbacObject>();
  const done: string[] = [];
  const keyOf = ({ kind, metadata }: RbacObject) => `${kind} ${metadata.name}`;
  const write = (what: string, change: () => void): Result<undefined, Problem> => {
    if (barred.includes(what)) return err(denied);
    done.push(what);
    change();
    return ok(undefined);
  };
  const put = ({ principalArn, groups }: { readonly principalArn: string; readonly groups: readonly string[] }) =>
    entries.set(principalArn, groups);

  return {
    entries,
    objects,
    done,
    ports: {
      clusters: {
        async *clusters() {
          yield* found;
        },
      },
      accessEntries: {
        find: async (_: Cluster, arn: string) => {
          const groups = entries.get(arn);
          return barred.includes('groups') ? err(denied) : ok(groups && { groups, createdAt: entryMadeAt });
        },
        create: async (_: Cluster, entry: Parameters<typeof put>[0]) => write('create entry', () => put(entry)),
        update: async (_: Cluster, entry: Parameters<typeof put>[0]) => write('update entry', () => put(entry)),
        remove: async (_: Cluster, arn: string) => write('remove entry', () => entries.delete(arn)),
      },
      roles: { createdAt: async () => ok(roleMadeAt) },
      rbacObjects: {
        find: async (_: Cluster, wanted: RbacObject) =>
          barred.includes(`find ${keyOf(wanted)}`)
            ? err(denied)
            : ok(objects.get(keyOf(wanted)) as StoredRbacObject | undefined),
        create: async (_: Cluster, wanted: RbacObject) =>
          write(`create ${keyOf(wanted)}`, () => objects.set(keyOf(wanted), wanted)),
        replace: async (_: Cluster, { wanted }: { readonly wanted: RbacObject }) =>
          write(`replace ${keyOf(wanted)}`, () => objects.set(keyOf(wanted), wanted)),
        remove: async (_: Cluster, wanted: RbacObject) =>
          write(`remove ${keyOf(wanted)}`, () => objects.delete(keyOf(wanted))),
      },
      release: () => undefined,
    },
  };
}
type Estate = ReturnType<typeof estate>;

const plan = async ({ ports }: Estate): Promise<GrantPlan> =>
  await planFor(ports, await clusterCalled(ports, 'prod'), {
    roleArn: undefined,
    roleName: 'EksKubeletAuditMember',
    way: 'direct',
    proxyHolders: false,
    signal,
  });
const grant = async (given: Estate, revokeOther = false) =>
  await applyGrant(given.ports, await plan(given), { revokeOther, signal });
const [role, binding] = [
  `ClusterRole ${direct.clusterRole.metadata.name}`,
  `ClusterRoleBinding ${direct.clusterRoleBinding.metadata.name}`,
];
const other = `ClusterRoleBinding ${byServer.clusterRoleBinding.metadata.name}`;
const outcomes = (steps: Awaited<ReturnType<typeof grant>>) =>
  steps.map(({ what, outcome }) => `${what}: ${outcome.status}`);

describe('a grant', () => {
  it('is planned by what is there, and changes nothing', async () => {
    const empty = estate();
    const target = {
      cluster: withEntries,
      arn: cluster.arn,
      roleArn,
      by: 'access-entry',
      way: 'direct',
      proxyHolders: false,
    };
    const all = (standing: object) => ({ entry: standing, clusterRole: standing, clusterRoleBinding: standing });
    expect(await plan(empty)).toStrictEqual({ target, ...all({ status: 'missing' }), otherBinding: 'missing' });
    expect(empty.done).toEqual([]);

    const barred = estate(['groups', `find ${role}`, `find ${binding}`, `find ${other}`]);
    const blocked = all({ status: 'blocked', problem: denied });
    expect(await plan(barred)).toStrictEqual({ target, ...blocked, otherBinding: denied });
  });

  it('changes what differs, and takes no other group away', async () => {
    const given = estate();
    given.entries.set(roleArn, ['viewers']);
    given.objects.set(role, { ...direct.clusterRole, rules: [] });
    given.objects.set(binding, { ...direct.clusterRoleBinding, subjects: [] });
    expect(outcomes(await grant(given))).toEqual([
      'access entry: changed',
      'ClusterRole: changed',
      'ClusterRoleBinding: changed',
    ]);
    expect(given.entries.get(roleArn)).toEqual(['viewers', kubernetesGroup]);
    expect(given.done).toEqual(['update entry', `replace ${role}`, `replace ${binding}`]);
  });

  const withOther = (barred: readonly string[] = []) => {
    const given = estate(barred);
    given.objects.set(other, byServer.clusterRoleBinding);
    return given;
  };

  it('takes the other way away only where that is asked for', async () => {
    const given = withOther();
    await grant(given);
    expect(given.objects.has(other)).toBe(true);
    expect((await grant(given, true)).at(-1)).toEqual({
      what: 'binding of the other way',
      outcome: { status: 'removed' },
    });
    expect(given.objects.has(other)).toBe(false);
  });

  it.each([
    [`create ${binding}`, { status: 'not-tried', because: 'this way is not granted yet' }],
    [`create ${role}`, { status: 'not-tried', because: 'this way is not granted yet' }],
    [`remove ${other}`, { status: 'failed', problem: denied }],
    [`find ${other}`, { status: 'failed', problem: denied }],
  ])('leaves the other way alone where it may not %s', async (barred, outcome) => {
    const given = withOther([barred]);
    expect((await grant(given, true)).at(-1)).toEqual({ what: 'binding of the other way', outcome });
    expect(given.objects.has(other)).toBe(true);
  });
});

describe('clusterCalled', () => {
  it('is the first that could be described', async () => {
    expect(await clusterCalled(estate([], [err(denied), ok(withEntries), ok(cluster)]).ports, 'prod')).toBe(
      withEntries,
    );
  });

  it.each([
    [[err(denied)], 'grant-denied', 'no right; allow it'],
    [[], 'cluster-not-found', 'no cluster; '],
  ])('says why there is none: %j', async (found, code, message) => {
    await expect(clusterCalled(estate([], found).ports, 'prod')).rejects.toMatchObject({ code, message });
  });
});
