import { describe, expect, it } from 'vitest';
import { matchesPattern } from './event-pattern.ts';

const event = {
  source: 'aws.securityhub',
  'detail-type': 'Security Hub Findings - Imported',
  resources: ['arn:a', 'arn:b'],
  detail: {
    empty: '',
    nothing: null,
    none: [],
    count: 7,
    bool: false,
    file: 'runs/2026/summary.json',
    findings: [
      {
        GeneratorId: 'eks-kubelet-audit/3.2.3',
        Compliance: { Status: 'FAILED' },
        RecordState: 'ACTIVE',
        Severity: { Normalized: 70 },
        Resources: [
          { Type: 'AwsEksCluster', Id: 'c' },
          { Type: 'AwsEc2Instance', Id: 'i' },
        ],
      },
    ],
  },
};
const ofFindings = (pattern: object) => ({ detail: { findings: pattern } });
const ofDetail = (pattern: object) => ({ detail: pattern });

describe('a pattern', () => {
  it.each<[what: string, pattern: object, expected: boolean]>([
    ['an exact value', { source: ['aws.securityhub'] }, true],
    ['another value', { source: ['aws.ec2'] }, false],
    ['one of several values', { source: ['aws.ec2', 'aws.securityhub'] }, true],
    ['a field that is not there', { nowhere: ['x'] }, false],
    ['one field of two', { source: ['aws.securityhub'], 'detail-type': ['other'] }, false],
    ['an element of a list', { resources: ['arn:b'] }, true],
    ['a number', ofDetail({ count: [7] }), true],
    ['a number as text', ofDetail({ count: ['7'] }), false],
    ['null', ofDetail({ nothing: [null] }), true],
    ['false', ofDetail({ bool: [false] }), true],
    ['an empty text', ofDetail({ empty: [''] }), true],

    ['a field within a list of objects', ofFindings({ Compliance: { Status: ['FAILED'] } }), true],
    ['another within a list of objects', ofFindings({ Compliance: { Status: ['PASSED'] } }), false],
    ['fields of one element', ofFindings({ Resources: { Type: ['AwsEc2Instance'], Id: ['i'] } }), true],
    ['fields of two elements', ofFindings({ Resources: { Type: ['AwsEc2Instance'], Id: ['c'] } }), false],

    ['a prefix', ofFindings({ GeneratorId: [{ prefix: 'eks-kubelet-audit/' }] }), true],
    ['another prefix', ofFindings({ GeneratorId: [{ prefix: 'kube-bench' }] }), false],
    ['a prefix in other letters', { source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }, true],
    ['a suffix', ofDetail({ file: [{ suffix: '.json' }] }), true],
    ['another suffix', ofDetail({ file: [{ suffix: '.txt' }] }), false],
    ['other letters', { source: [{ 'equals-ignore-case': 'AWS.SecurityHub' }] }, true],
    ['a wildcard', ofDetail({ file: [{ wildcard: 'runs/*/*.json' }] }), true],
    ['a wildcard that does not reach the end', ofDetail({ file: [{ wildcard: 'runs/*/summary' }] }), false],
    ['an escaped wildcard', ofDetail({ file: [{ wildcard: 'runs/\\*/summary.json' }] }), false],

    ['anything but a value', { source: [{ 'anything-but': 'aws.ec2' }] }, true],
    ['anything but that value', { source: [{ 'anything-but': ['aws.ec2', 'aws.securityhub'] }] }, false],
    ['anything but a number', ofDetail({ count: [{ 'anything-but': [1, 2] }] }), true],
    ['anything but a prefix', { source: [{ 'anything-but': { prefix: 'aws.' } }] }, false],
    ['anything but another prefix', { source: [{ 'anything-but': { prefix: ['mine.', 'yours.'] } }] }, true],
    ['anything but a suffix', ofDetail({ file: [{ 'anything-but': { suffix: '.json' } }] }), false],
    ['anything, of a field that is not there', { nowhere: [{ 'anything-but': 'x' }] }, false],
    ['anything but one of the elements', { resources: [{ 'anything-but': 'arn:a' }] }, true],

    ['a number in a range', ofFindings({ Severity: { Normalized: [{ numeric: ['>=', 40, '<', 90] }] } }), true],
    ['a number out of range', ofFindings({ Severity: { Normalized: [{ numeric: ['>', 70] }] } }), false],
    ['an equal number', ofDetail({ count: [{ numeric: ['=', 7] }] }), true],
    ['a range of a text', { source: [{ numeric: ['>', 0] }] }, false],

    ['a field that exists', ofDetail({ count: [{ exists: true }] }), true],
    ['a field that does not exist', ofDetail({ absent: [{ exists: true }] }), false],
    ['the absence of a field', ofDetail({ absent: [{ exists: false }] }), true],
    ['the absence of a field that is there', ofDetail({ count: [{ exists: false }] }), false],
    ['the absence below something absent', ofDetail({ absent: { deeper: [{ exists: false }] } }), true],
    ['an object, which is no leaf', { detail: { findings: [{ exists: true }] } }, false],
    ['absence or a value', ofDetail({ absent: [{ exists: false }, 'x'] }), true],

    ['one of two alternatives', { $or: [{ source: ['x'] }, { 'detail-type': [{ prefix: 'Security' }] }] }, true],
    ['neither alternative', { $or: [{ source: ['x'] }, { source: ['y'] }] }, false],
    ['an alternative beside a field', { source: ['x'], $or: [{ resources: ['arn:a'] }, { source: ['y'] }] }, false],
    [
      'an alternative further in',
      ofFindings({ $or: [{ RecordState: ['ARCHIVED'] }, { RecordState: ['ACTIVE'] }] }),
      true,
    ],
  ])('asks for %s', (_, pattern, expected) => {
    expect(matchesPattern({ ...pattern }, event)).toBe(expected);
  });

  it.each<[what: string, pattern: object]>([
    ['nothing', {}],
    ['a bare value', { source: 'aws.securityhub' }],
    ['an empty list', { source: [] }],
    ['an empty object', { detail: {} }],
    ['an unknown matcher', { source: [{ like: 'x' }] }],
    ['two matchers in one', { source: [{ prefix: 'a', suffix: 'b' }] }],
    ['an empty prefix', { source: [{ prefix: '' }] }],
    ['a comparison without a number', { source: [{ numeric: ['>'] }] }],
    ['an unknown comparison', { source: [{ numeric: ['~', 1] }] }],
    ['exists with a word', { source: [{ exists: 'yes' }] }],
    ['two stars', { source: [{ wildcard: 'a**' }] }],
    ['one alternative', { $or: [{ source: ['x'] }] }],
    ['a mistake beside what does not fit', { source: ['x'], detail: { count: 7 } }],
  ])('that asks for %s is refused', (_, pattern) => {
    expect(() => matchesPattern({ ...pattern }, event)).toThrow('event pattern is not valid');
  });
});
