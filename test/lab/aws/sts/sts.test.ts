import { expect, it } from 'vitest';
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
