import { expect, it } from 'vitest';
import { typeFaults } from './resource-types.ts';

const queue = (properties: object) => ({ Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: properties } } });
const bucket = (properties: object) => ({ Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: properties } } });

it('takes what CloudFormation takes: references, conditions, nested properties, tags', () => {
  expect(
    typeFaults(
      queue({
        KmsMasterKeyId: { 'Fn::If': ['Own', { Ref: 'Key' }, { Ref: 'AWS::NoValue' }] },
        MessageRetentionPeriod: 60,
        SqsManagedSseEnabled: true,
        RedrivePolicy: { deadLetterTargetArn: 'arn', maxReceiveCount: 3 },
        Tags: [
          { Key: 'owner', Value: { Ref: 'Owner' } },
          { Key: 'cost-center', Value: '1' },
        ].slice(1),
      }),
    ),
  ).toEqual([]);
  expect(typeFaults({ Resources: { Button: { Type: 'AWS::SecurityHub::ActionTarget' } } })).toEqual([]);
});

it.each([
  ['an unknown resource type', { Resources: { It: { Type: 'AWS::SQS::Quue' } } }, /no resource type AWS::SQS::Quue/],
  ['an unknown property', queue({ KmsKey: 'x' }), /no property KmsKey/],
  ['a number written as a text', queue({ DelaySeconds: '5' }), /DelaySeconds is "5", not an integer/],
  ['a flag written as a text', queue({ FifoQueue: 'true' }), /not true or false/],
  ['another type in one branch of a condition', queue({ DelaySeconds: { 'Fn::If': ['C', 5, 'five'] } }), /"five"/],
  ['an object in place of a list', queue({ Tags: { owner: 'me' } }), /not a list/],
  [
    'a missing property, deep inside',
    bucket({ VersioningConfiguration: {} }),
    /VersioningConfiguration: Status is missing/,
  ],
  ['a missing property at the top', { Resources: { It: { Type: 'AWS::Lambda::Function' } } }, /Code is missing/],
])('finds %s', (_, template, fault) => {
  expect(typeFaults(template).join('\n')).toMatch(fault);
});
