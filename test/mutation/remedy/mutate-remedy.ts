import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { z } from 'zod';
import { scriptArguments } from '../../../packaging/script-arguments.ts';
import { bootFailure, whyNoSystemd } from '../../systemd/real-systemd.ts';
import { generatedMutations, sampled } from './generated-mutations.ts';
import { type Mutation, mutated, mutationsIn, namedMutations, partNames, partText } from './mutation.ts';

const usage = `npm run mutation:remedy -- [--generated COUNT] [--draw NAME] [--changes FILE] [--only TEXT] [--minimum PERCENT] [--workers COUNT] [--results FILE]

Makes each of the named changes (named-mutations.diff, or FILE of the same form), and COUNT (60) generated ones, of the shell and awk that fixes a node.
Runs the tests that may notice each change: those that start no systemd first. The generated ones are drawn again each day, or by NAME.
Prints which test noticed each change, and the share that was noticed. Needs what the suite under systemd needs.
It takes hours. With --results each outcome is written into FILE at once, and a change that FILE has is not tried again: remove its line to repeat it.
Exit code 1: that share is below --minimum (90), or a change met no test.`;

const units = 'test/infra/documents';
/** By the names of suites under systemd, and paths of others. */
const tests = (names: string): readonly string[] =>
  names
    .split(' ')
    .map((name) => (name.includes('/') ? `${units}/${name}.test.ts` : `test/systemd/remediate-${name}.test.ts`));
const reads = tests('remediation/remediate-settings reads methods refused');

/** Which tests are likely to notice a change of a part, the cheapest ones first. */
const testsOf: Readonly<Record<string, readonly string[]>> = {
  'answer.sh': tests('remediation/script-functions rollback again refused methods'),
  'apply.sh': tests('remediation/script-functions durable methods again what-runs rollback killed undo'),
  'arguments.awk': tests('remediation/remediate-arguments methods refused'),
  'arguments.sh': tests('remediation/script-functions methods refused rollback again'),
  'changed-since.sh': tests('remediation/script-functions edited what-runs methods'),
  'client-ca.sh': tests('remediation/script-functions what-runs refused methods'),
  'common.sh': tests('remediation/script-functions durable again killed rollback'),
  'edits.sh': tests('remediation/script-functions methods refused'),
  'effective.sh': tests('remediation/script-functions reads what-runs methods refused'),
  'files.sh': tests('remediation/script-functions refused methods reads'),
  'flow.sh': tests('remediation/script-functions what-runs again refused methods rollback killed undo'),
  'json.awk': reads,
  'machine.sh': tests('remediation/script-functions refused methods rollback killed undo'),
  'parameters.sh': tests('remediation/script-functions remediation/remediate-kubelet refused methods'),
  'plan.sh': tests('remediation/script-functions methods refused what-runs rollback'),
  'remediate.sh': tests('remediation/script-functions remediation/remediate-kubelet methods refused'),
  'rescue.sh': tests('remediation/script-functions again durable what-runs rollback killed undo edited'),
  'settings.awk': reads,
  'since-start.sh': tests('remediation/script-functions probe/edited-files edited methods'),
  'undo.sh': tests('remediation/script-functions undo'),
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
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ status: z.string(), title: z.string(), failureMessages: z.array(z.string()).default([]) }),
      ),
    }),
  ),
});

type Test = { readonly file: string; readonly title: string; readonly because: string };
/** With `bail` it ends at the first failure. */
type Tests = { readonly file: string; readonly titles?: RegExp; readonly bail: boolean };

/** Runs tests with the script in this folder, again where a machine did not boot. @throws NoTest when no test ran: that says nothing about a change */
async function failuresOf(folder: string, tests: Tests): Promise<readonly Test[]> {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const results = await resultsOf(folder, tests);
    const didBoot = !results.some(({ failureMessages }) => failureMessages.join().includes(bootFailure));
    if (!didBoot || !results.some(({ status }) => status === 'passed' || status === 'failed')) continue;
    return results
      .filter(({ status }) => status === 'failed')
      .map(
        ({ title, failureMessages }): Test => ({
          file: tests.file,
          title,
          because: failureMessages.join().slice(0, 500),
        }),
      );
  }
  throw new NoTest(`no test of ${tests.file} ran${tests.titles ? `: '${tests.titles.source}' names none` : ''}`);
}

