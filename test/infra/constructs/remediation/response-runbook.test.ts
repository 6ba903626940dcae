import { Aws, CfnCondition, Fn } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import {
  responseParameterName,
  responseParameters,
  responseRunbook,
} from '../../../../infra/constructs/remediation/response-runbook.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { findingTitle } from '../../../../lambda/core/judge/controls/shared/about.ts';
import { resourcesOf, templateOf, textOf } from '../../synthesise.ts';

const template = templateOf((stack) => {
  const here = new CfnCondition(stack, 'Here', { expression: Fn.conditionEquals(Aws.REGION, 'eu-west-1') });
  responseRunbook(stack, here);
  responseParameters(stack);
});
const [role] = resourcesOf(template, 'AWS::IAM::Role');
const [document] = resourcesOf(template, 'AWS::SSM::Document');
const parameters = resourcesOf(template, 'AWS::SSM::Parameter').map((each) => each.Properties);

it('has names that the role of Automated Security Response may start and pass', () => {
  expect(document?.Properties['Name']).toMatch(/^ASR-/);
  expect(role?.Properties['RoleName']).toMatch(/^SO0111-/);
});

it('takes the two parameters that Automated Security Response gives', () => {
  expect(Object.keys(Object(document?.Properties['Content']).parameters)).toEqual(['Finding', 'AutomationAssumeRole']);
});

it('acts under its own role, whatever role it is given', () => {
  expect(textOf(Object(document?.Properties['Content']).assumeRole)).toBe(
    'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/SO0111-EksKubeletAuditRemediateFinding',
  );
});

it('answers for each control that can be fixed with the runbook that takes a finding, and no role: its own is used', () => {
  const fixable = controls.filter(({ about }) => about.kind === 'setting' || about.kind === 'file');
  const names = fixable.map((control) => responseParameterName(findingTitle(control)));
  expect(parameters.map((each) => each['Name'])).toEqual(names);
  for (const { Value } of parameters)
    expect(JSON.parse(String(Value))).toEqual({ RunbookName: 'ASR-EksKubeletAuditRemediateFinding', RunbookRole: '' });
});

it('has one parameter for each title, of a name that SSM takes', () => {
  const names = parameters.map((each) => String(each['Name']));
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^\/Solutions\/SO0111\/[a-zA-Z0-9._-]{2,}$/);
});

// As clean_ssm does: dots in pairs go, then what is no letter, digit, dot, dash or underscore becomes a dash, then the ends are cleared.
it.each([
  [
    'Kubelet must reject anonymous requests - anonymous.enabled',
    'Kubelet-must-reject-anonymous-requests---anonymous.enabled',
  ],
  ['file of --config belongs to root root', 'file-of---config-belongs-to-root-root'],
  [' a/b..c\\d e. ', 'a-bc-d-e'],
])('makes of the title %j what Automated Security Response makes of it', (title, name) => {
  expect(responseParameterName(title)).toBe(`/Solutions/SO0111/${name}`);
});
