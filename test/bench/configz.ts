import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import * as z from 'zod/mini';
import { bundleAudit } from '../../infra/bundle.ts';
import { nodeOptions } from '../../infra/constructs/run/function-with-role.ts';
import { hubFunctionShapes } from '../../infra/constructs/run/hub-function.ts';
import { environment } from '../../lambda/contract/environment.ts';
import { hubFunctions } from '../../lambda/contract/names.ts';
import { invoke } from '../handlers/invoke.ts';
import { lambdaEnvironment } from '../lab/estate/deployed-hub.ts';
import { hub } from '../lab/estate/organization.ts';
import { firstLine, peakMb } from './processes.ts';

// `npm run bench`: our reader beside a bare keep-alive loop and kubectl, in one run against one server in a process of its own.
// Read the ratios; the seconds are those of this machine on this day.

const nodes = 1_000;
const manyNodes = 5_000;
const rounds = 9;
const bareDirect = 'bare loop, one connection a kubelet';
const directReaders = [bareDirect, 'eks-kubelet-audit, direct'];
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const server = spawn(process.execPath, [join(import.meta.dirname, 'server.ts'), String(manyNodes), String(nodes)], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const estateSchema = z.object({
  kubeconfig: z.string(),
  direct: z.object({ kubeconfig: z.string(), kubelets: z.array(z.unknown()) }),
  endpoint: z.string(),
  bucket: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string() }),
});

try {
  const kubeconfig = join(folder, 'kubeconfig');
  const estate = estateSchema.parse(JSON.parse(await firstLine(server)));
  writeFileSync(kubeconfig, estate.kubeconfig, { mode: 0o600 });
  writeFileSync(join(folder, 'direct'), estate.direct.kubeconfig, { mode: 0o600 });
  writeFileSync(join(folder, 'kubelets.json'), JSON.stringify(estate.direct.kubelets));

  const measured = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const reader of ['bare node:https loop', 'eks-kubelet-audit'])
      measured.set(reader, [...(measured.get(reader) ?? []), await reading('reader.ts', reader, kubeconfig)]);
    for (const reader of directReaders)
      measured.set(reader, [...(measured.get(reader) ?? []), await reading('direct-reader.ts', reader, folder)]);
  }
  const kubectl = kubectlSeconds(kubeconfig);
  if (kubectl) measured.set('kubectl get --raw, 20 at once', [kubectl]);

  const bareOf = (reader: string) =>
    median(measured.get(directReaders.includes(reader) ? bareDirect : 'bare node:https loop') ?? []);
  const table = new Table({
    head: ['READER', 'NODES', 'SECONDS (median)', 'NODES/S', 'RATIO TO BARE LOOP'],
    style: { head: [], border: [], compact: true },
  });
  for (const [reader, seconds] of measured) {
    table.push([
      reader,
      String(nodes),
      median(seconds).toFixed(2),
      (nodes / median(seconds)).toFixed(0),
      (bareOf(reader) / median(seconds)).toFixed(2),
    ]);
  }
  console.log(table.toString());
  if (!kubectl) console.log('kubectl is not installed: left out');

  const runs = {
    'command line, kubeconfig': await commandLine(kubeconfig),
    'bundled function, AWS': await bundledFunction(estate),
  };
  console.log(`\nThe whole program on ${manyNodes} nodes of realistic size (limit: 256 MB):`);
  for (const [name, { seconds, peakMb }] of Object.entries(runs)) {
    console.log(`  ${name}: ${seconds.toFixed(1)} s, at most ${peakMb.toFixed(0)} MB`);
    if (peakMb > 256) process.exitCode = 1;
  }
} finally {
  server.stdin.end();
  rmSync(folder, { recursive: true, force: true });
}

/** Seconds for all nodes, measured inside a fresh process after its start. */
async function reading(program: string, reader: string, input: string): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), reader, input, String(nodes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return Number(await firstLine(child));
}

function kubectlSeconds(kubeconfig: string): number | undefined {
  if (spawnSync('kubectl', ['version', '--client']).status !== 0) return undefined;

  const started = performance.now();
  const names = Array.from({ length: nodes }, (_, index) => `/api/v1/nodes/node-${index}/proxy/configz`).join('\n');
  const result = spawnSync('xargs', ['-P', '20', '-n', '1', 'kubectl', `--kubeconfig=${kubeconfig}`, 'get', '--raw'], {
    input: names,
    env: { PATH: process.env['PATH'], HOME: folder },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status !== 0) throw new Error(`kubectl failed: ${String(result.stderr).slice(0, 300)}`);
  return (performance.now() - started) / 1_000;
}

/** The command line as a user runs it; its peak memory is what Linux counted. */
async function commandLine(kubeconfig: string): Promise<{ seconds: number; peakMb: number }> {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      '--max-semi-space-size=8',
      join(import.meta.dirname, '../../lambda/cli/eks-kubelet-audit.ts'),
      ...[
        'audit',
        '--kubeconfig',
        kubeconfig,
        '--controls',
        '3.2.3',
        '--format',
        'json',
        '--output',
        join(folder, 'audit.json'),
      ],
    ],
    {
      env: { PATH: process.env['PATH'], HOME: folder },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );

  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMb(child.pid));
  }, 20);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(watch);

  const { counts } = JSON.parse(readFileSync(join(folder, 'audit.json'), 'utf8'));
  if (code !== 0 || counts.pass !== manyNodes)
    throw new Error(`the program read ${counts.pass} of ${manyNodes} nodes and exited with ${code}`);
  return { seconds: (performance.now() - started) / 1_000, peakMb: peak };
}

/** The function of an item as Lambda runs it, over STS, EKS, EC2 and S3 of the lab. */
async function bundledFunction({
  endpoint,
  bucket,
  credentials,
}: z.infer<typeof estateSchema>): Promise<{ seconds: number; peakMb: number }> {
  const bundles = join(folder, 'bundles');
  await bundleAudit(bundles);
  const { accountId, region } = hub;
  const started = performance.now();
  const { answer, peakMb } = await invoke({
    bundle: join(bundles, 'item.mjs'),
    functionArn: `arn:aws:lambda:${region}:${accountId}:function:${hubFunctions.audit.functionName}`,
    event: {
      runId: 'bench',
      startedAt: new Date().toISOString(),
      item: { kind: 'cluster', partition: 'aws', accountId, region, cluster: 'bench' },
    },
    remainingMs: 900_000,
    env: {
      ...lambdaEnvironment(endpoint, region, credentials),
      [environment.bucket]: bucket,
      [environment.controls]: 'kubelet-client-ca-file',
      NODE_OPTIONS: nodeOptions(hubFunctionShapes.audit.memorySize),
    },
  });

  const passed =
    'value' in answer ? z.object({ verdicts: z.object({ pass: z.number() }) }).parse(answer.value).verdicts.pass : 0;
  if (passed !== manyNodes)
    throw new Error(`the function passed ${passed} of ${manyNodes} nodes: ${JSON.stringify(answer).slice(0, 500)}`);
  return { seconds: (performance.now() - started) / 1_000, peakMb };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