class NoTest extends Error {}

/** A change may make a loop endless: then its tests are ended, and the change is noticed. A whole suite takes a tenth of it on a quiet machine. */
const longestSeconds = 600;
const endless = 'its tests do not end';
/** Exit codes of `timeout`. */
const [ended, killed] = [124, 137];

async function resultsOf(folder: string, { file, titles, bail }: Tests) {
  const output = join(folder, 'report.json');
  rmSync(output, { force: true });
  const how = ['--config=test/mutation/remedy/vitest.config.ts', '--maxWorkers=1', '--reporter=json'];
  const which = [`--bail=${bail ? 1 : 0}`, ...(titles ? [`--testNamePattern=${titles.source}`] : []), file];
  const env = { ...process.env, MUTATION_REMEDY_SCRIPT: folder };
  const args = ['--kill-after=1s', String(longestSeconds), 'vitest', 'run', ...how, `--outputFile=${output}`, ...which];
  const [code] = await once(spawn('timeout', args, { stdio: 'ignore', env }), 'exit');
  if (code === ended || code === killed) return [{ status: 'failed', title: endless, failureMessages: [] }];
  return existsSync(output)
    ? report.parse(JSON.parse(readFileSync(output, 'utf8'))).testResults.flatMap((each) => each.assertionResults)
    : [];
}

