import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { CertificateAuthority } from '../lab/kubernetes/certificates.ts';
import { packedPackage } from '../made-once.ts';

const root = join(import.meta.dirname, '../..');

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly permissions?: unknown;
  readonly defaults?: { readonly run: { readonly 'working-directory': string } };
  readonly steps: readonly Step[];
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

export const action: Action = parse(readFileSync(join(root, 'action.yml'), 'utf8'));

/** The workflows of docs/ci.md, each with its jobs. */
export const workflows: readonly Readonly<Record<string, unknown> & { jobs: Readonly<Record<string, Job>> }>[] = [
  ...readFileSync(join(root, 'docs/ci.md'), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm),
]
  .map(([, body = '']) => parse(body))
  .filter(({ jobs }) => jobs);

export const jobNamed = (name: string): Job =>
  workflows.flatMap(({ jobs }) => Object.entries(jobs)).find(([each]) => each === name)?.[1] ?? { steps: [] };

/** Where a release's package is, behind TLS that `curl` verifies by this CA. */
export interface ServedPackage {
  readonly address: string;
  readonly sha256: string;
  readonly caFile: string;
  readonly server: Server;
}

export async function servedPackage(folder: string): Promise<ServedPackage> {
  const { bytes, sha256 } = await packedPackage();
  const authority = new CertificateAuthority('releases', { key: 'ec' });
  const { keyPem, certificatePem } = authority.issue({ commonName: 'localhost', dnsNames: ['localhost'] });
  const server = createServer({ key: keyPem, cert: certificatePem }, (_, response) => response.end(bytes));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const caFile = join(folder, 'releases-ca.pem');
  writeFileSync(caFile, authority.pem);
  const { port } = server.address() as AddressInfo;
  return { address: `https://localhost:${port}/eks-kubelet-audit.tgz`, sha256, caFile, server };
}

interface RunJobOptions {
  readonly workspace: string;
  readonly served: ServedPackage;
  /** In front of what the machine has. */
  readonly path?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Ran {
  readonly name: string;
  readonly code: number;
  readonly output: string;
}

/**
 * A job's scripts as the runner starts them, with this repository's action in place of the one that it uses. The package comes from `served`. It ends
 * with the first script that fails; other actions are passed by.
 */
export async function runJob(
  job: Job,
  { workspace, served, path = '', env = {} }: RunJobOptions,
): Promise<{ readonly ran: readonly Ran[]; readonly summary: string }> {
  const temporary = mkdtempSync(join(workspace, 'runner-'));
  const files = { GITHUB_STEP_SUMMARY: join(temporary, 'summary.md'), GITHUB_PATH: join(temporary, 'path') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const home = join(temporary, 'home');
  mkdirSync(home);
  const workingDirectory = join(workspace, job.defaults?.run['working-directory'] ?? '.');

  const ran: Ran[] = [];
  for (const { step, cwd } of job.steps.flatMap((step) => scriptsOf(step, { served, workspace, workingDirectory }))) {
    const added = readFileSync(files.GITHUB_PATH, 'utf8').split('\n').filter(Boolean);
    const shell = {
      PATH: [...added.toReversed(), path, dirname(process.execPath), process.env['PATH']]
        .filter(Boolean)
        .join(delimiter),
      HOME: home,
      RUNNER_TEMP: temporary,
      CURL_CA_BUNDLE: served.caFile,
      ...files,
      ...env,
      ...step.env,
    };
    const result = await bash(step.run ?? '', cwd, shell);
    ran.push({ name: step.name ?? '', ...result });
    if (result.code !== 0) break;
  }
  return { ran, summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8') };
}

/** A composite action's scripts run in the workspace, whatever the job's own working directory is. */
function scriptsOf(
  step: Step,
  where: Pick<RunJobOptions, 'served' | 'workspace'> & { readonly workingDirectory: string },
): readonly { readonly step: Step; readonly cwd: string }[] {
  if (step.run !== undefined) return [{ step, cwd: where.workingDirectory }];
  if (!step.uses?.startsWith('OWNER/eks-kubelet-audit@')) return [];

  const given = { ...step.with, package: where.served.address, sha256: step.with?.['sha256'] };
  if (/^0+$/.test(String(given.sha256))) given.sha256 = where.served.sha256;
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [name, String(Object(given)[name] ?? input.default ?? '')]),
  );
  const evaluated = (text: string) => text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, name) => inputs[name] ?? '');
  return action.runs.steps
    .filter((each) => each.if === undefined || (each.if === "inputs.audit == 'true'" && inputs['audit'] === 'true'))
    .map((each) => ({
      step: {
        ...each,
        env: Object.fromEntries(Object.entries(each.env ?? {}).map(([name, value]) => [name, evaluated(value)])),
      },
      cwd: where.workspace,
    }));
}

const bash = (script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Pick<Ran, 'code' | 'output'>> =>
  new Promise((resolve) => {
    const flags = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
    execFile('bash', flags, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
