import { describe, expect, it } from 'vitest';
import { inputWire, outputWire, violations } from './model-validation.ts';
import { type ServiceModel, serviceModel } from './service-model.ts';

function inputOf(service: ServiceModel['service'], operation: string, value: unknown): readonly string[] {
  const model = serviceModel(service);
  return violations(model, model.operations[operation]?.input ?? '', value, inputWire[model.protocol]);
}

const finding = {
  SchemaVersion: '2018-10-08',
  Id: 'a',
  ProductArn: 'arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default',
  GeneratorId: 'g',
  AwsAccountId: '111122223333',
  CreatedAt: '2026-11-24T00:00:00Z',
  UpdatedAt: '2026-11-24T00:00:00Z',
  Title: 'two\nlines',
  Description: 'd',
  Resources: [{ Type: 'AwsEksCluster', Id: 'arn' }],
};

describe('the service model', () => {
  it('finds nothing in a good request', () => {
    expect(inputOf('securityhub', 'BatchImportFindings', { Findings: [finding] })).toEqual([]);
    expect(inputOf('ssm', 'SendCommand', { DocumentName: 'Probe', InstanceIds: ['i-0123456789abcdef0'] })).toEqual([]);
  });

  it.each<[what: string, service: ServiceModel['service'], operation: string, input: unknown, violation: RegExp]>([
    ['a missing member', 'eks', 'DescribeCluster', {}, /'null' at 'name' .* must not be null/],
    ['an unknown member', 'eks', 'ListClusters', { page: 1 }, /Unknown member 'page'/],
    [
      'an unknown member deep inside',
      'securityhub',
      'BatchImportFindings',
      { Findings: [{ ...finding, Severity: { Lable: 'LOW' } }] },
      /Unknown member 'Findings.1.member.Severity.Lable'/,
    ],
    ['a wrong type', 'eks', 'DescribeCluster', { name: 1 }, /Member must be a string/],
    [
      'a number that is too small',
      'ssm',
      'SendCommand',
      { DocumentName: 'Probe', TimeoutSeconds: 29 },
      /greater than or equal to 30/,
    ],
    [
      'a list that is too long',
      'ssm',
      'SendCommand',
      { DocumentName: 'Probe', InstanceIds: Array.from({ length: 51 }, () => 'i-0123456789abcdef0') },
      /length less than or equal to 50/,
    ],
    [
      'a text that is too long',
      'ssm',
      'SendCommand',
      { DocumentName: 'Probe', Comment: 'x'.repeat(101) },
      /less than or equal to 100/,
    ],
    ['a text that breaks its pattern', 'ssm', 'SendCommand', { DocumentName: 'Pr obe' }, /regular expression pattern/],
    [
      'a text outside its enum',
      'securityhub',
      'BatchImportFindings',
      { Findings: [{ ...finding, Compliance: { Status: 'OK' } }] },
      /enum value set: \[PASSED, WARNING, FAILED, NOT_AVAILABLE\]/,
    ],
    [
      'a blank text',
      'securityhub',
      'BatchImportFindings',
      { Findings: [{ ...finding, Title: '  ' }] },
      /'Findings.1.member.Title'/,
    ],
  ])('finds %s', (_, service, operation, input, violation) => {
    expect(inputOf(service, operation, input)).toEqual([expect.stringMatching(violation)]);
  });

  it('asks for times as the protocol writes them', () => {
    const model = serviceModel('eks');
    const check = (createdAt: unknown) =>
      violations(model, 'DescribeClusterResponse', { cluster: { createdAt } }, outputWire('rest-json'));

    expect(check(1_700_000_000)).toEqual([]);
    expect(check('2026-11-24T00:00:00Z')).toEqual([expect.stringContaining('seconds since 1970')]);
  });
});
