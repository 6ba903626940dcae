import { expect, it } from 'vitest';
import {
  ResponseParameters,
  responseParameterName,
} from '../../../../infra/constructs/remediation/response-runbook.ts';
import { findingTitle } from '../../../../lambda/core/judge/controls/catalogue/finding-title.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { resourcesOf, templateOf } from '../../synthesise.ts';

const template = templateOf((stack) => new ResponseParameters(stack, 'Response'));
const parameters = resourcesOf(template, 'AWS::SSM::Parameter').map((each) => each.Properties);

it('answers for each of them with the runbook that takes a finding, and no role: its own is used', () => {
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
