import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';

const program = join(import.meta.dirname, 'stay.ts');

describe('npm run lab -- --organization --trace, with faults', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stay-'));
  let lab: ChildProcess;
  let told = '';

  beforeAll(async () => {
    const faults = [
      '--deny',
      'eks:DescribeCluster',
      '--throttle',
      'ssm:DescribeInstanceInformation',
      '--latency',
      'sts:GetCallerIdentity=700',
    ];
    lab = spawn(
      process.execPath,
      [program, '--organization', '--trace', ...faults, '--shell', 'fish', '--folder', folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    lab.stdout?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    while (!told.includes('Ctrl-C ends it')) await once(lab.stdout ?? lab, 'data');
  });
  afterAll(async () => {
    if (lab?.exitCode === null) lab.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** What its exports for bash say. */
  const exported = (): Record<string, string> =>
    Object.fromEntries(
      [...readFileSync(join(folder, 'lab.sh'), 'utf8').matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [
        name,
        value,
      ]),
    );

  it('points each shell at it', () => {
    expect(told).toContain('an organization of fourteen accounts');
    expect(told).toMatch(/^set -gx AWS_ENDPOINT_URL 'http:\/\/127\.0\.0\.1:\d+'$/m);
    expect(readFileSync(join(folder, 'lab.ps1'), 'utf8')).toContain("$env:AWS_REGION = 'eu-west-1'");
    expect(exported()['AWS_REGION']).toBe('eu-west-1');
  });

  it('denies, throttles and lets wait what its flags name, and traces each request', async () => {
    const { AWS_REGION: _, ...env } = exported();
    const began = performance.now();
    const doctor = await runCli(['doctor', '--as-deployed', '--region', 'eu-west-1', '--sources', 'configz'], {
      env,
    });
    expect(performance.now() - began).toBeGreaterThan(700);
    expect(doctor.stdout).toContain('KubeletAuditOperator');

    const one = ['--account', '111122223333', '--region', 'eu-west-1', '--sources', 'configz'];
    const audit = await runCli(['audit', ...one, '-f', 'json'], { env });
    expect(JSON.parse(audit.stdout).coverage.gaps).toMatchObject([
      { cluster: 'tools', problem: { code: /forbidden/ } },
    ]);
    const client = new SSMClient({
      endpoint: env['AWS_ENDPOINT_URL'] ?? '',
      region: 'eu-west-1',
      maxAttempts: 1,
      credentials: {
        accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
        sessionToken: env['AWS_SESSION_TOKEN'] ?? '',
      },
    });
    await expect(client.send(new DescribeInstanceInformationCommand({}))).rejects.toThrow(/Rate exceeded/);

    await expect.poll(() => told).toMatch(/^403 eks:DescribeCluster 111122223333 eu-west-1 AccessDeniedException$/m);
    expect(told).toMatch(/^200 sts:GetCallerIdentity 111122223333 eu-west-1$/m);
  });

  it('ends with Ctrl-C', async () => {
    lab.kill('SIGINT');
    expect(await once(lab, 'exit')).toEqual([0, null]);
  });
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
