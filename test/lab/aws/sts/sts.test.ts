import { expect, it } from 'vitest';
import { identityPolicy } from '../resource-policy.ts';
import { StsService } from './sts.ts';

const hub = '111122223333';
const memberRole = 'arn:aws:iam::444455556666:role/EksKubeletAuditMember';
const trusted = {
  Effect: 'Allow' as const,
  Principal: { AWS: `arn:aws:iam::${hub}:root` },
  Action: 'sts:AssumeRole',
  Condition: {
    ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${hub}:role/EksKubeletAudit` },
    StringEquals: { 'aws:PrincipalOrgID': 'o-lab0000000' },
  },
};
const organization = (id: string) => ({ ...trusted, Condition: { StringEquals: { 'aws:PrincipalOrgID': id } } });
const external = { ...trusted, Condition: { StringEquals: { 'sts:ExternalId': 'secret' } } };
const denied = { ...trusted, Effect: 'Deny' as const, Principal: '*' as const };

const may = (Condition: object, Effect = 'Allow') => ({ Effect, Action: 'sts:*', Resource: memberRole, Condition });
const itself = (...Statement: readonly object[]) => ({ policies: [identityPolicy.parse({ Statement })] });
const inOrganization = (id: string) => may({ StringEquals: { 'aws:ResourceOrgID': id } });

it.each([
  [itself(may({})), true],
  [itself(inOrganization('o-lab0000000')), true],
  [itself(inOrganization('o-another000')), false],
  [itself(may({ StringEquals: { 'aws:ResourceAccount': '444455556666' } })), false],
  [itself({ ...may({}), Resource: `${memberRole}2` }), false],
  [itself({ ...may({}), Action: 's3:GetObject' }), false],
  [itself(may({}), may({}, 'Deny')), false],
  [{ policies: [] }, false],
])('a role with the policies %j may assume a role of another account that trusts it: %s', async (own, expected) => {
  const sts = new StsService();
  sts.putRole(`arn:aws:iam::${hub}:role/EksKubeletAudit`, { trustPolicy: { Statement: [] }, ...own });
  sts.putRole(memberRole, { trustPolicy: { Statement: [trusted] } });
  const call = { service: 'sts', operation: 'AssumeRole', accountId: hub, region: 'eu-central-1' } as const;
  const principalArn = `arn:aws:sts::${hub}:assumed-role/EksKubeletAudit/run-1`;
  const input = { RoleArn: memberRole, RoleSessionName: 'audit' };

  const answer = sts.handle({ ...call, principalArn, input }).then(
    () => true,
    ({ code }) => code !== 'AccessDenied',
  );
  expect(await answer).toBe(expected);
});

it.each([
  ['AccessDenied', 'another principal of the trusted account', [trusted], {}, 'Another'],
  ['AccessDenied', 'a principal outside the organization', [organization('o-another')], {}],
  ['AccessDenied', 'a caller without the external id', [external], {}],
  ['AccessDenied', 'a principal that it denies', [trusted, denied], {}],
  ['AccessDenied', 'an account that it does not name', [{ ...trusted, Principal: { AWS: '999999999999' } }], {}],
  ['AccessDenied', 'a role that is not there', [trusted], { RoleArn: `${memberRole}2` }],
  ['ValidationError', 'a malformed ARN', [trusted], { RoleArn: 'arn:aws:iam::1:role/EksKubeletAudit' }],
  ['ValidationError', 'a chained session of more than an hour', [trusted], { DurationSeconds: '3601' }],
  ['MalformedPolicyDocument', 'a policy that is no JSON', [trusted], { Policy: '{' }],
])('AssumeRole answers %s to %s', async (code, _, Statement, input, caller = 'EksKubeletAudit') => {
  const sts = new StsService();
  sts.addAccount(hub);
  sts.putRole(memberRole, { trustPolicy: { Statement } });
  const assume = (more: object) =>
    sts.handle({
      service: 'sts',
      operation: 'AssumeRole',
      accountId: hub,
      region: 'eu-central-1',
      principalArn: `arn:aws:sts::${hub}:assumed-role/${caller}/run-1`,
      input: { RoleArn: memberRole, RoleSessionName: 'audit', ...more },
    });

  await expect(assume(input)).rejects.toMatchObject({ code });
});
