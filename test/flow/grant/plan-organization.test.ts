import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { planOrganization } from '../../../lambda/flow/grant/grant-organization.ts';
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
  const options = {
    roleArn: undefined,
    roleName: 'Audit',
    way: 'direct',
    proxyHolders: false,
    regions,
    signal,
  } as const;
  const plan = await planOrganization(ports, options);
  return { ...plan, released, targets: plan.plans.map(({ target: { arn, roleArn } }) => [arn.arn, roleArn]) };
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
    expect(gaps).toHaveLength(3);
    expect(gaps).toEqual(
      expect.arrayContaining([
        { accountId: two, problem },
        { ...inRegion, cluster: 'red', problem },
        {
          ...inRegion,
          cluster: 'blue',
          problem: {
            code: 'unexpected-error',
            message: `the grant for ${one}/eu-west-1/blue failed: no function`,
            remedy: 'this is a defect of the program: report it with the log lines of this run',
          },
        },
      ]),
    );
  });

  it('is a gap where a cluster left before it was described, whatever was said of it', async () => {
    const given = organization();
    const { describe: asked } = given;
    given.describe = async (place, name) => (name === 'blue' ? [] : await asked.call(given, place, name));
    expect((await planned(given)).gaps).toEqual([
      {
        accountId: one,
        region: 'eu-west-1',
        cluster: 'blue',
        problem: { code: 'cluster-not-found', message: 'the cluster is gone', remedy: 'nothing' },
      },
    ]);
  });

  it('lets a cluster go whose plan could not be made', async () => {
    const { gaps, released } = await planned(organization(), {
      find: () => Promise.reject(new TypeError('no function')),
    });
    expect(gaps).toHaveLength(4);
    expect(released.toSorted()).toEqual(['blue', 'green', 'red', 'search']);
  });

  it('ends with the reason of whoever stops it', async () => {
    const stop = new AbortController();
    const given = organization();
    given.describe = async () => {
      stop.abort(new Error('enough'));
      throw new Error('the call was aborted');
    };
    await expect(planned(given, { signal: stop.signal })).rejects.toThrow('enough');
  });
});
