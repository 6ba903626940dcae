import fc from 'fast-check';
import { it } from 'vitest';
import { AuditedWorld } from './audited-world.ts';
import type { Variant } from './broken-ports.ts';
import { commands } from './commands.ts';
import type { Model } from './do-run.ts';
import { drawn, expectBroken, howMany } from './histories.ts';
import { mutants } from './mutants.ts';
import { Oracle } from './oracle.ts';
import { TrueWorld } from './true-world.ts';

/**
 * Histories of one account's Region, of up to 60 events, runs among them. What Security Hub holds, what was imported and what was announced must
 * follow from the estate alone. A history that breaks this is printed, made as short as possible, with the seed that repeats it. `npm run model`
 * tries 1,000.
 */
const histories = howMany(100);
const length = 60;

function begin(variant: Variant<TrueWorld> = {}): { readonly model: Model; readonly real: AuditedWorld } {
  const world = new TrueWorld();
  const model = { world, oracle: new Oracle(world), runs: 0, heard: new Map<string, string>(), eventsHeard: 0 };
  return { model, real: new AuditedWorld(world, variant) };
}

const law = (variant?: Variant<TrueWorld>) =>
  fc.asyncProperty(fc.commands([...commands], { maxCommands: length, size: 'max' }), (history) =>
    fc.asyncModelRun(() => begin(variant), history),
  );

it('Security Hub holds what is true, analysts keep what is theirs, each transition is announced once, and nothing but real changes is imported', async () => {
  await fc.assert(law(), { numRuns: histories, ...drawn() });
});

it.each(Object.entries(mutants))('a program that %s does not get through', async (_, variant) => {
  await expectBroken(law(variant), /^(AssertionError: (imports|findings|events):|Error: announced twice)/);
});
