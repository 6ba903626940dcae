import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { z } from 'zod';
import { generatedMutations, sampled } from './generated-mutations.ts';
import { type Mutation, mutated, partNames, partText } from './mutation.ts';
import { namedMutations } from './named-mutations.ts';

const usage = `npm run mutation:remedy -- [--generated COUNT] [--only TEXT] [--minimum PERCENT] [--workers COUNT]

Makes each of the named changes, and COUNT (60) generated ones, of the shell and awk that fixes a node, and runs the tests that may notice it: those that
start no systemd first. Prints which test noticed each change, and the share that was noticed. Needs what the suite under systemd needs.
Exit code 1: that share is below --minimum (90).`;

const units = 'test/infra/documents/remediation';
const systemd = (...names: readonly string[]) => names.map((name) => `test/systemd/${name}.test.ts`);
const reads = [
  `${units}/remediate-settings.test.ts`,
  ...systemd('remediate-reads', 'remediate-methods', 'remediate-refused'),
];

/** Which tests may notice a change of a part, the cheapest ones first. */
const testsOf: Readonly<Record<string, readonly string[]>> = {
  'answer.sh': systemd('remediate-rollback', 'remediate-again', 'remediate-refused', 'remediate-methods'),
  'apply.sh': systemd(
    'remediate-durable',
    'remediate-methods',
    'remediate-again',
    'remediate-what-runs',
    'remediate-rollback',
    'remediate-killed',
    'remediate-lock',
  ),
  'arguments.awk': [`${units}/remediate-arguments.test.ts`, ...systemd('remediate-methods', 'remediate-refused')],
  'arguments.sh': systemd('remediate-methods', 'remediate-refused', 'remediate-rollback'),
  'client-ca.sh': systemd('remediate-what-runs', 'remediate-refused', 'remediate-methods'),
  'common.sh': systemd(
    'remediate-durable',
    'remediate-again',
    'remediate-lock',
    'remediate-killed',
    'remediate-rollback',
  ),
  'edits.sh': systemd('remediate-methods', 'remediate-refused'),
  'effective.sh': systemd('remediate-reads', 'remediate-what-runs', 'remediate-methods', 'remediate-refused'),
  'files.sh': systemd('remediate-refused', 'remediate-methods', 'remediate-reads'),
  'flow.sh': systemd(
    'remediate-what-runs',
    'remediate-again',
    'remediate-refused',
    'remediate-methods',
    'remediate-rollback',
    'remediate-killed',
  ),
  'json.awk': reads,
  'machine.sh': systemd('remediate-refused', 'remediate-lock', 'remediate-methods', 'remediate-killed'),
  'parameters.sh': [`${units}/remediate-kubelet.test.ts`, ...systemd('remediate-refused', 'remediate-methods')],
  'plan.sh': systemd('remediate-methods', 'remediate-refused', 'remediate-what-runs', 'remediate-rollback'),
  'remediate.sh': [`${units}/remediate-kubelet.test.ts`, ...systemd('remediate-methods', 'remediate-refused')],
  'rescue.sh': systemd(
    'remediate-again',
    'remediate-durable',
    'remediate-what-runs',
    'remediate-rollback',
    'remediate-lock',
    'remediate-killed',
  ),
  'settings.awk': reads,
  'yaml.awk': reads,
};

/** A folder with all parts of the script, one of them changed. */
function writeScript(folder: string, mutation?: Mutation): void {
  mkdirSync(folder, { recursive: true });
  for (const name of partNames)
    writeFileSync(join(folder, name), name === mutation?.file ? mutated(mutation) : partText(name));
}

const composed = (folder: string, name: string): string =>
  readFileSync(join(folder, name), 'utf8').replaceAll(/^@INCLUDE ([a-z-]+\.(?:sh|awk))@\n/gm, (_, part: string) =>
    composed(folder, part),
  );

/** What no shell or awk can read is no change that a test has to notice. */
function canBeRead(folder: string): boolean {
  const shell = spawnSync('dash', ['-n'], { input: composed(folder, 'remediate.sh').replace(/^@CONTROLS@$/m, '') });
  const rescue = spawnSync('dash', ['-n'], { input: composed(folder, 'rescue.sh') });
  return (
    shell.status === 0 &&
    rescue.status === 0 &&
    ['settings.awk', 'arguments.awk'].every((name) => isAwk(composed(folder, name)))
  );
}

