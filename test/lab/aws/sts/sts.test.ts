import { describe, expect, it } from 'vitest';
import { type LabCall, LabError } from '../../wire/service.ts';
import type { WrittenPolicy } from '../resource-policy.ts';
import { StsService } from './sts.ts';

const hub = '111122223333';
const member = '444455556666';
const hubRole = `arn:aws:iam::${hub}:role/EksKubeletAudit`;
const memberRole = `arn:aws:iam::${member}:role/EksKubeletAuditMember`;
const hubSession = `arn:aws:sts::${hub}:assumed-role/EksKubeletAudit/run-1`;

const goodTrust: WrittenPolicy = {
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${hub}:root` },
      Action: 'sts:AssumeRole',
      Condition: {
        ArnEquals: { 'aws:PrincipalArn': hubRole },
        StringEquals: { 'aws:PrincipalOrgID': 'o-lab0000000' },
      },
    },
  ],
};

function setUp(trustPolicy: WrittenPolicy = goodTrust, maxSessionDuration?: number) {
  const sts = new StsService();
  sts.addAccount(hub);
  sts.putRole(memberRole, { trustPolicy, ...(maxSessionDuration !== undefined && { maxSessionDuration }) });
  const assume = (input: Readonly<Record<string, unknown>> = {}, principalArn = hubSession) =>
    sts.handle({ ...call, principalArn, input: { RoleArn: memberRole, RoleSessionName: 'audit', ...input } });
  return { sts, assume };
}

const call: LabCall = {
  service: 'sts',
  operation: 'AssumeRole',
  accountId: hub,
  region: 'eu-central-1',
  principalArn: hubSession,
  input: {},
};

describe('AssumeRole', () => {
  it.each<[what: string, trust: WrittenPolicy['Statement'][number], principalArn: string]>([
    [
      'another principal of the trusted account',
      goodTrust.Statement[0]!,
      `arn:aws:sts::${hub}:assumed-role/Another/run-1`,
    ],
    [
      'a principal outside the organization',
      {
        ...goodTrust.Statement[0]!,
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-another' } },
      },
      hubSession,
    ],
    [
      'a caller without the external id',
      { ...goodTrust.Statement[0]!, Condition: { StringEquals: { 'sts:ExternalId': 'secret' } } },
      hubSession,
    ],
    ['a principal that it denies', { Effect: 'Deny', Principal: '*', Action: 'sts:*' }, hubSession],
    [
      'an account that it does not name',
      { Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'sts:AssumeRole' },
      hubSession,
    ],
  ])('is denied to %s', async (_, statement, principalArn) => {
    const allow = statement.Effect === 'Deny' ? goodTrust.Statement : [];
    const { assume } = setUp({ Statement: [...allow, statement] });

    await expect(assume({}, principalArn)).rejects.toMatchObject({ code: 'AccessDenied', status: 403 });
  });

  it('is denied for a role that is not there, as if it trusted nobody', async () => {
    const { assume } = setUp();

    await expect(assume({ RoleArn: `${memberRole}2` })).rejects.toMatchObject({
      code: 'AccessDenied',
      message: `User: ${hubSession} is not authorized to perform: sts:AssumeRole on resource: ${memberRole}2`,
    });
  });

  it.each([
    ['a malformed ARN', { RoleArn: 'arn:aws:iam::1:role/EksKubeletAudit' }, 'ValidationError'],
    ['a chained session of more than an hour', { DurationSeconds: '3601' }, 'ValidationError'],
    ['a policy that is no JSON', { Policy: '{' }, 'MalformedPolicyDocument'],
  ])('refuses %s', async (_, input, code) => {
    const { assume } = setUp(goodTrust, 43_200);

    await expect(assume(input)).rejects.toEqual(expect.objectContaining({ code }));
    await expect(assume(input)).rejects.toBeInstanceOf(LabError);
  });
});
