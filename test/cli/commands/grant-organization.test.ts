import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubernetesGroup, memberRoleName } from '../../../lambda/contract/names.ts';
import { type LabOrganization, platformRole, startOrganization } from '../../lab/estate/organization.ts';
import { accounts } from '../../lab/estate/organization-accounts.ts';
import { awsVariables, runCli } from '../run-cli.ts';

let organization: LabOrganization;

beforeAll(async () => {
  organization = await startOrganization({ ungranted: true });
  // A call that AWS throttles for good is asked again for half a minute.
  organization.lab.faults.clear();
});
afterAll(() => organization?.close());
const grant = (...args: readonly string[]) =>
  runCli(['grant', ...args], { env: awsVariables(organization.lab, organization.operator(), organization.hub.region) });

/** Every change that EKS and the clusters were asked for. */
const changes = () => [
  ...organization.lab.calls
    .filter(({ operation }) => operation === 'CreateAccessEntry' || operation === 'UpdateAccessEntry')
    .map(({ accountId, region }) => `eks ${accountId} ${region}`),
  ...organization.clusters.flatMap(({ arn, api }) =>
    api.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${arn}${path}`),
  ),
];
const through = ['--organization', '--through', platformRole] as const;
const lettingIn = () =>
  organization.clusters.filter(({ accountId, region, name }) =>
    organization.lab.eks
      .accessEntry(accountId, region, name, `arn:aws:iam::${accountId}:role/${memberRoleName}`)
      ?.kubernetesGroups?.includes(kubernetesGroup),
  );

describe('grant --organization', () => {
  it('prints one plan for every cluster of every account, without a change', async () => {
    const { code, stdout, stderr } = await grant(...through);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      '13 accounts, 36 account-Regions, 16 clusters: 0 already granted, 15 to do, 1 by hand (aws-auth), 0 not known',
    );
    for (const { accountId, region, name } of organization.clusters)
      if (accountId !== accounts.throttled.id && region !== 'us-east-1')
        expect(stdout).toMatch(new RegExp(`^ ${accountId} +${region} +${name} +to create +to create +to create$`, 'm'));
    expect(stdout).toContain(
      `  eksctl create iamidentitymapping --cluster busy --region eu-west-1 --arn arn:aws:iam::${accounts.throttled.id}:role/${memberRoleName} --username ${kubernetesGroup} --group ${kubernetesGroup} --no-duplicate-arns   # ${accounts.throttled.id}\n`,
    );
    expect(stdout).toContain(accounts.suspended.id);
    expect(stdout).toMatch(new RegExp(`${accounts.fenced.id}/us-east-1: a service control policy denies`));
    expect(changes()).toEqual([]);
  });

  it('continues after an interruption, and creates only the missing parts', async () => {
    const part = await grant(...through, '--region', 'eu-central-1', '--apply');
    expect(part).toMatchObject({ code: 0, stderr: '' });
    const done = lettingIn().length;
    expect(done).toBeGreaterThan(0);
    const central = () => changes().filter((each) => / eu-central-1$|:eu-central-1:/.test(each));
    const before = central();

    // The newcomer's account has no member stack: EKS knows no role to let in.
    const rest = await grant(...through, '--apply');
    expect(rest.code).toBe(3);
    expect(rest.stdout).toContain(
      `16 clusters: ${14 - done} changed, ${done} already granted, 1 only partly granted, 1 by hand; a new`,
    );
    expect(rest.stdout).toMatch(
      new RegExp(
        `^${accounts.withoutRole.id} eu-west-1 hidden: access entry failed: .*invalid principal.*deploy the member stack`,
        'm',
      ),
    );
    expect(lettingIn()).toHaveLength(14);
    expect(central()).toEqual(before);

    organization.lab.sts.putRole(`arn:aws:iam::${accounts.withoutRole.id}:role/${memberRoleName}`, {
      trustPolicy: { Version: '2012-10-17', Statement: [] },
    });
    const last = await grant(...through, '--apply');
    expect(last).toMatchObject({ code: 0, stderr: '' });
    expect(last.stdout).toContain('16 clusters: 1 changed, 14 already granted, 0 only partly granted, 1 by hand');
    expect(lettingIn()).toHaveLength(15);
    expect(central()).toEqual(before);
  });

  it.each([
    [['--organization', '--apply'], '--apply changes clusters with a role of yours there'],
    [['--organization', '--through', 'a/b'], "--through 'a/b' is not a role name"],
    [['payments', '--organization'], "leave 'payments' out"],
    [['--organization', '--role-arn', 'arn:aws:iam::111122223333:role/Hub'], 'give --member-role'],
    [['payments', '--through', 'Admin'], '--through and --member-role are for many accounts'],
    [['--organization', '--account', '111122223333'], 'exclude each other'],
    [['--organization', '--sources', 'ssm'], 'ask no running kubelet'],
    [['payments', '--region', 'eu-west-1', '--region', 'eu-west-3'], 'a cluster is in one Region'],
  ])('refuses %j', async (args, words) => {
    expect(await grant(...args)).toMatchObject({ code: 64, stdout: '', stderr: expect.stringContaining(words) });
  });
});