/** The first test that fails with the script in this folder. */
async function firstFailure(folder: string, { file: part, killer }: Mutation): Promise<Test | undefined> {
  if (killer) {
    const [, suite = '', words = ''] = /^([a-z-]+): (.*)$/.exec(killer) ?? [];
    const file = `test/systemd/remediate-${suite}.test.ts`;
    const [failed] = await failuresOf(folder, { file, titles: new RegExp(escaped(words)), bail: true });
    if (failed) return failed;
  }
  for (const file of testsOf[part] ?? []) {
    const [failed] = await failuresOf(folder, { file, bail: true });
    if (failed) return failed;
  }
  return undefined;
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Those of these tests that fail with the script as it is: what they say of a change is worth nothing. */
async function failAnyway(home: string, tests: readonly Test[]): Promise<readonly Test[]> {
  const folder = join(home, 'unchanged');
  writeScript(folder);
  const failed: Test[] = [];
  for (const [file, some] of Map.groupBy(tests, (each) => each.file)) {
    const titles = new RegExp([...new Set(some.map(({ title }) => `${escaped(title)}$`))].join('|'));
    failed.push(...(await failuresOf(folder, { file, titles, bail: false })));
  }
  return failed;
}

type Outcome = { readonly mutation: Mutation; readonly killedBy: Test | undefined };

const kept = z.object({
  change: z.string(),
  killedBy: z.object({ file: z.string(), title: z.string(), because: z.string().default('') }).nullable(),
});

/** The change, and what it makes of the script: another script is another change. */
const keyOf = (mutation: Mutation): string =>
  `${mutation.file}: ${mutation.name} #${createHash('sha256').update(mutated(mutation)).digest('hex').slice(0, 12)}`;

/** What an earlier run found out, by change. */
const earlierOutcomes = (path = ''): ReadonlyMap<string, Test | undefined> =>
  new Map(
    (existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [])
      .filter((line) => line !== '')
      .map((line) => kept.parse(JSON.parse(line)))
      .map(({ change, killedBy }) => [change, killedBy ?? undefined]),
  );

async function main(): Promise<number> {
  const { values } = scriptArguments(usage, {
    options: {
      generated: { type: 'string', default: '60' },
      draw: { type: 'string', default: new Date().toISOString().slice(0, 10) },
      changes: { type: 'string' },
      only: { type: 'string', default: '' },
      minimum: { type: 'string', default: '90' },
      workers: { type: 'string', default: '1' },
      results: { type: 'string' },
    },
  });
  const missing = whyNoSystemd();
  if (missing) {
    console.log(`this needs a real systemd: ${missing.because}`);
    return 1;
  }
  setPriority(Number(process.env['MUTATION_NICE'] ?? 19));
  const home = mkdtempSync(join(tmpdir(), 'mutation-remedy-'));
  try {
    const generated = readableSample(join(home, 'candidate'), { count: Number(values.generated), draw: values.draw });
    const named = values.changes === undefined ? namedMutations : mutationsIn(readFileSync(values.changes, 'utf8'));
    const mutations = [...named, ...generated].filter(({ name, file }) => `${file}: ${name}`.includes(values.only));
    if (mutations.length === 0) throw new Error('there is no change to try');
    console.log(
      `${mutations.length} changes: ${named.length} named ones, and ${generated.length} of the ${generatedMutations().length} that operators make`,
    );

    const earlier = earlierOutcomes(values.results);
    const isKnown = (mutation: Mutation) => earlier.has(keyOf(mutation));
    const outcomes: Outcome[] = mutations
      .filter(isKnown)
      .map((mutation) => ({ mutation, killedBy: earlier.get(keyOf(mutation)) }));
    if (outcomes.length > 0) console.log(`${outcomes.length} of them are known from ${values.results}`);
    const untested: string[] = [];
    const waiting = [...mutations.entries()].filter(([, mutation]) => !isKnown(mutation));
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, mutation] = next;
        const folder = join(home, String(index));
        writeScript(folder, mutation);
        const killedBy = await firstFailure(folder, mutation).catch((error: unknown) => {
          if (error instanceof NoTest) return error;
          throw error;
        });
        rmSync(folder, { recursive: true });
        if (killedBy instanceof NoTest) {
          untested.push(killedBy.message);
          console.log(`UNTESTED ${mutation.file}: ${mutation.name}: ${killedBy.message}`);
          continue;
        }
        outcomes.push({ mutation, killedBy });
        if (values.results !== undefined)
          appendFileSync(
            values.results,
            `${JSON.stringify({ change: keyOf(mutation), killedBy: killedBy ?? null })}\n`,
          );
        console.log(
          `${killedBy ? 'noticed ' : 'SURVIVED'} ${mutation.file}: ${mutation.name}${killedBy ? ` [${killedBy.title}]` : ''}`,
        );
      }
    };
    await Promise.all(Array.from({ length: Number(values.workers) }, work));

    const killers = outcomes.flatMap(({ killedBy }) => (killedBy && killedBy.title !== endless ? killedBy : []));
    const failing = await failAnyway(home, killers);
    const broken = failing.map(({ title }) => title);
    for (const { title, because } of failing)
      console.log(`fails with the script as it is, too, and notices nothing: ${title}: ${because}`);
    const counted = outcomes.map((each) =>
      broken.includes(each.killedBy?.title ?? '') ? { ...each, killedBy: undefined } : each,
    );
    const code = told(counted, Number(values.minimum));
    for (const message of untested) console.log(message);
    return untested.length > 0 ? 1 : code;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** So many generated changes, evenly from all of the script, that a shell and an awk can read: the others notice themselves. */
function readableSample(
  folder: string,
  { count, draw }: { readonly count: number; readonly draw: string },
): readonly Mutation[] {
  const all = generatedMutations();
  const chosen = new Set<Mutation>();
  for (const first of sampled(all, count, draw))
    for (let index = all.indexOf(first); index < all.length; index += 1) {
      const mutation = all[index];
      if (!mutation || chosen.has(mutation)) continue;
      writeScript(folder, mutation);
      if (!canBeRead(folder)) continue;
      chosen.add(mutation);
      break;
    }
  return [...chosen];
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
