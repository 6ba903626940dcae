import fc from 'fast-check';
import { expect, it } from 'vitest';
import { takenOver } from '../../../lambda/core/findings/lifecycle/sweep-memory.ts';
import { drawn, expectBroken, howMany } from '../histories.ts';
import { place } from '../true-world.ts';
import { brokenPrograms } from './broken-programs.ts';
import { Law } from './law.ts';
import { clusters, groups, Machines } from './machines.ts';
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
  await fc.assert(law(), { numRuns: histories, ...drawn() });
});

/** What is remembered, what Security Hub shows, and what people heard last. */
async function stateOf({ fakes, sweepMemory, events }: SweptEstate) {
  const read = async (cluster: string) => {
    const { value: run } = await fakes.memory.read(place, cluster);
    const findings = takenOver(run, (await sweepMemory.read(place, cluster)).value)?.findings ?? {};
    return Object.entries(findings).map(([key, { status, announced }]) => `${cluster} ${key} ${status} ${announced}`);
  };
  return {
    remembered: (await Promise.all(clusters.map(read))).flat().toSorted(),
    shown: [...fakes.findings.findings].map(([id, each]) => `${id} ${each.Compliance.Status}`).toSorted(),
    heard: Object.fromEntries(events.map(({ type, detail }) => [Object(detail).findingId, type])),
  };
}

it('two sweeps at once, and a sweep beside a run, leave what they leave one after the other', async () => {
  const machine = fc.record({
    cluster: fc.constantFrom(...clusters),
    group: fc.constantFrom(...groups),
    isFailing: fc.boolean(),
  });
  const choices = fc.array(fc.nat({ max: 7 }), { minLength: 4, maxLength: 30 });
  const property = fc.asyncProperty(
    fc.array(machine, { minLength: 1, maxLength: 5 }),
    choices,
    fc.boolean(),
    async (launched, order, isFixed) => {
      const begun = async () => {
        const machines = new Machines();
        const real = new SweptEstate(machines);
        for (const cluster of clusters)
          machines.launch({ cluster, group: 'workers', bootMinutes: 1, isFailing: isFixed, isRead: 'always' }, 10_000);
        machines.now += 30 * 60_000;
        await real.run();
        await real.sweep();
        // What was open may end by a run, while a sweep sees others fail.
        for (const each of machines.all) each.isFailing = false;
        for (const each of launched) machines.launch({ ...each, bootMinutes: 1, isRead: 'always' }, 10_000);
        machines.now += 15 * 60_000;
        return real;
      };
      const after = async (...deeds: readonly ((real: SweptEstate) => Promise<void>)[]) => {
        const real = await begun();
        for (const each of deeds) await each(real);
        const state = await stateOf(real);
        await real.run();
        return { state, settled: await stateOf(real) };
      };
      const sweep = (real: SweptEstate) => real.sweep({ isSplit: true });
      const run = (real: SweptEstate) => real.run();
      const together = (withRun: boolean) => (real: SweptEstate) =>
        real.sweep({ isSplit: true, turns: { choices: order, withRun } });

      expect(await after(together(false))).toEqual(await after(sweep));
      expect([await after(sweep, run), await after(run, sweep)]).toContainEqual(await after(together(true)));
    },
  );
  await fc.assert(property, { numRuns: histories, ...drawn() });
});

it.each(Object.entries(brokenPrograms))('a program that %s does not get through', async (_, variant) => {
  await expectBroken(
    law(variant),
    /^Error: (ended|not announced|hidden|not quiet|told otherwise|called fixed|called gone|forgotten|not judged|not counted|misjudged|counted twice|miscounted|no gap|read twice): /,
  );
});
