import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { environment } from '../../lambda/contract/environment.ts';
import { defaultBenchmark } from '../../lambda/core/judge/control.ts';
import { chosenControls } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import { scriptArguments } from '../../packaging/script-arguments.ts';
import { lambdaEnvironment } from '../lab/estate/deployed-hub.ts';
import { hub } from '../lab/estate/organization.ts';
import { countVerdicts } from './count-verdicts.ts';
import { benchClusters, nodesEach, regions } from './estate-shape.ts';
import { benchTable, endOf, startServer } from './processes.ts';

// `npm run bench:estate`: a whole organization through one program process, by default and complete, with findings published; the lab is another process.
// Read how the seconds grow; they are those of this machine on this day.

const given = scriptArguments('npm run bench:estate -- [CLUSTERS…]', { words: 'numbers' }).positionals;
const sizes = given.length > 0 ? given.map(Number) : [100, 300, 1_000];
const mostMb = 512;
const controlsOf = (complete: boolean) =>
  chosenControls([], { benchmark: defaultBenchmark, sources: complete ? 'complete' : ['configz'] }).controls;
const labSchema = z.object({
  endpoint: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string() }),
});
const folder = mkdtempSync(join(tmpdir(), 'bench-estate-'));

try {
  const numbers = ['SECONDS', 'SECONDS A 100 CLUSTERS', 'PEAK MB', 'REPORT MB'];
  const table = benchTable('AUDIT', 'CLUSTERS', 'NODES', 'VERDICTS', ...numbers);
  for (const complete of [false, true]) for (const size of sizes) table.push(await measured(size, complete));
  console.log(table.toString());
  console.log(
    `Every node was counted once, with one verdict of each control: ${controlsOf(false).length} by default, ${controlsOf(true).length} complete.`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measured(size: number, complete: boolean): Promise<string[]> {
  const controls = controlsOf(complete);
  const lab = await startServer('estate-server.ts', [size], labSchema);
  try {
    const { endpoint, credentials } = lab.said;
    const report = join(folder, `audit-${size}.json`);
    const { seconds, peak } = await audit(report, {
      ...lambdaEnvironment(endpoint, hub.region, credentials),
      ...(complete && { [environment.complete]: 'true' }),
    });

    const expected = benchClusters(size);
    const count = await countVerdicts(report, { expected, controls: controls.map(({ slug }) => slug) });
    if (count.wrong.length > 0 || count.nodes !== size * nodesEach)
      throw new Error(`of ${size} clusters ${count.nodes} nodes were counted:\n${count.wrong.slice(0, 20).join('\n')}`);
    if (peak > mostMb) {
      process.exitCode = 1;
      console.error(`the program held ${peak.toFixed(0)} MB, more than the ${mostMb} MB that it may`);
    }

    const megabytes = statSync(report).size / 1_048_576;
    rmSync(report);
    const numbers = [seconds.toFixed(1), ((seconds / size) * 100).toFixed(1), peak.toFixed(0), megabytes.toFixed(0)];
    return [
      complete ? 'complete' : 'default',
      ...[count.clusters, count.nodes, count.verdicts].map(String),
      ...numbers,
    ];
  } finally {
    lab.end();
  }
}

/** The command line as a person runs it: its first line says how much memory it may take. */
async function audit(
  report: string,
  env: Readonly<Record<string, string>>,
): Promise<{ seconds: number; peak: number }> {
  const started = performance.now();
  const cli = join(import.meta.dirname, '../../lambda/cli/eks-kubelet-audit.ts');
  const args = ['audit', '--organization', '--publish', '--format', 'json', '--output', report];
  const child = spawn(cli, [...args, ...regions.flatMap((region) => ['--region', region])], {
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = `${errors}${text}`.slice(-4_000);
  });

  const { code, peakMb: peak } = await endOf(child);
  // Some nodes fail on purpose.
  if (code !== 1) throw new Error(`the program ended with ${code}:\n${errors}`);
  return { seconds: (performance.now() - started) / 1_000, peak };
}
