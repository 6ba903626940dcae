import { expect, it } from 'vitest';
import type { GrantPlan } from '../../../lambda/core/fix/grant/grant-plan.ts';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { applyOrganization } from '../../../lambda/flow/grant/grant-organization.ts';
import { cluster } from '../../fakes/ports.ts';

const missing = { status: 'missing' } as const;

it('finishes the clusters that are begun when somebody stops it, and begins no other', async () => {
  const plans = Array.from({ length: 30 }, (_, index): GrantPlan => {
    const name = `prod-${index}`;
    const arn = {
      arn: `arn:aws:eks:eu-west-1:111122223333:cluster/${name}`,
      partition: 'aws',
      region: 'eu-west-1',
      accountId: '111122223333',
      name,
    };
    return {
      target: {
        cluster: { ...cluster, name, arn },
        arn,
        roleArn: 'role',
        by: 'access-entry',
        way: 'direct',
        proxyHolders: false,
      },
      entry: missing,
      clusterRole: missing,
      clusterRoleBinding: missing,
      otherBinding: 'missing',
    };
  });
  const interrupt = new AbortController();
  const begun = new Set<string>();
  const made = { entries: 0, objects: 0 };
  const released: string[] = [];
  const nothing = async () => ok(undefined);
  const ports = {
    accessEntries: {
      find: nothing,
      update: nothing,
      remove: nothing,
      create: async ({ name }: { readonly name: string }) => {
        begun.add(name);
        if (begun.size === 3) interrupt.abort();
        made.entries += 1;
        return ok(undefined);
      },
    },
    rbacObjects: {
      find: nothing,
      replace: nothing,
      remove: nothing,
      create: async (_cluster: unknown, _wanted: unknown, signal: AbortSignal) => {
        if (!signal.aborted) made.objects += 1;
        return ok(undefined);
      },
    },
    release: ({ name }: Cluster) => void released.push(name),
  };

  const done = await Array.fromAsync(applyOrganization(ports, plans, { revokeOther: false, signal: interrupt.signal }));

  expect(done.length).toBe(begun.size);
  expect(done.length).toBeLessThan(plans.length);
  expect(done.every(({ steps }) => steps.every(({ outcome }) => outcome.status === 'created'))).toBe(true);
  expect(made).toEqual({ entries: done.length, objects: 2 * done.length });
  expect(released.toSorted()).toEqual([...begun].toSorted());
});
