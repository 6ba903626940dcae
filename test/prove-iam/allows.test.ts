import { describe, expect, it } from 'vitest';
import { allows } from './allows.ts';
import type { Permission } from './permissions.ts';

const accountId = '222200000001';
const role = 'arn:aws:iam::111122223333:role/Item';
const member = `arn:aws:iam::${accountId}:role/Member`;
const request = { by: 'a test', principal: role, accountId, context: { 'aws:PrincipalArn': role } };

describe('what IAM allows', () => {
  const identity: Permission = {
    id: 'hub/Item/0',
    holder: role,
    policy: 'identity',
    effect: 'Allow',
    action: 'sts:AssumeRole',
    resource: 'arn:aws:iam::*:role/Member',
  };
  const trust: Permission = {
    id: 'member/Member/0',
    holder: member,
    policy: 'trust',
    effect: 'Allow',
    action: 'sts:AssumeRole',
    resource: member,
    principal: { AWS: ['arn:aws:iam::111122223333:root'] },
    condition: { ArnLike: { 'aws:PrincipalArn': role } },
  };

  it.each([
    ['both sides', [identity, trust], true],
    ['the policy of the caller alone', [identity], false],
    ['the trust of the role alone', [trust], false],
    ['the policy of another role', [{ ...identity, holder: `${role}2` }, trust], false],
    ['the trust of another role', [identity, { ...trust, holder: `${member}2` }], false],
    [
      'trust in another role',
      [identity, { ...trust, condition: { ArnLike: { 'aws:PrincipalArn': `${role}2` } } }],
      false,
    ],
    ['both sides, and a denial', [identity, trust, { ...identity, effect: 'Deny' } as const], false],
  ])('enters another account by %s: %s', async (_, permissions, allowed) => {
    expect(await allows(permissions, { ...request, action: 'sts:AssumeRole', resource: member })).toBe(allowed);
  });

  it.each([
    ['an action that IAM does not know', 'eks:DescribeEverything', '*'],
    ['a resource that the action is never about', 'eks:DescribeCluster', 'arn:aws:s3:::bucket'],
    ['any resource, where AWS knows narrower ones', 'eks:DescribeCluster', '*'],
  ])('stops at %s', async (_, action, resource) => {
    await expect(allows([], { ...request, action, resource })).rejects.toThrow(
      `IAM does not know ${action} on ${resource}`,
    );
  });
});
