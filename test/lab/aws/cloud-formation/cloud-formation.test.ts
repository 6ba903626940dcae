import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../lab.ts';
import { deployStack, type Stack } from './cloud-formation.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

const place = { accountId: '222200000001', region: 'eu-west-1' } as const;
const template = {
  Parameters: { Hub: { Type: 'String', Default: '' }, Home: { Type: 'String' } },
  Conditions: {
    Elsewhere: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Hub' }, ''] }] },
    Here: { 'Fn::Or': [{ 'Fn::Equals': [{ Ref: 'Home' }, { Ref: 'AWS::Region' }] }] },
  },
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Condition: 'Here',
      Properties: {
        RoleName: 'Member',
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: {
                AWS: {
                  'Fn::Join': [
                    '',
                    ['arn:aws:iam::', { 'Fn::If': ['Elsewhere', { Ref: 'Hub' }, { Ref: 'AWS::AccountId' }] }, ':root'],
                  ],
                },
              },
              Action: 'sts:AssumeRole',
              Condition: {
                'Fn::If': [
                  'Elsewhere',
                  { StringEquals: { 'aws:PrincipalAccount': { Ref: 'Hub' } } },
                  { Ref: 'AWS::NoValue' },
                ],
              },
            },
          ],
        },
      },
    },
    Runs: { Type: 'AWS::S3::Bucket', Properties: {} },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: 'audit', Role: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    },
  },
};
const deploy = (parameters: Record<string, string>, more: Partial<Stack> = {}) =>
  deployStack(lab, { template, ...place, parameters, ...more });

const assume = (accountId: string) =>
  lab.sts.handle({
    service: 'sts',
    operation: 'AssumeRole',
    accountId,
    region: 'eu-west-1',
    principalArn: `arn:aws:iam::${accountId}:user/admin`,
    input: { RoleArn: 'arn:aws:iam::222200000001:role/Member', RoleSessionName: 'test' },
  });

describe('a stack that is deployed to the lab', () => {
  it('makes its roles with their trust, its buckets, and resolves what refers to them', async () => {
    const stack = deploy({ Hub: '111122223333', Home: 'eu-west-1' });
    lab.addAccount('111122223333');

    await expect(assume('111122223333')).resolves.toMatchObject({ Credentials: expect.anything() });
    await expect(assume('222200000001')).rejects.toMatchObject({ code: 'AccessDenied' });
    const [lambda] = stack.resources('AWS::Lambda::Function');
    expect(lambda && stack.resolve(lambda.properties['Role'])).toBe('arn:aws:iam::222200000001:role/Member');
    const [bucket] = stack.resources('AWS::S3::Bucket');
    expect(bucket && stack.refOf(bucket)).toMatch(/^[a-z0-9-]+-runs-222200000001-eu-west-1$/);
  });

  it('leaves out what its condition excludes', () => {
    const stack = deploy({ Home: 'us-east-1' }, { accountId: '222200000003' });
    expect(stack.resources('AWS::IAM::Role')).toEqual([]);
  });

  it.each([
    ['an unknown parameter', '222200000011', { Nonsense: 'x' }, {}, "no parameter 'Nonsense'"],
    ['an unknown function', '222200000012', {}, { 'Fn::Cidr': [] }, 'Fn::Cidr'],
    ['a reference that leads nowhere', '222200000013', {}, { Ref: 'Nobody' }, "'Nobody'"],
  ])('refuses %s', (_what, accountId, parameters, value, message) => {
    expect(() => deploy({ Home: 'x', ...parameters }, { accountId }).resolve(value)).toThrow(message);
  });
});
