import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import * as z from 'zod/mini';
import { firstLine } from './processes.ts';
import { startUpTimes } from './start-up.ts';

// `npm run bench`: our reader beside a bare keep-alive loop and kubectl, in one run against one server in a process of its own.
// Read the ratios; the seconds are those of this machine on this day.

const nodes = 1_000;
const rounds = 9;
const bare = 'bare node:https loop';
const bareDirect = 'bare loop, one connection a kubelet';
const directReaders = [bareDirect, 'eks-kubelet-audit, direct'];
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const server = spawn(process.execPath, [join(import.meta.dirname, 'server.ts'), String(nodes), String(nodes)], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const estateSchema = z.object({
  kubeconfig: z.string(),
  direct: z.object({ kubeconfig: z.string(), kubelets: z.array(z.unknown()) }),
});

try {
  const kubeconfig = join(folder, 'kubeconfig');
  const estate = estateSchema.parse(JSON.parse(await firstLine(server)));
  writeFileSync(kubeconfig, estate.kubeconfig, { mode: 0o600 });
  writeFileSync(join(folder, 'direct'), estate.direct.kubeconfig, { mode: 0o600 });
  writeFileSync(join(folder, 'kubelets.json'), JSON.stringify(estate.direct.kubelets));

  const measured = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    // Every other round the other way round: who comes first finds the machine as the one before left it.
    const inTurn = (readers: readonly string[]) => (round % 2 === 0 ? readers : readers.toReversed());
    for (const reader of inTurn([bare, 'eks-kubelet-audit']))
      measured.set(reader, [...(measured.get(reader) ?? []), await reading('reader.ts', reader, kubeconfig)]);
    for (const reader of inTurn(directReaders))
      measured.set(reader, [...(measured.get(reader) ?? []), await reading('direct-reader.ts', reader, folder)]);
  }
  const kubectl = kubectlSeconds(kubeconfig);
  if (kubectl) measured.set('kubectl get --raw, 20 at once', [kubectl]);

  // Each round is compared alone: other work of the machine slowed both.
  const ratioOf = (reader: string, seconds: readonly number[]) => {
    const bareSeconds = measured.get(directReaders.includes(reader) ? bareDirect : bare) ?? [];
    return median(seconds.map((each, round) => (bareSeconds[round] ?? Number.NaN) / each));
  };
  const table = new Table({
    head: ['READER', 'NODES', 'SECONDS (median)', 'NODES/S', 'RATIO TO BARE LOOP (median of the rounds)'],
    style: { head: [], border: [], compact: true },
  });
  for (const [reader, seconds] of measured) {
    table.push([
      reader,
      String(nodes),
      median(seconds).toFixed(2),
      (nodes / median(seconds)).toFixed(0),
      ratioOf(reader, seconds).toFixed(2),
    ]);
  }
  console.log(table.toString());
  if (!kubectl) console.log('kubectl is not installed: left out');

  console.log('\nThe packed program starts (goal for --version: 150 ms on a quiet machine):');
  for (const [what, milliseconds] of Object.entries(await startUpTimes(folder)))
    console.log(`  ${what}: ${milliseconds.toFixed(0)} ms`);
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

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
