import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import { ListAccountsCommand, type ListAccountsCommandInput, OrganizationsClient } from '@aws-sdk/client-organizations';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, expect, it } from 'vitest';
import { labOfFile } from '../../lab-of-file.ts';
import { failure } from '../../wire/failure.ts';

const management = '100000000001';
const delegate = '100000000002';
const member = '100000000003';
const region = 'eu-west-1';

const lab = await labOfFile('900000000009');
beforeEach(() => {
  lab.organizations.create({
    id: 'o-audit00001',
    managementAccountId: management,
    delegatedAdministrators: [delegate],
  });
  lab.organizations.putAccount({ id: delegate, name: 'audit' });
  lab.organizations.putAccount({ id: member, name: 'payments' });
});

const settings = (accountId: string) => ({
  endpoint: lab.endpoint,
  region,
  credentials: lab.credentials(accountId),
  maxAttempts: 1,
});
const accounts = (accountId: string, input: ListAccountsCommandInput = {}) =>
  new OrganizationsClient(settings(accountId)).send(new ListAccountsCommand(input));

it.each([
  ['more than twenty accounts', delegate, { MaxResults: 21 }, 'InvalidInputException'],
  ['a page by a token that it did not give', delegate, { NextToken: 'x' }, 'InvalidInputException'],
  ['a member account', member, {}, 'AccessDeniedException'],
  ['an account of no organization', '900000000009', {}, 'AWSOrganizationsNotInUseException'],
])('ListAccounts refuses %s', async (_, accountId, input, name) => {
  expect(await failure(accounts(accountId, input))).toMatchObject({ name });
  expect((await accounts(management)).Accounts).toHaveLength(3);
});

it('a role of a suspended account is assumed by no caller', async () => {
  const roleArn = `arn:aws:iam::${member}:role/Member`;
  const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-audit00001' } };
  lab.sts.putRole(roleArn, {
    trustPolicy: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole', Condition }] },
  });
  const assume = () =>
    new STSClient(settings(delegate)).send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'audit' }));

  lab.organizations.putAccount({ id: member, state: 'SUSPENDED' });
  expect(await failure(assume())).toMatchObject({ name: 'AccessDenied' });
  lab.organizations.putAccount({ id: member, state: 'ACTIVE' });
  await expect(assume()).resolves.toBeDefined();
});

it('a service control policy closes a Region to one account, in the words of each service', async () => {
  const clusters = (accountId: string, where = region) =>
    new EKSClient({ ...settings(accountId), region: where }).send(new ListClustersCommand({}));
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
