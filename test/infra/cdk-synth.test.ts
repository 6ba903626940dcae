import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { seconds } from '../patience.ts';
import { withRemediation } from './with-remediation.ts';

const output = mkdtempSync(join(tmpdir(), 'cdk-out-'));
afterAll(() => rmSync(output, { recursive: true, force: true }));

/** `npx cdk synth`, without npx's own second: npx puts node_modules/.bin before everything else on PATH. */
function cdkSynth(...options: readonly string[]) {
  const path = [resolve('node_modules/.bin'), process.env['PATH']].join(delimiter);
  return spawnSync('cdk', ['synth', '--quiet', '--output', output, ...options], {
    env: { PATH: path, HOME: output, CI: 'true' },
    encoding: 'utf8',
  });
}

const templateIn = (stack: string) => JSON.parse(readFileSync(join(output, `${stack}.template.json`), 'utf8'));

/** What a good synthesis says: which stacks there are, and nothing to complain about. */
const synthesised = (...stacks: readonly string[]) => ({
  status: 0,
  stdout: expect.stringContaining(`(${stacks.join(', ')})`),
  stderr: expect.stringMatching(/^\s*$/),
});

it('builds what it needs and finds nothing to complain about', { timeout: seconds(120) }, () => {
  expect(cdkSynth()).toMatchObject(synthesised('EksKubeletAudit', 'EksKubeletAuditMember'));

  const typesOf = (stack: string) =>
    Object.values<{ readonly Type: string }>(templateIn(stack).Resources).map((each) => each.Type);
  expect(typesOf('EksKubeletAudit')).toContain('AWS::StepFunctions::StateMachine');
  expect(typesOf('EksKubeletAuditMember')).toEqual(['AWS::IAM::Role', 'AWS::SSM::Document']);
});

it('gives a StackSet too for an organization', { timeout: seconds(120) }, () => {
  expect(cdkSynth('--context', 'eks-kubelet-audit=docs/organization.yaml')).toMatchObject(
    synthesised('EksKubeletAudit', 'EksKubeletAuditMember', 'EksKubeletAuditStackSet'),
  );
  expect(JSON.stringify(templateIn('EksKubeletAuditStackSet'))).toContain('AWS::CloudFormation::StackSet');
});

it('gives the stacks of remediation when it is asked for, and not before', { timeout: seconds(120) }, () => {
  expect(readdirSync(output).filter((file) => /Remediation.*template\.json$/.test(file))).toEqual([]);

  const file = join(output, 'remediation.yaml');
  writeFileSync(file, withRemediation(readFileSync('docs/organization.yaml', 'utf8')));
  expect(cdkSynth('--context', `eks-kubelet-audit=${file}`)).toMatchObject(
    synthesised(
      'EksKubeletAudit',
      'EksKubeletAuditMember',
      'EksKubeletAuditStackSet',
      'EksKubeletAuditRemediation',
      'EksKubeletAuditRemediationMember',
      'EksKubeletAuditRemediationStackSet',
    ),
  );
});

it('says what is wrong with the settings, and stops', () => {
  const { status, stderr } = cdkSynth('--context', 'eks-kubelet-audit=nowhere.yaml');
  expect(status).not.toBe(0);
  expect(stderr).toContain("cannot read the settings in 'nowhere.yaml'");
  expect(stderr).not.toMatch(/^\s+at /m);
});
