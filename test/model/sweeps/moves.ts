import fc from 'fast-check';
import { move as moveOf } from '../histories.ts';
import type { Law } from './law.ts';
import { clusters, groups, type Machines } from './machines.ts';
import type { Mishap, SweptEstate } from './swept-estate.ts';

/** What is true, and what must come of it. */
export interface Model {
  readonly machines: Machines;
  readonly law: Law;
  /** What happens to the next sweep. */
  mishap: Mishap;
}

const move = moveOf<Model, SweptEstate>;

const minute = 60_000;

/** Sweeps come every quarter of an hour. */
export async function pass(model: Model, minutes: number): Promise<void> {
  const { machines, law } = model;
  for (let passed = 0; passed < minutes; passed += 1) {
    machines.now += minute;
    if (machines.now % (15 * minute) !== 0) continue;
    const { mishap } = model;
    model.mishap = {};
    await law.sweep(mishap);
  }
}

const lifetime = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 20, max: 120 }),
  fc.integer({ min: 1, max: 3 }).map((days) => days * 24 * 60),
);

const launch = fc
  .record({
    cluster: fc.oneof({ weight: 4, arbitrary: fc.constant('blue' as const) }, fc.constantFrom(...clusters)),
    group: fc.constantFrom(...groups),
    bootMinutes: fc.integer({ min: 1, max: 14 }),
    isFailing: fc.boolean(),
    isRead: fc.oneof(
      { weight: 5, arbitrary: fc.constant('always' as const) },
      fc.constantFrom('never' as const, 'by runs' as const),
    ),
    minutes: lifetime,
  })
  .map(({ minutes, ...machine }) =>
    move(
      `${machine.cluster}: a machine of ${machine.group} for ${minutes} minutes, which boots for ${machine.bootMinutes}, ${machine.isFailing ? 'failing' : 'good'}, read ${machine.isRead}`,
      ({ machines }) => machines.launch(machine, minutes),
    ),
  );

const time = fc
  .oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 45 }) }, fc.integer({ min: 45, max: 240 }))
  .map((minutes) => move(`${minutes} minutes pass`, async (model) => await pass(model, minutes)));

const run = fc.constant(move('a run', async ({ law }) => await law.run()));

const slowRun = fc
  .integer({ min: 1, max: 45 })
  .map((minutes) =>
    move(
      `a run, with ${minutes} minutes between reading and publishing`,
      async (model) => await model.law.run(async () => await pass(model, minutes)),
    ),
  );

const again = fc.constant(move('the last run is done again, from what it kept', async ({ law }) => await law.again()));

const fix = fc.nat({ max: 5 }).map((index) =>
  move(`machine ${index} is fixed`, ({ machines }) => {
    const machine = machines.all[index];
    if (machine) machine.isFailing = false;
  }),
);

const mishap = (words: string, next: Mishap) =>
  move(words, (model) => {
    model.mishap = next;
  });

const dying = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.boolean()).map(([at, after]) => ({
  words: `the next sweep dies ${after ? 'after' : 'before'} its write ${at}`,
  next: { dies: { at, after } } as Mishap,
}));
const dies = dying.map(({ words, next }) => mishap(words, next));

const twice = fc.constant(mishap('the next sweep is done twice', { isTwice: true }));

const madeUp = fc
  .integer({ min: 90, max: 250 })
  .map((madeUp) => mishap(`somebody tags ${madeUp} new machines for clusters that do not exist`, { madeUp }));

const pause = fc.tuple(fc.integer({ min: 20, max: 500 }), fc.boolean()).map(([minutes, isLost]) =>
  move(
    `no sweep comes for ${minutes} minutes${isLost ? ', and what they remember is lost' : ''}`,
    ({ machines, law }, real) => {
      machines.now += minutes * minute;
      if (isLost) real.loseState();
      law.paused(isLost);
    },
  ),
);

const days = fc
  .integer({ min: 49, max: 60 })
  .map((hours) => move(`${hours} hours pass`, async (model) => await pass(model, hours * 60)));

const restart = fc.nat({ max: 8 }).map((index) =>
  move(`machine ${index} is stopped and started`, ({ machines }) => {
    const machine = machines.all[index];
    if (machine && machines.isAlive(machine) && machine.launchedAt < machines.now) machines.restart(machine);
  }),
);

const takingTurns = fc
  .tuple(fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 8 }), fc.boolean())
  .map(([choices, withRun]) => ({
    words: `the next sweep's items take turns${withRun ? ' with a run' : ''}: ${choices.join()}`,
    next: { turns: { choices, withRun }, isSplit: true } as Mishap,
  }));
const atOnce = takingTurns.map(({ words, next }) => mishap(words, next));

/** A sweep that dies, or whose items take turns, shows most where it finds something new. */
const newsAndMishap = fc
  .tuple(fc.constantFrom(...clusters), fc.subarray([...groups], { minLength: 1 }), fc.oneof(dying, takingTurns))
  .map(([cluster, failing, { words, next }]) =>
    move(`${cluster}: a failing machine of ${failing.join(' and ')}, and ${words}`, async (model) => {
      for (const group of failing)
        model.machines.launch({ cluster, group, bootMinutes: 1, isFailing: true, isRead: 'always' }, 24 * 60);
      model.mishap = next;
      await pass(model, 15);
    }),
  );

const seldom = fc.oneof(twice, madeUp, pause, restart, days);

export const moves = [
  launch,
  launch,
  launch,
  time,
  time,
  run,
  slowRun,
  again,
  fix,
  dies,
  atOnce,
  newsAndMishap,
  newsAndMishap,
  restart,
  seldom,
];
