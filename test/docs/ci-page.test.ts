import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../lab/estate/estate.ts';
import { action, type Job, jobNamed, runJob, type ServedPackage, servedPackage, workflows } from './run-job.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'ci-page-'));
let served: ServedPackage;
let estate: Estate;
beforeAll(async () => {
  [served, estate] = await Promise.all([servedPackage(folder), startEstate()]);
});
afterAll(async () => {
  served?.server.close();
  await estate?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What configure-aws-credentials leaves in the job's environment. */
const credentials = () => ({
  AWS_ENDPOINT_URL: estate.lab.endpoint,
  AWS_REGION: estate.region,
  AWS_ACCESS_KEY_ID: estate.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: estate.credentials.secretAccessKey,
  AWS_SESSION_TOKEN: estate.credentials.sessionToken ?? '',
});

function workspaceOf(name: string): string {
  const workspace = join(folder, name);
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'waivers.yaml'), 'waivers: []\n');
  return workspace;
}

/** The page's job with other inputs of the action. */
function jobWith(inputs: Readonly<Record<string, string>>): Job {
  const job = jobNamed('audit');
  return {
    ...job,
    steps: job.steps.map((step) =>
      step.uses?.startsWith('OWNER/') ? { ...step, with: { ...step.with, ...inputs } } : step,
    ),
  };
}

describe('the job of docs/ci.md that audits a cluster', () => {
  it('installs the package by its checksum, audits a cluster of the lab, and leaves a SARIF file', async () => {
    const workspace = workspaceOf('audited');
    const { ran, summary } = await runJob(jobWith({ clusters: 'legacy' }), {
      workspace,
      served,
      env: credentials(),
    });
    expect(
      ran.map(({ name, code }) => [name, code]),
      ran.at(-1)?.output,
    ).toEqual([
      ['Install', 0],
      ['Audit', 0],
      ['Decide', 1],
    ]);
    expect(summary).toContain('legacy');
    const sarif = JSON.parse(readFileSync(join(workspace, 'reports/findings.sarif'), 'utf8'));
    expect(sarif.runs[0].results.length).toBeGreaterThan(0);
  });

  it('installs nothing of another checksum', async () => {
    const { ran } = await runJob(jobWith({ sha256: '1'.repeat(64) }), {
      workspace: workspaceOf('changed'),
      served,
      env: credentials(),
    });
    expect(ran.map(({ name, code }) => [name, code])).toEqual([['Install', 1]]);
  });

  it('reads no input as a script or an option', async () => {
    const workspace = workspaceOf('hostile');
    const hostile = '$(touch ran) `touch ran` --output=ran ;touch ran';
    const { ran } = await runJob(jobWith({ clusters: hostile, severity: hostile }), {
      workspace,
      served,
      env: credentials(),
    });
    expect(ran.at(-1)?.code).not.toBe(0);
    expect(readdirSync(workspace)).not.toContain('ran');
  });
});

describe('what a workflow may do', () => {
  const files = [
    ...readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`),
    'action.yml',
    'docs/ci.md',
  ];
  it.each(files)('%s uses actions by the digest of a commit, and no event that gives secrets to a fork', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const used = [...text.matchAll(/^\s*(?:- )?uses: (\S+)/gm)].map(([, name = '']) => name);
    expect(
      used.filter((name) => !/^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/.test(name) && name !== 'OWNER/eks-kubelet-audit@COMMIT'),
    ).toEqual([]);
    expect(text).not.toMatch(/^ *pull_request_target:/m);
  });

  it.each(files)('%s has no expression inside of a script', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const scripts = [...text.matchAll(/^( *)(?:- )?run: (?:\|\n((?:\1 .*\n|\n)*)|.*$)/gm)].map(([script]) => script);
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  it('is only to read the repository, to upload results, and to take AWS credentials by OIDC', () => {
    expect(workflows.length).toBe(3);
    for (const { permissions } of workflows)
      for (const [name, level] of Object.entries(Object(permissions)))
        expect(['contents: read', 'id-token: write', 'security-events: write']).toContain(`${name}: ${level}`);
  });

  it('is in the action nothing but its own scripts', () => {
    expect(action.runs.steps.filter(({ uses }) => uses !== undefined)).toEqual([]);
  });
});
