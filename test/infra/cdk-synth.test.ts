import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../temporary-folder.ts';
import { isInstalled } from './documents/is-installed.ts';
import { everythingOwned, templatesOf } from './synthesise.ts';

// What each combination of settings gives, laws.test.ts looks at in one process; here it is the program that people start.

const output = temporaryFolder();

const start = (command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(command, args, {
    // npx puts node_modules/.bin before everything else on PATH, and takes a second of its own.
    env: {
      PATH: [resolve('node_modules/.bin'), process.env['PATH']].join(delimiter),
      HOME: output,
      CI: 'true',
      ...env,
    },
    encoding: 'utf8',
  });

it('builds what it needs and finds nothing to complain about', () => {
  const settings = join(output, 'organization.yaml');
  copyFileSync('docs/organization.yaml', settings);
  const options = ['--quiet', '--output', output, '--context', `eks-kubelet-audit=${settings}`];
  expect(start('cdk', ['synth', ...options])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('(EksKubeletAudit, EksKubeletAuditMember, EksKubeletAuditStackSet)'),
    stderr: expect.stringMatching(/^\s*$/),
  });

  const template = JSON.parse(readFileSync(join(output, 'EksKubeletAudit.template.json'), 'utf8'));
  expect(JSON.stringify(template.Resources)).toContain('AWS::StepFunctions::StateMachine');
  expect(JSON.parse(readFileSync(join(output, 'organization.lock.json'), 'utf8'))).toMatchObject({ units: ['r-ab12'] });
});

it('says what is wrong with the settings, and stops', () => {
  // As cdk starts it.
  const { status, stderr } = start(process.execPath, ['infra/app.ts'], {
    CDK_OUTDIR: output,
    CDK_CONTEXT_JSON: JSON.stringify({ 'eks-kubelet-audit': 'nowhere.yaml' }),
  });
  expect(status).not.toBe(0);
  expect(stderr).toContain("cannot read the settings in 'nowhere.yaml'");
  expect(stderr).not.toMatch(/^\s+at /m);
});

const regionOfEachPartition = [
  'us-east-1',
  'cn-north-1',
  'us-gov-west-1',
  'us-iso-east-1',
  'us-isob-east-1',
  'us-isof-south-1',
  'eu-isoe-west-1',
  'eusc-de-east-1',
];

// No suite that is skipped: nobody needs Python for the tests, CI neither.
if (isInstalled('cfn-lint'))
  it('has nothing to say to cfn-lint, where that is installed, for a Region of each partition', () => {
    const files = Object.entries(templatesOf(everythingOwned)).map(([name, template]) => {
      const file = join(output, `${name}.lint.json`);
      writeFileSync(file, JSON.stringify(template.toJSON()));
      return file;
    });
    // W3005: CDK says again what a reference says already. E3006: it knows AWS::SecurityHub::ActionTarget in no Region, which AWS documents for all.
    const options = ['--ignore-checks', 'W3005', '--format', 'json', '--regions', ...regionOfEachPartition, '--'];
    const linted = spawnSync('cfn-lint', [...options, ...files], { encoding: 'utf8' });
    const said = z.array(z.looseObject({ Message: z.string() })).parse(JSON.parse(linted.stdout || '[]'));
    expect(
      said.map(({ Message }) => Message).filter((each) => !each.includes('AWS::SecurityHub::ActionTarget')),
    ).toEqual([]);
  });
