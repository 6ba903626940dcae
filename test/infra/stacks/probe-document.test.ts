import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { ProbeDocument } from '../../../infra/stacks/member-stack.ts';
import { appAsDeployed, resourcesOf } from '../synthesise.ts';

const stack = new Stack(appAsDeployed(), 'Probe');
new ProbeDocument(stack, 'Probe');
const [document] = resourcesOf(Template.fromStack(stack), 'AWS::SSM::Document');

it('is a command document under the name that the role may run', () => {
  expect(document?.Properties).toMatchObject({
    Name: 'EksKubeletAudit-KubeletProbe',
    DocumentType: 'Command',
    TargetType: '/',
  });
});

it('gets a new version when the probe changes, since its name is taken', () => {
  expect(document?.Properties['UpdateMethod']).toBe('NewVersion');
});

it('takes no parameter: there is nothing to inject', () => {
  expect(document?.Properties['Content']).not.toHaveProperty('parameters');
});

it('leaves nothing for SSM or CloudFormation to fill in', () => {
  const content = JSON.stringify(document?.Properties['Content']);
  expect(content).not.toMatch(/\{\{/);
  expect(content).not.toMatch(/"(Ref|Fn::\w+)"/);
});

it('fits into what SSM stores', () => {
  expect(Buffer.byteLength(JSON.stringify(document?.Properties['Content']))).toBeLessThan(64 * 1024);
});
