import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { environment } from '../../lambda/contract/environment.ts';
import { waiversFile } from '../../lambda/contract/names.ts';
import { deployedWaivers } from '../../lambda/wiring/deployed-waivers.ts';

const folder = mkdtempSync(join(tmpdir(), 'deployed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const deployed = (name: string) =>
  deployedWaivers({ env: { [environment.waivers]: name }, folder, benchmark: 'cis-eks-1.8.0', longestWaiver: 36_500 });

it('are read from beside the code', async () => {
  const entry = '{ control: 3.2.3, cluster: prod-*, reason: replaced in January, owner: team-a, expires: 2026-12-31 }';
  writeFileSync(join(folder, waiversFile), `waivers:\n  - ${entry}\n`);
  expect(await deployed(waiversFile)).toMatchObject([{ control: 'kubelet-client-ca-file', nodeGroup: '*' }]);
});

it('are none when the deployment has none', async () => {
  expect(await deployed('')).toEqual([]);
});

it('stop the audit when they are missing or misread', async () => {
  writeFileSync(join(folder, 'broken.yaml'), 'waivers:\n  - control: 3.2.3\n');
  await expect(deployed('broken.yaml')).rejects.toThrow(/'broken\.yaml' cannot be used: waiver 1: cluster is missing/);
  await expect(deployed('gone.yaml')).rejects.toThrow(/gone\.yaml' cannot be read/);
});
