import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packProgram } from '../../packaging/package.ts';
import { localProxy } from '../lab/kubernetes/local-proxy.ts';
import { auditorRules } from '../lab/kubernetes/rbac.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { nodeRuntime } from './node-runtime.ts';

const root = join(import.meta.dirname, '../..');
const folder = temporaryFolder();
const npmPath = `${dirname(process.execPath)}:${process.env['PATH']}`;
const run = promisify(execFile);

let lab: Lab;
let proxy: Awaited<ReturnType<typeof localProxy>>;
let installed: string;

/** What `npm run package` packs, installed into a folder that holds nothing else. */
beforeAll(async () => {
  const tgz = await packProgram(folder);
  const env = { PATH: npmPath, HOME: folder };
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  await run('npm', ['install', '--offline', '--no-save', '--loglevel=error', join(folder, tgz)], { cwd: empty, env });
  installed = join(empty, 'node_modules');

  lab = await startLab();
  const cluster = await lab.addKubernetesCluster({
    accountId: '111122223333',
    region: 'eu-central-1',
    name: 'proxied',
    nodes: [{ name: 'open', kubelet: { kind: 'recorded', folder: 'no-ca-anonymous-on-always-allow' } }],
    staticTokens: { 'auditor-token': { name: 'auditor', groups: ['auditors'] } },
    rbac: { groups: { auditors: auditorRules } },
  });
  proxy = await localProxy(cluster, 'auditor-token');
}, 180_000);

afterAll(async () => {
  await proxy?.close();
  await lab?.close();
});

/** The newest runs the same bundle in the tests of the command line. */
describe('the packed program on Node 22, the oldest that it knows', () => {
  const node = nodeRuntime(22);
  const program = async (...args: readonly string[]) => {
    const start = join(installed, '.bin/eks-kubelet-audit');
    try {
      const env = { PATH: `${dirname(node ?? '')}:/usr/bin:/bin`, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' };
      const { stdout, stderr } = await run(start, args, { cwd: folder, env });
      return { code: 0, stdout, stderr };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };

  it.skipIf(!node)('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await program('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.skipIf(!node)('audits through a kubectl proxy', async () => {
    const { code, stdout, stderr } = await program('audit', '--api-server', proxy.url, '--format', 'json');
    expect(stderr).toBe('');
    const { clusters } = JSON.parse(stdout);
    expect(clusters[0].nodes[0].verdicts['kubelet-client-ca-file'].status).toBe('fail');
    expect(code).toBe(1);
  });
});

const old = nodeRuntime(20);
it.skipIf(!old)('asks for a newer Node in one sentence, and nothing else', async () => {
  for (const file of ['start.mjs', 'eks-kubelet-audit.mjs']) {
    const started = run(old ?? '', [join(installed, 'eks-kubelet-audit/dist', file), '--version']);
    await expect(started).rejects.toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^eks-kubelet-audit needs Node 22\.19 or newer, and this is 20\.\S+; .*\n$/),
    });
  }
});

const busybox = existsSync('/bin/busybox');
it.skipIf(!busybox)('starts where BusyBox is the only shell, whose env has no -S', async () => {
  const tools = join(folder, 'busybox');
  mkdirSync(tools);
  for (const name of ['sh', 'env']) symlinkSync('/bin/busybox', join(tools, name));
  symlinkSync(process.execPath, join(tools, 'node'));
  const command = join(installed, '.bin/eks-kubelet-audit');
  const { stdout } = await run('/bin/busybox', ['sh', '-c', `"${command}" --version`], { env: { PATH: tools } });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it('is of ASCII only, of which V8 keeps one byte a character', () => {
  const program = readFileSync(join(installed, 'eks-kubelet-audit/dist/eks-kubelet-audit.mjs'));
  expect(program.findIndex((byte) => byte > 0x7f)).toBe(-1);
});

it('is one file and its start, and needs no other package', () => {
  const packed = join(installed, 'eks-kubelet-audit');
  expect(readdirSync(installed).filter((name) => !name.startsWith('.'))).toEqual(['eks-kubelet-audit']);
  expect(readdirSync(join(packed, 'dist')).toSorted()).toEqual(['eks-kubelet-audit.mjs', 'start.mjs']);
  expect(JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')).dependencies).toBeUndefined();
});

it('has the licence of every package that is bundled', () => {
  const notices = readFileSync(join(installed, 'eks-kubelet-audit/THIRD-PARTY-NOTICES.txt'), 'utf8');
  expect(notices).toMatch(/^@aws-sdk\/client-eks \S+ \(Apache-2\.0\)$/m);
  expect(notices.split(/^-{80}$/m).length).toBeGreaterThan(20);
});

it('has a README whose links and pictures lead to files of the package', () => {
  const packed = join(installed, 'eks-kubelet-audit');
  const readme = readFileSync(join(packed, 'README.md'), 'utf8');
  const targets = [...readme.matchAll(/(?:\]\(|src="|srcset=")([^)"#:]+)/g)].map(([, target = '']) => target);
  expect(targets.length).toBeGreaterThan(10);
  expect(targets.filter((target) => !existsSync(join(packed, target)))).toEqual([]);
});
