import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { packedProgram } from '../made-once.ts';
import { nodeRuntime } from '../packaging/node-runtime.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const program = join(import.meta.dirname, 'stay.ts');

it('npm run lab points each shell at an organization, denies and delays what its flags name, traces each request, and ends with Ctrl-C', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stay-'));
  const faults = ['--deny', 'eks:DescribeCluster', '--latency', 'sts:AssumeRole=700'];
  const args = [program, '--organization', '--trace', ...faults, '--shell', 'fish', '--folder', folder];
  const lab = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let printed = '';
    lab.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    while (!printed.includes('Ctrl-C ends it')) await once(lab.stdout, 'data');
    expect(printed).toMatch(/^set -gx AWS_ENDPOINT_URL 'http:\/\/127\.0\.0\.1:\d+'$/m);
    expect(readFileSync(join(folder, 'lab.ps1'), 'utf8')).toContain("$env:AWS_REGION = 'eu-west-1'");

    const exports = readFileSync(join(folder, 'lab.sh'), 'utf8').matchAll(/^export (\w+)='(.*)'$/gm);
    const env = Object.fromEntries(Array.from(exports, ([, name = '', value = '']) => [name, value]));
    const began = performance.now();
    const one = ['--account', '111122223333', '--region', 'eu-west-1', '--sources', 'configz'];
    const audit = await runCli(['audit', ...one, '-f', 'json'], { env });
    expect(performance.now() - began).toBeGreaterThan(700);
    expect(JSON.parse(audit.stdout).coverage.gaps).toMatchObject([
      { cluster: 'tools', problem: { code: /forbidden/ } },
    ]);
    await expect.poll(() => printed).toMatch(/^403 eks:DescribeCluster 111122223333 eu-west-1 AccessDeniedException$/m);
    expect(printed).toMatch(/^200 sts:AssumeRole 111122223333 eu-west-1$/m);

    lab.kill('SIGINT');
    expect(await once(lab, 'exit')).toEqual([0, null]);
  } finally {
    if (lab.exitCode === null) lab.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

it.skipIf(spawnSync('strace', ['-V']).status !== 0)(
  'an audit with the variables of npm run lab connects to loopback only, whatever the addresses of nodes are',
  async () => {
    const folder = temporaryFolder();
    const lab = spawn(process.execPath, [program, '--folder', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      while (!existsSync(join(folder, 'lab.sh'))) await once(lab.stdout, 'data');
      const calls = join(folder, 'calls');
      const audit = `. ${join(folder, 'lab.sh')}; exec strace -f -e trace=connect,sendto -o ${calls} "$1" "$2" audit payments --sources configz,tls,wire -f json`;
      const child = spawn('sh', ['-c', audit, 'sh', process.execPath, await packedProgram()], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
      const addresses = Array.from(
        readFileSync(calls, 'utf8').matchAll(/inet_(?:addr|pton)\([^"]*"([^"]+)"/g),
        ([, each]) => each,
      );

      expect(addresses.length).toBeGreaterThan(5);
      expect(addresses.filter((each) => each !== '::1' && !each?.startsWith('127.'))).toEqual([]);
      expect(JSON.parse(printed).clusters[0].nodes.length).toBeGreaterThan(0);
    } finally {
      lab.kill('SIGKILL');
    }
  },
);

const oldest = nodeRuntime(20);
it.skipIf(!oldest)('npm of Node 20, the oldest that README names, audits in a shell of the lab', async () => {
  const folder = temporaryFolder();
  const lab = spawn(process.execPath, [program, '--folder', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    while (!existsSync(join(folder, 'lab.sh'))) await once(lab.stdout, 'data');
    const npm = realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim());
    const audit = `. ${join(folder, 'lab.sh')}; exec "$1" "$2" run --silent cli -- audit payments --sources configz -f json`;
    const child = spawn('sh', ['-c', audit, 'sh', oldest ?? '', npm], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);

    expect(JSON.parse(printed).clusters[0].nodes.length).toBeGreaterThan(0);
  } finally {
    lab.kill('SIGKILL');
  }
});

it.each([
  [['--throttle', 'ssm'], 'give a service and an operation, such as ssm:SendCommand'],
  [['--latency', 'ec2:*'], 'give calls and milliseconds, such as ec2:*=500'],
  [['--shell', 'tcsh'], 'Allowed choices are bash, fish, powershell'],
])('npm run lab -- %j says what it takes', async (args, says) => {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr] = await Promise.all([Array.fromAsync(child.stderr), once(child, 'exit')]);
  expect(stderr.join('')).toContain(says);
  expect(child.exitCode).toBe(1);
});
