import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployStack } from '../lab/aws/cloud-formation/cloud-formation.ts';
import type { DeployedStack } from '../lab/aws/cloud-formation/deployed-stack.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { permissionsOf, refuseUnseen } from './permissions.ts';

describe('what a template says', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(() => lab.close());

  const place = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };
  const allow = { Effect: 'Allow', Action: 'eks:ListClusters', Resource: '*' };
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } };
  const document = (...statements: readonly object[]) => ({ Version: '2012-10-17', Statement: statements });
  const role = (statement: object, more: object = {}): DeployedStack =>
    deployStack(lab, {
      template: {
        Resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: {
              AssumeRolePolicyDocument: document(trust),
              Policies: [{ PolicyName: 'p', PolicyDocument: document(statement) }],
              ...more,
            },
          },
        },
      },
      accountId: place.accountId,
      region: place.region,
    });
  const said = (stack: DeployedStack) => permissionsOf(stack, { template: 't', place });

  it('lets a service in to a function for a source, and stops where anybody else is let in', () => {
    const permission = (more: object = {}) => ({
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:f',
        Principal: 'events.amazonaws.com',
        SourceArn: 'arn:aws:events:eu-west-1:111122223333:rule/r',
        ...more,
      },
    });
    const stack = (more?: object): DeployedStack =>
      deployStack(lab, { ...place, template: { Resources: { Permission: permission(more) } } });
    expect(said(stack())).toHaveLength(1);
    expect(() => said(stack({ Principal: '*' }))).toThrow();
    expect(() => said(stack({ FunctionUrlAuthType: 'NONE' }))).toThrow();
  });

  it.each([
    ['NotAction', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }, {}],
    ['NotResource', { Effect: 'Allow', Action: 'iam:GetUser', NotResource: '*' }, {}],
    ['a managed policy', allow, { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }],
    ['a permission boundary', allow, { PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
    ['a reference that it cannot follow', { ...allow, Resource: { 'Fn::ImportValue': 'Cluster' } }, {}],
    ['a reference into nothing', { ...allow, Resource: { 'Fn::GetAtt': ['Nothing', 'Arn'] } }, {}],
  ])('stops at %s', (_, statement, more) => {
    expect(() => said(role(statement, more))).toThrow();
  });

  it.each([
    'AWS::IAM::ManagedPolicy',
    'AWS::IAM::Policy',
    'AWS::SecretsManager::ResourcePolicy',
    'AWS::Logs::ResourcePolicy',
  ])('stops at %s, which it does not read', (type) => {
    expect(() => refuseUnseen({ Resources: { Stray: { Type: type } } })).toThrow(`Stray (${type})`);
    expect(() => refuseUnseen({ Resources: { Role: { Type: 'AWS::IAM::Role' } } })).not.toThrow();
  });
});
