import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { applyOrganization, planOrganization } from '../../../lambda/flow/grant/grant-organization.ts';
import { fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';

const [one, two] = ['111122223333', '222222222222'];
const nothing = async () => ok(undefined);
const problem = { code: 'throttled', message: 'EKS throttled every call', remedy: 'run it again' };

async function planned(
  organization: FakeOrganization,
  { regions = [] as readonly string[], signal = new AbortController().signal, find = nothing } = {},
) {
  const released: string[] = [];
  const ports = {
    ...fakeHub(organization),
    accessEntries: { find: nothing, create: nothing, update: nothing, remove: nothing },
    roles: { createdAt: nothing },
    rbacObjects: { find, create: nothing, replace: nothing, remove: nothing },
    release: ({ name }: Cluster) => void released.push(name),
  };
  const grant = { roleArn: undefined, roleName: 'Audit', way: 'direct', proxyHolders: false } as const;
  const plan = await planOrganization(ports, { ...grant, regions, signal });
  return { ...plan, ports, released, targets: plan.plans.map(({ target: { arn, roleArn } }) => [arn.arn, roleArn]) };
}

describe('a grant over accounts', () => {
  const organization = () =>
    new FakeOrganization()
      .add(two, { 'eu-west-1': ['search'] })
      .add(one, { 'us-east-1': ['green'], 'eu-west-1': ['red', 'blue'] });

  it('is one plan for each cluster, in the order of their ARNs, each for the role of its account', async () => {
    const { accounts, regions, targets, gaps, skipped, released } = await planned(organization());
    expect({ accounts, regions, gaps, skipped }).toEqual({ accounts: 2, regions: 3, gaps: [], skipped: [] });
    expect(targets).toEqual([
      [`arn:aws:eks:eu-west-1:${one}:cluster/blue`, `arn:aws:iam::${one}:role/Audit`],
      [`arn:aws:eks:eu-west-1:${one}:cluster/red`, `arn:aws:iam::${one}:role/Audit`],
      [`arn:aws:eks:eu-west-1:${two}:cluster/search`, `arn:aws:iam::${two}:role/Audit`],
      [`arn:aws:eks:us-east-1:${one}:cluster/green`, `arn:aws:iam::${one}:role/Audit`],
    ]);
    expect(released.toSorted()).toEqual(['blue', 'green', 'red', 'search']);
  });

  it('looks into the named Regions only', async () => {
    const { targets, skipped } = await planned(organization(), { regions: ['us-east-1'] });
    expect(targets.map(([arn]) => arn)).toEqual([`arn:aws:eks:us-east-1:${one}:cluster/green`]);
    expect(skipped).toMatchObject([{ accountId: two, region: 'us-east-1' }]);
  });

  it('names what could not be looked at, and plans the rest', async () => {
    const given = organization();
    given.problems.set(two, problem);
    given.problems.set(`${one}/eu-west-1/red`, problem);
    given.problems.set(`${one}/eu-west-1/blue`, new TypeError('no function'));
    const { targets, gaps } = await planned(given);
    expect(targets.map(([arn]) => arn)).toEqual([`arn:aws:eks:us-east-1:${one}:cluster/green`]);
    const inRegion = { accountId: one, region: 'eu-west-1' };
    const message = `the grant for ${one}/eu-west-1/blue failed: no function`;
    const defect = expect.objectContaining({ code: 'unexpected-error', message });
    expect(gaps).toHaveLength(3);
    expect(gaps).toEqual(
      expect.arrayContaining([
        { accountId: two, problem },
        { ...inRegion, cluster: 'red', problem },
        { ...inRegion, cluster: 'blue', problem: defect },
      ]),
    );
  });

  it('is a gap where a cluster left before it was described, whatever was said of it', async () => {
    const given = organization();
    const { describe: asked } = given;
    given.describe = async (place, name) => (name === 'blue' ? [] : await asked.call(given, place, name));
    expect((await planned(given)).gaps).toMatchObject([
      { accountId: one, region: 'eu-west-1', cluster: 'blue', problem: { code: 'cluster-not-found' } },
    ]);
  });

  it('lets a cluster go whose plan could not be made', async () => {
    const { gaps, released } = await planned(organization(), {
      find: () => Promise.reject(new TypeError('no function')),
    });
    expect(gaps).toHaveLength(4);
    expect(released.toSorted()).toEqual(['blue', 'green', 'red', 'search']);
  });

  it('ends with the reason for which it was stopped', async () => {
    const stop = new AbortController();
    const given = organization();
    given.describe = async () => {
      stop.abort(new Error('enough'));
      throw new Error('the call was aborted');
    };
    await expect(planned(given, { signal: stop.signal })).rejects.toThrow('enough');
  });

  it('finishes the clusters that are begun when a person stops it, and begins no other', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `prod-${index}`);
    const { ports, plans, released } = await planned(new FakeOrganization().add(one, { 'eu-west-1': names }));
    released.length = 0;
    const interrupt = new AbortController();
    const begun = new Set<string>();
    let objects = 0;
    const accessEntries = {
      ...ports.accessEntries,
      create: async ({ name }: Cluster) => {
        begun.add(name);
        if (begun.size === 3) interrupt.abort();
        return ok(undefined);
      },
    };
    const rbacObjects = {
      ...ports.rbacObjects,
      create: async (_cluster: unknown, _wanted: unknown, signal: AbortSignal) => {
        if (!signal.aborted) objects += 1;
        return ok(undefined);
      },
    };
    const options = { revokeOther: false, signal: interrupt.signal };
    const wanted = plans.map((plan) => ({ ...plan, entry: { status: 'missing' } as const }));
    const done = await Array.fromAsync(applyOrganization({ ...ports, accessEntries, rbacObjects }, wanted, options));

    expect(done.length).toBe(begun.size);
    expect(done.length).toBeLessThan(plans.length);
    expect(done.every(({ steps }) => steps.every(({ outcome }) => outcome.status === 'created'))).toBe(true);
    expect(objects).toBe(2 * done.length);
    expect(released.toSorted()).toEqual([...begun].toSorted());
  });
});
