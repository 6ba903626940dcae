import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readOnlyPort } from '../../lambda/core/judge/controls/setting-controls.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { jobNamed, runJob, type ServedPackage, servedPackage } from './run-job.ts';

const root = join(import.meta.dirname, '../..');
const lab = join(root, 'test/lab/next-node');
const folder = temporaryFolder();
const bin = join(folder, 'bin');

function workspaceOf(name: string): string {
  const workspace = join(folder, name);
  mkdirSync(join(workspace, 'nodes'), { recursive: true });
  mkdirSync(join(workspace, 'terraform'));
  execFileSync('git', ['init', '-q'], { cwd: workspace });
  return workspace;
}

let served: ServedPackage;
beforeAll(async () => {
  mkdirSync(bin);
  served = await servedPackage(folder);
  // What Terraform itself does with a configuration is not this program's: it writes the plan of the lab.
  writeFileSync(
    join(bin, 'terraform'),
    `#!/bin/sh\ncase "$1" in init|plan) ;; show) cat "${join(lab, 'terraform-plan.json')}" ;; *) exit 9 ;; esac\n`,
    { mode: 0o755 },
  );
});
afterAll(() => served?.server.close());
const run = (name: string, workspace: string) => runJob(jobNamed(name), { workspace, served, path: bin });

describe('the job of a folder', () => {
  it('shows each failure at its line and how to fix it, and fails', async () => {
    const workspace = workspaceOf('failing');
    for (const file of ['karpenter.yaml', 'eksctl.yaml']) cpSync(join(lab, file), join(workspace, 'nodes', file));
    const { ran, summary } = await run('files', workspace);

    expect(ran.map(({ code }) => code)).toEqual([0, 0, 0, 1]);
    expect(summary).toContain(readOnlyPort.title);
    const sarif = JSON.parse(readFileSync(join(workspace, 'next.sarif'), 'utf8'));
    const places = sarif.runs[0].results.map(
      (each: { locations: { physicalLocation: unknown }[] }) => each.locations[0]?.physicalLocation,
    );
    expect(places).toContainEqual(
      expect.objectContaining({
        artifactLocation: expect.objectContaining({ uri: 'nodes/karpenter.yaml' }),
        region: expect.objectContaining({ startLine: 22 }),
      }),
    );
    execFileSync('git', ['apply', '-'], { cwd: workspace, input: ran[2]?.output ?? '' });
    expect((await run('files', workspace)).ran.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  });
});

describe('the job of a plan', () => {
  it('fails with the addresses of the node groups, and leaves the plan’s secrets on the runner', async () => {
    const { ran, summary } = await run('plan', workspaceOf('plan'));
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 0, 1]);
    expect(summary.replaceAll('\\_', '_')).toContain('module.eks.module.eks_managed_node_group');
    for (const { output } of [...ran, { output: summary }]) expect(output).not.toContain('EXAMPLE');
  });
});
