import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readOnlyPort } from '../../lambda/core/judge/controls/read-only-port.ts';
import { packedProgram } from '../made-once.ts';

const root = join(import.meta.dirname, '../..');
const lab = join(root, 'test/lab/next-node');
const folder = mkdtempSync(join(tmpdir(), 'jobs-'));
const bin = join(folder, 'bin');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Job {
  readonly defaults?: { readonly run: { readonly 'working-directory': string } };
  readonly steps: readonly {
    readonly name?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, string>>;
  }[];
}

/** The jobs of docs/ci.md that judge nodes before they exist, by their name. */
const jobs = new Map(
  [...readFileSync(join(root, 'docs/ci.md'), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
    .filter(([, body = '']) => body.includes('evaluate next'))
    .flatMap(([, body = '']) => Object.entries<Job>(parse(body).jobs)),
);

/** The scripts of a job as the runner starts them, each with its exit code; it ends with the first that fails. */
function runJob(name: string, workspace: string) {
  const job = jobs.get(name);
  const summary = join(workspace, 'summary.md');
  writeFileSync(summary, '');
  const ran: { readonly name: string; readonly code: number | null; readonly output: string }[] = [];
  for (const { name: step = '', run } of job?.steps ?? []) {
    if (run === undefined) continue;
    const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
      cwd: join(workspace, job?.defaults?.run['working-directory'] ?? '.'),
      encoding: 'utf8',
      env: {
        PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH']}`,
        HOME: folder,
        GITHUB_STEP_SUMMARY: summary,
      },
    });
    ran.push({ name: step, code: status, output: stdout + stderr });
    if (status !== 0) break;
  }
  return { ran, summary: readFileSync(summary, 'utf8') };
}

function workspaceOf(name: string): string {
  const workspace = join(folder, name);
  mkdirSync(join(workspace, 'nodes'), { recursive: true });
  mkdirSync(join(workspace, 'terraform'));
  execFileSync('git', ['init', '-q'], { cwd: workspace });
  return workspace;
}

const command = (name: string, script: string): void =>
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

beforeAll(async () => {
  mkdirSync(bin);
  const program = await packedProgram();
  command('npx', `shift\nexec "${process.execPath}" "${program}" "$@"`);
  // What Terraform itself does with a configuration is not this program's: it writes the plan of the lab.
  command(
    'terraform',
    `case "$1" in init|plan) ;; show) cat "$PLAN_OF_LAB" ;; *) exit 9 ;; esac`.replace(
      '$PLAN_OF_LAB',
      join(lab, 'terraform-plan.json'),
    ),
  );
});

describe('the job of a folder', () => {
  it('shows each failure at its line and how to fix it, and fails', () => {
    const workspace = workspaceOf('failing');
    for (const file of ['karpenter.yaml', 'eksctl.yaml']) cpSync(join(lab, file), join(workspace, 'nodes', file));
    const { ran, summary } = runJob('files', workspace);

    expect(ran.map(({ code }) => code)).toEqual([0, 0, 1]);
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
    execFileSync('git', ['apply', '-'], { cwd: workspace, input: ran[1]?.output ?? '' });
    expect(runJob('files', workspace).ran.map(({ code }) => code)).toEqual([0, 0, 0]);
  });
});

describe('the job of a plan', () => {
  it('fails with the addresses of the node groups, and leaves the plan’s secrets on the runner', () => {
    const { ran, summary } = runJob('plan', workspaceOf('plan'));
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 1]);
    expect(summary.replaceAll('\\_', '_')).toContain('module.eks.module.eks_managed_node_group');
    for (const { output } of [...ran, { output: summary }]) expect(output).not.toContain('EXAMPLE');
  });
});

it('there is a job of each', () => expect([...jobs.keys()]).toEqual(['files', 'plan']));
