import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { bundleProgram, startFile } from '../../packaging/bundle.ts';
import { scriptArguments } from '../../packaging/script-arguments.ts';
import { benchTable, firstLine, startServer } from './processes.ts';

// `npm run bench`: our reader beside a bare keep-alive loop and kubectl, in one run against one server in a process of its own.
// A round is a fresh process that reads 10,000 nodes once, its connections included. The first 1,000 of them, while V8 still compiles, are also
// compared alone. Read the ratios; the seconds are those of this machine on this day.

const nodes = 10_000;
/** Each has a port of its own. kubectl reads as many. */
const directNodes = 1_000;
const [rounds = 15] = scriptArguments('node test/bench/configz.ts [ROUNDS]', { words: 'numbers' }).positionals.map(
  Number,
);
const bare = 'bare node:https loop';
const ours = 'eks-kubelet-audit';
const bareDirect = 'bare loop, one connection a kubelet';
const direct = 'eks-kubelet-audit, direct';
/** A real kubelet answers with 3 KB; one whose lists are long, with more. Ratios to the bare loop for all 10,000: speed at least, CPU at most. */
const answers = [
  { name: '3 KB', bytes: 0, speed: 1.2, cpu: 0.85 },
  { name: '18 KB', bytes: 18_000, speed: 0.95, cpu: 1.15 },
] as const;
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const estateSchema = z.object({
  kubeconfig: z.string(),
  direct: z.object({ kubeconfig: z.string(), kubelets: z.array(z.unknown()) }),
});

type Times = { readonly seconds: number; readonly cpu: number };
type Round = { readonly first: Times; readonly all: Times };
type Goals = { readonly speed: number; readonly cpu: number };

const ratios = ['SPEED TO BARE LOOP', 'CPU TO BARE LOOP', 'FIRST 1,000: SPEED', 'CPU'];
const table = benchTable('ANSWERS', 'AT ONCE', 'READER', 'NODES/S', ...ratios);

try {
  for (const { name, bytes, speed, cpu } of answers) {
    const { said: estate, end } = await startServer('server.ts', [nodes, directNodes, bytes], estateSchema);
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, estate.kubeconfig, { mode: 0o600 });
    writeFileSync(join(folder, 'direct'), estate.direct.kubeconfig, { mode: 0o600 });
    writeFileSync(join(folder, 'kubelets.json'), JSON.stringify(estate.direct.kubelets));

    for (const atOnce of [20, 50])
      compare([name, String(atOnce)], [bare, ours], {
        measured: await alternating([bare, ours], (reader) => reading([reader, 'proxied'], { nodes, atOnce })),
        nodes,
        goals: { speed, cpu },
      });
    if (bytes === 0) {
      compare([name, '50'], [bareDirect, direct], {
        measured: await alternating([bareDirect, direct], (reader) =>
          reading([reader, 'direct'], { nodes: directNodes, atOnce: 50 }),
        ),
        nodes: directNodes,
        goals: { speed: 0.95, cpu: Number.POSITIVE_INFINITY },
      });
      const kubectl = kubectlSeconds(kubeconfig);
      if (kubectl) table.push([name, '20', 'kubectl get --raw', (directNodes / kubectl).toFixed(0)]);
      else console.log('kubectl is not installed: left out');
    }
    end();
  }
  console.log(table.toString());

  const milliseconds = (await startUp()).toFixed(0);
  console.log(`\nThe packed program prints --version in ${milliseconds} ms (goal: 150 ms on a quiet machine)`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Every other round the other way round: who comes first finds the machine as the one before left it. */
async function alternating(
  readers: readonly [string, string],
  read: (reader: string) => Promise<Round>,
): Promise<ReadonlyMap<string, readonly Round[]>> {
  const measured = new Map<string, Round[]>(readers.map((reader) => [reader, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const reader of round % 2 === 0 ? readers : readers.toReversed())
      measured.get(reader)?.push(await read(reader));
  return measured;
}

interface CompareOptions {
  readonly measured: ReadonlyMap<string, readonly Round[]>;
  readonly nodes: number;
  readonly goals: Goals;
}

/** Each round is compared alone, since other work of the machine slowed both. */
function compare(
  about: readonly string[],
  [first, second]: readonly [string, string],
  { measured, nodes, goals }: CompareOptions,
): void {
  const [base = [], own = []] = [measured.get(first), measured.get(second)];
  const ratios = (of: (round: Round) => Times) => {
    const ratio = (between: (one: Times, other: Times) => number) =>
      median(own.map((each, round) => between(of(base[round] ?? each), of(each))));
    return [ratio((one, other) => one.seconds / other.seconds), ratio((one, other) => other.cpu / one.cpu)] as const;
  };
  const [speed, cpu] = ratios(({ all }) => all);
  const perSecond = (rounds: readonly Round[]) => (nodes / median(rounds.map(({ all }) => all.seconds))).toFixed(0);
  const all = [speed, cpu, ...ratios((round) => round.first)].map((each) => each.toFixed(2));

  table.push([...about, first, perSecond(base), ...all.map(() => '1.00')]);
  table.push([...about, second, perSecond(own), ...all]);
  if (speed >= goals.speed && cpu <= goals.cpu) return;
  process.exitCode = 1;
  console.error(`${second}, ${about.join(', ')}: the goals are a speed of ${goals.speed} and CPU of ${goals.cpu}`);
}

/** Seconds, measured inside a fresh process after its start. */
async function reading(
  which: readonly [reader: string, way: string],
  { nodes, atOnce }: { readonly nodes: number; readonly atOnce: number },
): Promise<Round> {
  const args = [join(import.meta.dirname, 'reader.ts'), ...which, folder, String(nodes), String(atOnce)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const numbers = (await firstLine(child)).split(' ').map(Number);
  const [firstSeconds = Number.NaN, firstCpu = Number.NaN, seconds = Number.NaN, cpu = Number.NaN] = numbers;
  return { first: { seconds: firstSeconds, cpu: firstCpu }, all: { seconds, cpu } };
}

/** The median of eleven starts of the packed program, with its compiled code kept from an earlier one. */
async function startUp(): Promise<number> {
  const home = join(folder, 'start-up');
  await bundleProgram(home);
  const env = { PATH: process.env['PATH'], HOME: home, NODE_COMPILE_CACHE: join(home, 'compiled') };
  const measured: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    const began = performance.now();
    await once(spawn(process.execPath, [join(home, startFile), '--version'], { env, stdio: 'ignore' }), 'exit');
    measured.push(performance.now() - began);
  }
  return median(measured.slice(1));
}

function kubectlSeconds(kubeconfig: string): number | undefined {
  if (spawnSync('kubectl', ['version', '--client']).status !== 0) return undefined;

  const started = performance.now();
  const names = Array.from({ length: directNodes }, (_, index) => `/api/v1/nodes/node-${index}/proxy/configz`).join(
    '\n',
  );
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
