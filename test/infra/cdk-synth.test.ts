import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';

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

it('builds what it needs and finds nothing to complain about', { timeout: 120_000 }, () => {
  const { status, stderr } = cdkSynth();
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.not.stringMatching(/warning|error/i) });

  const template = JSON.parse(readFileSync(join(output, 'EksKubeletAudit.template.json'), 'utf8'));
  const types = Object.values<{ readonly Type: string }>(template.Resources).map((each) => each.Type);
  expect(types).toContain('AWS::Lambda::Function');
});

it('says what is wrong with the settings, and stops', { timeout: 60_000 }, () => {
  const { status, stderr } = cdkSynth('--context', 'eks-kubelet-audit=nonsense');
  expect(status).not.toBe(0);
  expect(stderr).toContain("cdk.json: context 'eks-kubelet-audit' must be an object of settings");
  expect(stderr).not.toMatch(/^\s+at /m);
});
