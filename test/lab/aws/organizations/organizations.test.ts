import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import {
  type Account,
  ListAccountsCommand,
  OrganizationsClient,
  paginateListAccounts,
} from '@aws-sdk/client-organizations';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../lab.ts';
import { failure } from '../../wire/failure.ts';
import type { OrganizationOptions } from './organizations.ts';

const management = '100000000001';
const delegate = '100000000002';
const member = '100000000003';
const region = 'eu-west-1';
const workloads = 'ou-lab0-workloads';
const production = 'ou-lab0-production';

let lab: Lab;
beforeEach(async () => {
  lab = await startLab();
  organise();
});
afterEach(() => lab.close());

function organise(options: Partial<OrganizationOptions> = {}): void {
  lab.organizations.create({
    id: 'o-audit00001',
    managementAccountId: management,
    delegatedAdministrators: [delegate],
    ...options,
  });
  lab.organizations.putUnit({ id: workloads, name: 'Workloads' });
  lab.organizations.putUnit({ id: production, parentId: workloads });
  lab.organizations.putAccount({ id: delegate, name: 'audit' });
  lab.organizations.putAccount({ id: member, name: 'payments', parentId: workloads });
}

const settings = (accountId: string) => ({
  endpoint: lab.endpoint,
  region,
  credentials: lab.credentials(accountId),
  maxAttempts: 1,
});
const client = (accountId = delegate) => new OrganizationsClient(settings(accountId));

async function accounts(accountId = delegate, pageSize = 20): Promise<readonly (readonly Account[])[]> {
  const pages: (readonly Account[])[] = [];
  for await (const page of paginateListAccounts({ client: client(accountId), pageSize }, {})) {
    pages.push(page.Accounts ?? []);
  }
  return pages;
}

describe('ListAccounts', () => {
  it('gives pages of at most 20, and perhaps an empty one', async () => {
    for (let index = 0; index < 40; index += 1) lab.organizations.putAccount({ id: `2000000000${10 + index}` });

    expect((await accounts()).map((page) => page.length)).toEqual([20, 20, 3]);
    lab.faults.inject('organizations:ListAccounts', { kind: 'empty-page' }, { times: 1 });
    expect((await accounts()).map((page) => page.length)).toEqual([0, 20, 20, 3]);
    expect(await failure(client().send(new ListAccountsCommand({ MaxResults: 21 })))).toMatchObject({
      name: 'InvalidInputException',
    });
    expect(await failure(client().send(new ListAccountsCommand({ NextToken: 'x' })))).toMatchObject({
      name: 'InvalidInputException',
    });
  });

  it('answers the management account and its delegates only', async () => {
    lab.addAccount('900000000009');

    expect((await accounts(management)).flat()).toHaveLength(3);
    expect(await failure(accounts(member))).toMatchObject({ name: 'AccessDeniedException' });
    expect(await failure(accounts('900000000009'))).toMatchObject({ name: 'AWSOrganizationsNotInUseException' });
  });
});

describe('membership', () => {
  const roleArn = `arn:aws:iam::${member}:role/Member`;
  const assume = (accountId: string) =>
    fromTemporaryCredentials({
      masterCredentials: lab.credentials(accountId),
      params: { RoleArn: roleArn, RoleSessionName: 'audit' },
      clientConfig: { region, endpoint: lab.endpoint },
    })();

  beforeEach(() => {
    lab.sts.putRole(roleArn, {
      trustPolicy: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: '*',
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-audit00001' } },
          },
        ],
      },
    });
  });

  it('of a suspended account lets nobody in', async () => {
    lab.organizations.putAccount({ id: member, state: 'SUSPENDED' });

    expect(await failure(assume(delegate))).toMatchObject({ name: 'AccessDenied' });
    lab.organizations.putAccount({ id: member, state: 'ACTIVE' });
    await expect(assume(delegate)).resolves.toBeDefined();
  });
});

describe('a service control policy', () => {
  const clusters = (accountId: string, where = region) =>
    new EKSClient({ ...settings(accountId), region: where }).send(new ListClustersCommand({}));

  it('closes a Region to one account, in the words of each service', async () => {
    lab.organizations.denyRegion(member, [region]);

    expect(await failure(clusters(member))).toEqual({
      name: 'AccessDeniedException',
      status: 403,
      message:
        `User: arn:aws:iam::${member}:user/admin is not authorized to perform: eks:ListClusters on resource: arn:aws:eks:${region}:${member}:cluster/* ` +
        `with an explicit deny in a service control policy: arn:aws:organizations::${management}:policy/o-audit00001/service_control_policy/p-lab00003`,
    });
    expect(await failure(new EC2Client(settings(member)).send(new DescribeRegionsCommand({})))).toMatchObject({
      name: 'UnauthorizedOperation',
      message: expect.stringContaining('with an explicit deny in a service control policy'),
    });
    expect(lab.calls.at(-1)).toMatchObject({ service: 'ec2', status: 403, error: 'UnauthorizedOperation' });
    await expect(clusters(member, 'us-east-1')).resolves.toBeDefined();
    await expect(clusters(delegate)).resolves.toBeDefined();
  });
});
