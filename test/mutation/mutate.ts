import { globSync, readFileSync, statSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join, relative } from 'node:path';
import type { MutantResult } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { scriptArguments } from '../../packaging/script-arguments.ts';

const root = join(import.meta.dirname, '../..');
const everything = ['lambda/core', 'lambda/flow'];
const alive = new Set(['Survived', 'NoCoverage']);
const dead = new Set(['Killed', 'Timeout']);

/** Says how to call this script, where it was called in a way that it does not know. */
const usage = `npm run mutation -- [FILE|FILE:FROM-TO|FOLDER…] [--sample PERCENT [--draw NAME]] [--minimum PERCENT]

Changes each of the files of lambda/core and lambda/flow in small ways and runs the unit tests of its room against each change.
Prints what no test noticed and the share that was noticed: of all changes, and of those that change more than a text. Exit code 1: the first share is
below --minimum. With --sample only so many of the changes are made, always the same ones, and for each NAME others: an estimate. After
tests were written by the survivors of one draw, measure with another.`;

/** `lambda/core/read/kubelet/documents/tree.ts` is in the room `core/read`; a file directly in `core` is in the room `core`. */
function roomOf(file: string): string {
  const [, floor, room] = file.split('/');
  return room === undefined || room.endsWith('.ts') ? (floor ?? '') : `${floor}/${room}`;
}

/** The unit tests that mirror a room: those that start no lab, as each runs once for each change. */
function testsOf(room: string): readonly string[] {
  const pattern = room.includes('/') ? `test/${room}/**/*.test.ts` : `test/${room}/*.test.ts`;
  return globSync(pattern, { cwd: root }).filter(
    (file) =>
      !/from '[./]*\/lab\/(lab|demo|aws|estate|history)(?!.*-rules)/.test(readFileSync(join(root, file), 'utf8')),
  );
}

/** The source files, or lines of them, that the arguments name; refuses an argument that names none. */
function filesNamed(names: readonly string[]): readonly string[] {
  return names.flatMap((argument) => {
    const [, name = argument, lines = ''] = /^(.*?)(:\d+-\d+)?$/.exec(argument) ?? [];
    const path = relative(root, join(root, name));
    const isFolder = statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
    const files = isFolder ? globSync(`${path}/**/*.ts`, { cwd: root }) : globSync(path, { cwd: root });
    if (files.length === 0 || !everything.some((folder) => path.startsWith(folder)))
      throw new Error(`'${name}' is no file or folder of ${everything.join(' or ')}`);
    return files.map((file) => `${file}${lines}`);
  });
}

/** Runs every change of a room's files against the room's tests. */
function mutateRoom(files: readonly string[], tests: readonly string[]): Promise<readonly MutantResult[]> {
  process.env['MUTATION_TESTS'] = tests.join(',');
  // stryker.json: of the room's tests those run that import the changed file. `none.json` is no file: Stryker rewrites tsconfig.json by the old compiler API.
  return new Stryker({ configFile: 'test/mutation/stryker.json', mutate: [...files] }).runMutationTest();
}

/** `lambda/core/x.ts:12:5 BooleanLiteral → false`: one change that no test noticed. */
function survivorLine(mutant: MutantResult): string {
  const { line, column } = mutant.location.start;
  const change = (mutant.replacement ?? '').replaceAll(/\s+/g, ' ').slice(0, 80);
  const note = mutant.status === 'NoCoverage' ? ' (no test comes here)' : '';
  return `  ${relative(root, mutant.fileName)}:${line}:${column} ${mutant.mutatorName} → ${change}${note}`;
}

/** Changes that were noticed, of all that could be run, in percent. */
function scoreOf(mutants: readonly MutantResult[]): {
  readonly killed: number;
  readonly all: number;
  readonly score: number;
} {
  const killed = mutants.filter(({ status }) => dead.has(status)).length;
  const all = killed + mutants.filter(({ status }) => alive.has(status)).length;
  return { killed, all, score: all === 0 ? 100 : (100 * killed) / all };
}

/** `core/read   87.1 %  874 of 1003; but for texts 91.0 %  600 of 659`. */
function scoreLine(name: string, mutants: readonly MutantResult[]): string {
  const withoutTexts = mutants.filter(({ mutatorName }) => mutatorName !== 'StringLiteral');
  const [all, others] = [mutants, withoutTexts].map((some) => {
    const { killed, all, score } = scoreOf(some);
    return `${score.toFixed(1).padStart(5)} %  ${killed} of ${all}`;
  });
  return `${name.padEnd(30)} ${all}; but for texts ${others}`;
}

async function main(): Promise<number> {
  const { values, positionals } = scriptArguments(usage, {
    words: 'any',
    options: {
      minimum: { type: 'string', default: '0' },
      sample: { type: 'string', default: '100' },
      draw: { type: 'string', default: '' },
    },
  });
  process.env['MUTATION_SAMPLE'] = values.sample;
  process.env['MUTATION_DRAW'] = values.draw;
  // It takes hours, so other work on this machine goes first.
  setPriority(15);
  const started = Date.now();
  const rooms = Map.groupBy(filesNamed(positionals.length > 0 ? positionals : everything), roomOf);
  const results = new Map<string, readonly MutantResult[]>();

  for (const [room, files] of rooms) {
    const mutants = await mutateRoom(files, testsOf(room)).catch((error: unknown) => {
      console.log(`${room.padEnd(30)} not measured: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
      return undefined;
    });
    if (mutants === undefined) continue;
    results.set(room, mutants);
    for (const mutant of mutants) if (alive.has(mutant.status)) console.log(survivorLine(mutant));
    console.log(scoreLine(room, mutants));
  }

  const all = [...results.values()].flat();
  console.log(`\n${scoreLine('all of it', all)}, in ${Math.round((Date.now() - started) / 1000)} s`);
  return scoreOf(all).score < Number(values.minimum) ? 1 : 0;
}

const exitCode = await main();
process.exitCode ||= exitCode;
