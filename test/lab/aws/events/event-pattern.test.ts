import { expect, it } from 'vitest';
import { matchesPattern } from './event-pattern.ts';

const resources = [
  { Type: 'AwsEksCluster', Id: 'c' },
  { Type: 'AwsEc2Instance', Id: 'i' },
];
const event = {
  source: 'aws.securityhub',
  resources: ['arn:a', 'arn:b'],
  detail: { count: 7, findings: [{ GeneratorId: 'eks-kubelet-audit/3.2.3', Resources: resources }] },
};
const ofFindings = (pattern: object) => ({ detail: { findings: pattern } });

it.each<[what: string, pattern: object, expected: boolean]>([
  ['one of several values', { source: ['aws.ec2', 'aws.securityhub'] }, true],
  ['a field that is not there', { nowhere: ['x'] }, false],
  ['one field of two', { source: ['aws.securityhub'], resources: ['other'] }, false],
  ['an element of a list', { resources: ['arn:b'] }, true],
  ['a number as text', { detail: { count: ['7'] } }, false],
  ['fields of one element', ofFindings({ Resources: { Type: ['AwsEc2Instance'], Id: ['i'] } }), true],
  ['fields of two elements', ofFindings({ Resources: { Type: ['AwsEc2Instance'], Id: ['c'] } }), false],
  ['a prefix', ofFindings({ GeneratorId: [{ prefix: 'eks-kubelet-audit/' }] }), true],
  ['another prefix', ofFindings({ GeneratorId: [{ prefix: 'kube-bench' }] }), false],
  ['an object, which is no leaf', { detail: { findings: ['FAILED'] } }, false],
])('an event pattern that asks for %s is decided as EventBridge does', (_, pattern, expected) => {
  expect(matchesPattern({ ...pattern }, event)).toBe(expected);
});

it.each<[what: string, pattern: object]>([
  ['nothing', {}],
  ['a bare value', { source: 'aws.securityhub' }],
  ['an empty list', { source: [] }],
  ['an empty object', { detail: {} }],
  ['a matcher that the lab does not know', { source: [{ 'anything-but': 'x' }] }],
  ['two matchers in one', { source: [{ prefix: 'a', suffix: 'b' }] }],
  ['an empty prefix', { source: [{ prefix: '' }] }],
  ['a mistake beside what does not fit', { source: ['x'], detail: { count: 7 } }],
])('an event pattern that asks for %s is refused', (_, pattern) => {
  expect(() => matchesPattern({ ...pattern }, event)).toThrow('event pattern is not valid');
});
