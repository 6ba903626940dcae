import { describe, expect, it } from 'vitest';
import { resolvedStack } from '../lab/aws/cloud-formation/cloud-formation.ts';
import { permissionsOf, refuseUnseen } from './permissions.ts';

describe('what a template says', () => {
  const place = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };
  const allow = { Effect: 'Allow', Action: 'eks:ListClusters', Resource: '*' };
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } };
  const document = (statement: object) => ({ Version: '2012-10-17', Statement: [statement] });
  const said = (Type: string, Properties: object) =>
    permissionsOf(resolvedStack({ ...place, template: { Resources: { It: { Type, Properties } } } }), {
      template: 't',
      place,
    });
  const role = (statement: object, more: object = {}) => ({
    AssumeRolePolicyDocument: document(trust),
    Policies: [{ PolicyName: 'p', PolicyDocument: document(statement) }],
    ...more,
  });
  const permission = {
    Action: 'lambda:InvokeFunction',
    FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:f',
    Principal: 'events.amazonaws.com',
    SourceArn: 'arn:aws:events:eu-west-1:111122223333:rule/r',
  };

  it('is read of a role, and of a function that a service may invoke for a source', () => {
    expect(said('AWS::IAM::Role', role(allow))).toHaveLength(2);
    expect(said('AWS::Lambda::Permission', permission)).toHaveLength(1);
  });

  it.each([
    ['NotAction', 'IAM::Role', role({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })],
    ['NotResource', 'IAM::Role', role({ Effect: 'Allow', Action: 'iam:GetUser', NotResource: '*' })],
    ['a managed policy', 'IAM::Role', role(allow, { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] })],
    ['a boundary', 'IAM::Role', role(allow, { PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' })],
    ['a reference that it cannot follow', 'IAM::Role', role({ ...allow, Resource: { 'Fn::ImportValue': 'Cluster' } })],
    ['a reference into nothing', 'IAM::Role', role({ ...allow, Resource: { 'Fn::GetAtt': ['Nothing', 'Arn'] } })],
    ['a function for everybody', 'Lambda::Permission', { ...permission, Principal: '*' }],
    ['a function behind a URL', 'Lambda::Permission', { ...permission, FunctionUrlAuthType: 'NONE' }],
  ])('stops at %s', (_, type, properties) => {
    expect(() => said(`AWS::${type}`, properties)).toThrow();
  });

  it.each(['IAM::ManagedPolicy', 'IAM::Policy', 'SecretsManager::ResourcePolicy', 'Logs::ResourcePolicy'])(
    'stops at AWS::%s, which it does not read',
    (type) => {
      expect(() => refuseUnseen({ Resources: { Stray: { Type: `AWS::${type}` } } })).toThrow(`Stray (AWS::${type})`);
      expect(() => refuseUnseen({ Resources: { Role: { Type: 'AWS::IAM::Role' } } })).not.toThrow();
    },
  );
});