const isAwk = (program: string): boolean =>
  spawnSync('mawk', ['-v', 'mode=none', `BEGIN { exit }\n${program}`], { input: '' }).stderr.length === 0;

const report = z.object({
  testResults: z.array(z.object({ assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })) })),
});

/** The first test of these files that fails with the script in this folder. */
async function firstFailure(folder: string, files: readonly string[], only?: string): Promise<string | undefined> {
  for (const file of files) {
    const output = join(folder, 'report.json');
    const code = await new Promise<number | null>((resolve) => {
      spawn(
        'vitest',
        [
          'run',
          '--config=test/mutation/remedy/vitest.config.ts',
          '--maxWorkers=1',
          '--reporter=json',
          `--outputFile=${output}`,
          ...(only ? ['-t', only] : []),
          file,
        ],
        { stdio: 'ignore', env: { ...process.env, REMEDY_SCRIPT: folder } },
      ).once('exit', resolve);
    });
    if (code === 0) continue;
    const { testResults } = report.parse(JSON.parse(readFileSync(output, 'utf8')));
    const failed = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .find(({ status }) => status === 'failed');
    return `${file.split('/').at(-1)?.replace('.test.ts', '')}: ${failed?.fullName ?? 'it could not be run'}`;
  }
  return undefined;
}

interface Outcome {
  readonly mutation: Mutation;
  readonly killedBy: string | undefined;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      generated: { type: 'string', default: '60' },
      only: { type: 'string', default: '' },
      minimum: { type: 'string', default: '90' },
      workers: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  setPriority(19);
  const home = mkdtempSync(join(tmpdir(), 'mutation-remedy-'));
  try {
    const readable = generatedMutations().filter((each, index) => {
      const folder = join(home, 'candidate');
      writeScript(folder, each);
      return index >= 0 && canBeRead(folder);
    });
    const mutations = [...namedMutations, ...sampled(readable, Number(values.generated))].filter(({ name, file }) =>
      `${file}: ${name}`.includes(values.only),
    );
    console.log(
      `${namedMutations.length} named changes, ${readable.length} that operators make, of which ${values.generated} are taken; ${mutations.length} to run`,
    );

    const outcomes: Outcome[] = [];
    const waiting = [...mutations.entries()];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, mutation] = next;
        const folder = join(home, String(index));
        writeScript(folder, mutation);
        const killedBy = await firstFailure(folder, testsOf[mutation.file] ?? []);
        outcomes.push({ mutation, killedBy });
        rmSync(folder, { recursive: true });
        console.log(
          `${killedBy ? 'killed  ' : 'SURVIVED'} ${mutation.file}: ${mutation.name}${killedBy ? ` [${killedBy}]` : ''}`,
        );
      }
    };
    await Promise.all(Array.from({ length: Number(values.workers) }, work));
    return told(outcomes, Number(values.minimum));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Prints the table, and the survivors by name. */
function told(outcomes: readonly Outcome[], minimum: number): number {
  const table = new Table({
    head: ['part', 'changes', 'noticed', 'share'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const row = (name: string, some: readonly Outcome[]) => {
    const killed = some.filter(({ killedBy }) => killedBy !== undefined).length;
    table.push([name, some.length, killed, `${some.length === 0 ? 100 : Math.floor((100 * killed) / some.length)} %`]);
    return (100 * killed) / some.length;
  };
  for (const file of partNames) {
    const own = outcomes.filter(({ mutation }) => mutation.file === file);
    if (own.length > 0) row(file, own);
  }
  const score = row('all of them', outcomes);
  console.log(`\n${table.toString()}\n`);

  const survivors = outcomes.filter(({ killedBy }) => killedBy === undefined);
  console.log(survivors.length === 0 ? 'no change survived' : 'survivors:');
  for (const { mutation } of survivors) console.log(`  ${mutation.file}: ${mutation.name}`);
  return score < minimum ? 1 : 0;
}

process.exitCode = await main();
