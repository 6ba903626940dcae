import { spawn } from 'node:child_process';
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
import { defaultBenchmark } from '../../lambda/core/judge/control.ts';
import { chosenControls } from '../../lambda/core/judge/controls/catalogue/chosen-controls.ts';
import type { Via } from '../../lambda/core/model/model.ts';
import { bundleProgram, startFile } from '../../packaging/bundle.ts';
import { invoke } from '../handlers/invoke.ts';
import { lambdaEnvironment } from '../lab/estate/deployed-hub.ts';
import { hub } from '../lab/estate/organization.ts';
import { firstLine, peakMb } from './processes.ts';

// The second part of `npm run bench`: the whole program on one cluster of nodes of 18 KB. It runs by default and complete, from the command line
// and as the bundled function, and measures the time, and the most memory that Linux counted. SSM's answers are the probe's own, recorded once.

const nodes = Number(process.argv[2] ?? 10_000);
const mostMb = 256;
const count = (sources: readonly Via[] | 'complete') =>
  chosenControls([], { benchmark: defaultBenchmark, sources }).controls.length;
const controls = { default: count(['configz']), complete: count('complete') };
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const server = spawn(process.execPath, [join(import.meta.dirname, 'server.ts'), String(nodes), '0'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const session = z.object({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string() });
const estateSchema = z.object({
  kubeconfig: z.string(),
  endpoint: z.string(),
  bucket: z.string(),
  auditor: session,
  credentials: session,
});

interface Cost {
  readonly seconds: number;
  readonly peakMb: number;
}

try {
  const estate = estateSchema.parse(JSON.parse(await firstLine(server)));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, estate.kubeconfig, { mode: 0o600 });
  const aws = lambdaEnvironment(estate.endpoint, hub.region, estate.auditor);

  const table = new Table({
    head: ['WHOLE PROGRAM', 'NODES', 'CONTROLS', 'SECONDS', 'NODES/S', `PEAK MB (at most ${mostMb})`],
    style: { head: [], border: [], compact: true },
  });
  const add = (name: string, of: number, { seconds, peakMb: peak }: Cost) => {
    table.push([name, nodes, of, seconds.toFixed(1), (nodes / seconds).toFixed(0), peak.toFixed(0)].map(String));
    // Printed at once, so that an interrupted bench leaves its results.
    console.error(`${name}: ${nodes} nodes, ${of} controls, ${seconds.toFixed(1)} s, ${peak.toFixed(0)} MB`);
    if (peak > mostMb) process.exitCode = 1;
  };

  await bundleProgram(folder);
  for (const format of ['table', 'json'] as const) {
    add(`${format}, kubeconfig`, controls.default, await commandLine(['--kubeconfig', kubeconfig], { format }));
    add(`${format}, AWS`, controls.default, await commandLine(['bench'], { format, env: aws }));
    const complete = await commandLine(['bench', '--complete'], { format, env: aws });
    add(`${format}, AWS, --complete`, controls.complete, complete);
  }
  const bundles = join(folder, 'bundles');
  await bundleAudit(bundles);
  for (const complete of [false, true])
    add(
      `function${complete ? ', complete: true' : ''}`,
      complete ? controls.complete : controls.default,
      await bundledFunction(estate, { bundles, complete }),
    );
  console.log(table.toString());
} finally {
  server.stdin.end();
  rmSync(folder, { recursive: true, force: true });
}

/** The packed program as a user runs it: its first line says how much memory it may take. */
async function commandLine(
  args: readonly string[],
  { format, env = {} }: { readonly format: 'table' | 'json'; readonly env?: Readonly<Record<string, string>> },
): Promise<Cost> {
  const started = performance.now();
  const output = join(folder, 'audit');
  const child = spawn(join(folder, startFile), ['audit', ...args, '--format', format, '--output', output], {
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });

  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMb(child.pid));
  }, 20);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(watch);

  const written = readFileSync(output, 'utf8');
  const passed = format === 'json' ? JSON.parse(written).access.pass : Number(/access (\d+) pass/.exec(written)?.[1]);
  if (code !== 0 || passed !== nodes) {
    const reasons = written
      .split(format === 'table' ? '\n' : '"because":')
      .filter((each) => /configz: |ssm: |^ *!/.test(each));
    throw new Error(
      `the program passed ${passed} of ${nodes} nodes and exited with ${code}:\n${reasons.slice(0, 5).join('\n').slice(0, 2_000)}`,
    );
  }
  return { seconds: (performance.now() - started) / 1_000, peakMb: peak };
}

/** The function of an item as Lambda runs it, over STS, EKS, EC2, SSM and S3 of the lab. */
async function bundledFunction(
  { endpoint, bucket, credentials }: z.infer<typeof estateSchema>,
  { bundles, complete }: { readonly bundles: string; readonly complete: boolean },
): Promise<Cost> {
  const { accountId, region } = hub;
  const started = performance.now();
  const { answer, peakMb: peak } = await invoke({
    bundle: join(bundles, 'item.mjs'),
    functionArn: `arn:aws:lambda:${region}:${accountId}:function:${hubFunctions.audit.functionName}`,
    event: {
      runId: complete ? 'bench-complete' : 'bench',
      startedAt: new Date().toISOString(),
      item: { kind: 'cluster', partition: 'aws', accountId, region, cluster: 'bench' },
    },
    remainingMs: 900_000,
    env: {
      ...lambdaEnvironment(endpoint, region, credentials),
      [environment.bucket]: bucket,
      [environment.complete]: String(complete),
      NODE_OPTIONS: nodeOptions(hubFunctionShapes.audit.memorySize),
    },
  });

  const wanted = nodes * (complete ? controls.complete : controls.default);
  const passed =
    'value' in answer ? z.object({ verdicts: z.object({ pass: z.number() }) }).parse(answer.value).verdicts.pass : 0;
  if (passed !== wanted)
    throw new Error(`the function passed ${passed} of ${wanted} verdicts: ${JSON.stringify(answer).slice(0, 500)}`);
  return { seconds: (performance.now() - started) / 1_000, peakMb: peak };
}
