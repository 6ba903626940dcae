import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { awsVariables } from '../cli/run-cli.ts';
import { type Estate, startEstate } from '../lab/estate/estate.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { action, jobNamed, runJob, type ServedPackage, servedPackage, workflows } from './run-job.ts';

const root = join(import.meta.dirname, '../..');
const folder = temporaryFolder();
let served: ServedPackage;
let estate: Estate;
beforeAll(async () => {
  [served, estate] = await Promise.all([servedPackage(folder), startEstate()]);
});
afterAll(async () => {
  served?.server.close();
  await estate?.close();
});

/** The page's job with other inputs of the action, and what configure-aws-credentials leaves in its environment. */
async function run(name: string, inputs: Readonly<Record<string, string>>) {
  const workspace = join(folder, name);
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'waivers.yaml'), 'waivers: []\n');
  const job = jobNamed('audit');
  const steps = job.steps.map((step) =>
    step.uses?.startsWith('OWNER/') ? { ...step, with: { ...step.with, ...inputs } } : step,
  );
  const env = awsVariables(estate.lab, estate.credentials, estate.region);
  return { workspace, ...(await runJob({ ...job, steps }, { workspace, served, env })) };
}

describe('the job of docs/ci.md that audits a cluster', () => {
  it('installs the package by its checksum, audits a cluster of the lab, and leaves a SARIF file', async () => {
    const { workspace, ran, summary } = await run('audited', { clusters: 'legacy' });
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

  it.each([
    ['one cluster', 'vault', ['vault'], ['payments', 'legacy', 'fleet']],
    ['clusters with spaces between them', ' vault  legacy ', ['vault', 'legacy'], ['payments', 'fleet']],
    ['several lines', 'payments  vault\n\n  legacy\n', ['payments', 'vault', 'legacy'], ['fleet']],
    ['no cluster, which means all of the Region', '', ['payments', 'vault', 'legacy', 'fleet'], []],
  ])('audits each cluster of an input with %s, and no other', async (name, clusters, audited, others) => {
    const { ran, summary } = await run(name.replaceAll(/\W/g, '-'), { clusters });
    expect(ran.at(-1)?.name).toBe('Decide');
    for (const cluster of audited) expect(summary).toMatch(new RegExp(`\\b${cluster}\\b`));
    for (const cluster of others) expect(summary).not.toMatch(new RegExp(`\\b${cluster}\\b`));
  });

  it('does not install a file with another checksum', async () => {
    const { ran } = await run('changed', { sha256: '1'.repeat(64) });
    expect(ran.map(({ name, code }) => [name, code])).toEqual([['Install', 1]]);
  });

  it('reads no input as a script or an option', async () => {
    const hostile = '$(touch ran) `touch ran` --output=ran ;touch ran';
    const { workspace, ran } = await run('hostile', { clusters: hostile, severity: hostile });
    expect(ran.at(-1)?.code).not.toBe(0);
    expect(readdirSync(workspace)).not.toContain('ran');
  });
});

describe('the permissions of a workflow', () => {
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

  it.each(files.filter((file) => file.endsWith('.yml')))(
    '%s gives no secret or right to a job that installs packages',
    (file) => {
      const { jobs = {} } = Object(parse(readFileSync(join(root, file), 'utf8')));
      for (const [name, job] of Object.entries(jobs)) {
        const text = JSON.stringify(job);
        const isTrusted = /secrets\.|"environment":|: ?"write"/.test(text);
        expect(isTrusted && /npm (?:ci|install|run)|npx /.test(text), name).toBe(false);
      }
    },
  );

  it('is only to read the repository, to upload results, and to take AWS credentials by OIDC', () => {
    expect(workflows.length).toBe(3);
    for (const { permissions } of workflows)
      for (const [name, level] of Object.entries(Object(permissions)))
        expect(['contents: read', 'id-token: write', 'security-events: write']).toContain(`${name}: ${level}`);
  });

  it('is in the action only for its own scripts', () => {
    expect(action.runs.steps.filter(({ uses }) => uses !== undefined)).toEqual([]);
  });
});
