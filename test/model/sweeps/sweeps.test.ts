import fc from 'fast-check';
import { expect, it } from 'vitest';
import { howMany } from '../how-many-histories.ts';
import { brokenPrograms } from './broken-programs.ts';
import { Law } from './law.ts';
import { Machines } from './machines.ts';
import { type Model, moves, pass } from './moves.ts';
import { SweptEstate, type Variant } from './swept-estate.ts';

/**
 * Histories of two clusters, of which the second is made meanwhile, with machines that live from one minute to days, over runs and sweeps. A history that breaks the
 * law is printed, made as short as it gets, with the seed that gives it again. `npm run model` tries 1,000.
 */
const histories = howMany(25);

const law = (variant?: Variant) =>
  fc.asyncProperty(fc.commands(moves, { maxCommands: 16, size: 'max' }), async (history) => {
    const machines = new Machines();
    const real = new SweptEstate(machines, variant);
    const model: Model = { machines, law: new Law(machines, real), mishap: {} };
    const standing = { cluster: 'blue', bootMinutes: 1, isFailing: false, isRead: 'always' } as const;
    for (const group of ['workers', 'spot'] as const) machines.launch({ ...standing, group }, 10_000);
    machines.now += 30 * 60_000;
    await model.law.run();
    await pass(model, 15);

    await fc.asyncModelRun(() => ({ model, real }), history);
    await pass(model, 120);
    await model.law.end();
  });

it('no machine lives unjudged or uncounted, and nothing ends but by a run that has seen it end', async () => {
  await fc.assert(law(), { numRuns: histories });
});

it.each(Object.entries(brokenPrograms))('a program that %s does not get through', async (_, variant) => {
  // Always the same histories, so that none is found by luck.
  const { failed, errorInstance } = await fc.check(law(variant), { numRuns: 300, seed: 1, endOnFailure: true });
  expect(failed).toBe(true);
  expect(String(errorInstance)).toMatch(
    /^Error: (ended|not announced|hidden|not quiet|told otherwise|called fixed|called gone|forgotten|not judged|not counted|misjudged): /,
  );
});
