import { expect, it } from 'vitest';
import { inputWire, violations } from './model-validation.ts';
import { type ServiceModel, serviceModel } from './service-model.ts';

const inputOf = (service: ServiceModel['service'], operation: string, value: unknown): readonly string[] => {
  const model = serviceModel(service);
  return violations(model, model.operations[operation]?.input ?? '', value, inputWire[model.protocol]);
};

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
const command = { DocumentName: 'Probe', InstanceIds: ['i-0123456789abcdef0'] };

it('the service model finds nothing in a good request', () => {
  expect(inputOf('securityhub', 'BatchImportFindings', { Findings: [finding] })).toEqual([]);
  expect(inputOf('ssm', 'SendCommand', command)).toEqual([]);
});

it.each<[violation: RegExp, changed: object]>([
  [/'null' at 'DocumentName' .* must not be null/, { DocumentName: undefined }],
  [/Unknown member 'page'/, { page: 1 }],
  [/Member must be a string/, { DocumentName: 1 }],
  [/greater than or equal to 30/, { TimeoutSeconds: 29 }],
  [/length less than or equal to 50/, { InstanceIds: Array(51).fill('i-0123456789abcdef0') }],
  [/less than or equal to 100/, { Comment: 'x'.repeat(101) }],
  [/regular expression pattern/, { DocumentName: 'Pr obe' }],
])('the service model finds %s in a command', (violation, changed) => {
  expect(inputOf('ssm', 'SendCommand', { ...command, ...changed })).toEqual([expect.stringMatching(violation)]);
});

it.each<[violation: RegExp, changed: object]>([
  [/Unknown member 'Findings.1.member.Severity.Lable'/, { Severity: { Lable: 'LOW' } }],
  [/enum value set: \[PASSED, WARNING, FAILED, NOT_AVAILABLE\]/, { Compliance: { Status: 'OK' } }],
  [/'Findings.1.member.Title'/, { Title: '  ' }],
])('the service model finds %s in a finding', (violation, changed) => {
  const findings = { Findings: [{ ...finding, ...changed }] };
  expect(inputOf('securityhub', 'BatchImportFindings', findings)).toEqual([expect.stringMatching(violation)]);
});
