import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { bundleAudit } from '../../infra/bundle.ts';
import { hubFunctionShapes, memoryEnvironment } from '../../infra/constructs/run/function-with-role.ts';
import { environment } from '../../lambda/contract/environment.ts';
import { hubFunctions } from '../../lambda/contract/names.ts';
import { defaultBenchmark } from '../../lambda/core/judge/control.ts';
import { chosenControls } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import type { Via } from '../../lambda/core/model/model.ts';
import { bundleProgram, startFile } from '../../packaging/bundle.ts';
import { scriptArguments } from '../../packaging/script-arguments.ts';
import { invoke } from '../handlers/invoke.ts';
import { lambdaEnvironment } from '../lab/estate/deployed-hub.ts';
import { hub } from '../lab/estate/organization.ts';
import { benchTable, endOf, startServer } from './processes.ts';

// The second part of `npm run bench`: the whole program on one cluster of nodes of 18 KB. It runs by default and complete, from the command line
// and as the bundled function, and measures the time, and the most memory that Linux counted. SSM's answers are the probe's own, recorded once.

// Numbers are sizes of the cluster, one after the other; a word leaves only the programs whose name has it.
const given = scriptArguments('npm run bench -- [NODES|WORD…]', { words: 'any' }).positionals;
const sizes = given.some((each) => Number(each)) ? given.map(Number).filter(Boolean) : [10_000];
const words = given.filter((each) => !Number(each));
const programs = [
  ...['table', 'json', 'html'].flatMap((format) =>
    ['kubeconfig', 'AWS', 'AWS, --complete'].map((way) => `${format}, ${way}`),
  ),
  'function',
  'function, complete: true',
].filter((name) => words.every((word) => name.includes(word)));
/** What each program may hold: its goal for 10,000 nodes, and for a cluster of up to 50,000, whose nodes are all kept until they are judged. */
const mostMb = (nodes: number) =>
  nodes <= 10_000 ? { terminal: 256, function: 256 } : { terminal: 320, function: 400 };
const count = (sources: readonly Via[] | 'complete') =>
  chosenControls([], { benchmark: defaultBenchmark, sources }).controls.length;
const controls = { default: count(['configz']), complete: count('complete') };
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const session = z.object({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string() });
const estateSchema = z.object({
  kubeconfig: z.string(),
  endpoint: z.string(),
  bucket: z.string(),
  auditor: session,
  credentials: session,
});

type Cost = { readonly seconds: number; readonly peakMb: number };

/** By program, what it held for the sizes before. */
const before = new Map<string, { readonly nodes: number; readonly peakMb: number }>();
const bundles = join(folder, 'bundles');

try {
  const memory = ['PEAK MB', 'AT MOST', 'MB MORE A 10,000'];
  const table = benchTable('WHOLE PROGRAM', 'NODES', 'CONTROLS', 'SECONDS', 'NODES/S', ...memory);
  await bundleProgram(folder);
  await bundleAudit(bundles);
  for (const nodes of sizes) await measure(nodes, (row) => table.push(row));
  console.log(table.toString());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(nodes: number, push: (row: string[]) => void): Promise<void> {
  const { said: estate, end } = await startServer('server.ts', [nodes, 0], estateSchema);
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, estate.kubeconfig, { mode: 0o600 });
    const aws = lambdaEnvironment(estate.endpoint, hub.region, estate.auditor);

    for (const name of programs) {
      const [first = ''] = name.split(', ');
      const complete = name.includes('complete');
      const { seconds, peakMb: peak } =
        first === 'function'
          ? await bundledFunction(estate, { nodes, complete })
          : name.endsWith('kubeconfig')
            ? await commandLine(['--kubeconfig', kubeconfig], { nodes, format: first })
            : await commandLine(['bench', ...(complete ? ['--complete'] : [])], { nodes, format: first, env: aws });
      const most = mostMb(nodes)[first === 'function' ? 'function' : 'terminal'];
      const earlier = before.get(name);
      const growth = earlier ? ((peak - earlier.peakMb) / (nodes - earlier.nodes)) * 10_000 : undefined;
      before.set(name, { nodes, peakMb: peak });

      const of = complete ? controls.complete : controls.default;
      const numbers = [seconds.toFixed(1), (nodes / seconds).toFixed(0), peak.toFixed(0), most];
      push([name, nodes, of, ...numbers, growth?.toFixed(0) ?? ''].map(String));
      // Printed at once, so that an interrupted bench leaves its results.
      console.error(`${name}: ${nodes} nodes, ${of} controls, ${seconds.toFixed(1)} s, ${peak.toFixed(0)} MB`);
      if (peak > most) process.exitCode = 1;
    }
  } finally {
    end();
  }
}

interface CommandLineOptions {
  readonly nodes: number;
  readonly format: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The packed program as a user runs it: its first line says how much memory it may take. */
async function commandLine(args: readonly string[], { nodes, format, env = {} }: CommandLineOptions): Promise<Cost> {
  const started = performance.now();
  const output = join(folder, 'audit');
  const child = spawn(join(folder, startFile), ['audit', ...args, '--format', format, '--output', output], {
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });

  const { code, peakMb } = await endOf(child);

  const written = endOfFile(output);
  // A page is for people: its exit code says that every node passed.
  const passed =
    format === 'html'
      ? nodes
      : Number((format === 'json' ? /"access":\{[^{}]*"pass":(\d+)/ : /access (\d+) pass/).exec(written)?.[1]);
  if (code !== 0 || passed !== nodes) {
    const reasons = written
      .split(format === 'table' ? '\n' : '"because":')
      .filter((each) => /configz: |ssm: |^ *!/.test(each));
    throw new Error(
      `the program passed ${passed} of ${nodes} nodes and exited with ${code}:\n${reasons.slice(0, 5).join('\n').slice(0, 2_000)}`,
    );
  }
  return { seconds: (performance.now() - started) / 1_000, peakMb };
}

/** Its last megabyte, with the counts: the JSON of 50,000 nodes is longer than a string of V8. */
function endOfFile(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const end = Buffer.alloc(Math.min(size, 1024 * 1024));
    readSync(file, end, 0, end.length, size - end.length);
    return end.toString('utf8');
  } finally {
    closeSync(file);
  }
}

/** The function of an item as Lambda runs it, over STS, EKS, EC2, SSM and S3 of the lab. */
async function bundledFunction(
  { endpoint, bucket, credentials }: z.infer<typeof estateSchema>,
  { nodes, complete }: { readonly nodes: number; readonly complete: boolean },
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
      ...memoryEnvironment(hubFunctionShapes.audit.memorySize),
    },
  });

  const wanted = nodes * (complete ? controls.complete : controls.default);
  const passed =
    'value' in answer ? z.object({ verdicts: z.object({ pass: z.number() }) }).parse(answer.value).verdicts.pass : 0;
  if (passed !== wanted)
    throw new Error(`the function passed ${passed} of ${wanted} verdicts: ${JSON.stringify(answer).slice(0, 500)}`);
  return { seconds: (performance.now() - started) / 1_000, peakMb: peak };
}
