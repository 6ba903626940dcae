import { expect, it } from 'vitest';
import { parseRoleArn, roleArn } from '../../../lambda/core/model/role-arn.ts';

const place = { partition: 'aws', accountId: '111122223333' };

it('makes the ARN of a role, and reads it', () => {
  const arn = 'arn:aws:iam::111122223333:role/EksKubeletAuditMember';
  expect(roleArn(place, 'EksKubeletAuditMember')).toBe(arn);
  expect(parseRoleArn(arn)).toStrictEqual({ arn, ...place, path: '/' });
});

const reserved = '/aws-reserved/sso.amazonaws.com/eu-west-1/';
it.each([
  ['arn:aws-us-gov:iam::111122223333:role/a', 'aws-us-gov', '/'],
  ['arn:aws:iam::111122223333:role/team/Role_1+=,.@-', 'aws', '/team/'],
  [`arn:aws:iam::111122223333:role${reserved}Role`, 'aws', reserved],
  [`arn:aws:iam::111122223333:role/${'a'.repeat(64)}`, 'aws', '/'],
  [`arn:aws:iam::111122223333:role/${'p/'.repeat(8)}a`, 'aws', '/p/p/p/p/p/p/p/p/'],
])('reads %s', (arn, partition, path) => {
  expect(parseRoleArn(arn)).toStrictEqual({ arn, partition, accountId: '111122223333', path });
});

const names = [
  'role/',
  'role/a ',
  'role/a//b',
  'role/a b',
  'user/a',
  `role/${'a'.repeat(65)}`,
  `role/${'p/'.repeat(9)}a`,
];
const noNames = names.map((name) => `arn:aws:iam::111122223333:${name}`);
const noAccounts = ['11112222333', '1111222233334'].map((account) => `arn:aws:iam::${account}:role/a`);
const session = 'arn:aws:sts::111122223333:assumed-role/a/session';
const others = ['', 'role/a', ' arn:aws:iam::111122223333:role/a', 'arn:azure:iam::111122223333:role/a', session];
it.each([...others, ...noNames, ...noAccounts])('takes %j for no ARN of a role', (text) => {
  expect(parseRoleArn(text)).toBeUndefined();
});
