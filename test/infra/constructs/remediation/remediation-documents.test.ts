import { expect, it } from 'vitest';
import { remediationDocuments } from '../../../../infra/stacks/remediation-member-stack.ts';
import { type Resource, resourcesOf, templateOf, textOf } from '../../synthesise.ts';

const template = templateOf((stack) => remediationDocuments(stack));
const [document, runbook] = resourcesOf(template, 'AWS::SSM::Document');
const contentOf = (each: Resource | undefined) => Object(each?.Properties['Content']);
const { AutomationAssumeRole } = contentOf(runbook).parameters;
const role = (name: string) => `arn:<AWS::Partition>:iam::<AWS::AccountId>:role/${name}`;

it('is a command and a runbook under the names that roles may run', () => {
  expect(document?.Properties).toMatchObject({ Name: 'EksKubeletAudit-RemediateKubelet', DocumentType: 'Command' });
  expect(runbook?.Properties).toMatchObject({ Name: 'EksKubeletAudit-RemediateKubelets', DocumentType: 'Automation' });
  const run = JSON.stringify(contentOf(runbook)).matchAll(/"DocumentName":"([^"]+)"/g);
  expect(new Set(run.map(([, name]) => name))).toEqual(new Set([document?.Properties['Name']]));
});

it('gets new versions when its text changes, since names are taken', () => {
  for (const each of [document, runbook]) expect(each?.Properties['UpdateMethod']).toBe('NewVersion');
});

it('acts under the role of the runbook when no other is named', () => {
  expect(textOf(AutomationAssumeRole.default)).toBe(role('EksKubeletAuditRunbook'));
});

it('leaves nothing in the command for CloudFormation to fill in', () => {
  expect(JSON.stringify(contentOf(document))).not.toMatch(/"(Ref|Fn::\w+)"/);
});
