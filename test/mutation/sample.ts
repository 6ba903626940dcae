import { createHash } from 'node:crypto';
import { type CheckResult, CheckStatus } from '@stryker-mutator/api/check';
import type { Mutant } from '@stryker-mutator/api/core';
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const percent = Number(process.env['MUTATION_SAMPLE'] ?? 100);
const draw = process.env['MUTATION_DRAW'] ?? '';

/** Whether a change is in the sample: by a hash of what it is, so that the same ones are taken each time. */
function isDrawn({ fileName, location, replacement }: Mutant): boolean {
  const { line, column } = location.start;
  const name = `${draw}${fileName.replace(/^.*\/lambda\//, '')}:${line}:${column}:${replacement}`;
  return createHash('sha256').update(name).digest().readUInt32BE() < (2 ** 32 * percent) / 100;
}

/** Stryker calls what a checker refuses a compile error, and leaves it out of the score. */
const notDrawn: CheckResult = { status: CheckStatus.CompileError, reason: 'not in the sample' };
const drawn: CheckResult = { status: CheckStatus.Passed };

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Checker, 'sample', {
    init: () => Promise.resolve(),
    group: (mutants) => Promise.resolve([mutants.map(({ id }) => id)]),
    check: (mutants) =>
      Promise.resolve(Object.fromEntries(mutants.map((each) => [each.id, isDrawn(each) ? drawn : notDrawn]))),
  }),
];
