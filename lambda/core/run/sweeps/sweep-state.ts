import * as z from 'zod/mini';
import type { Model } from '../../model/node-facts.ts';
import { censusMachine, censusRecord, time } from '../census.ts';
import { sweepItemSchema, sweepTime } from '../sweep.ts';

const { accountId, region, cluster } = censusMachine;

/** A machine that a sweep saw come or go lately. */
const knownMachine = z.object({
  ...censusMachine,
  nodeNames: z.array(z.string().check(z.maxLength(253))).check(z.maxLength(3)),
  /** How many sweeps have tried to read it. */
  attempt: z.int().check(z.minimum(0), z.maximum(3)),
  /** `wanted`: a sweep has to read it. `asked`: an item was started. `settled`: no sweep reads it again. */
  reading: z.enum(['wanted', 'asked', 'settled']),
});
export type KnownMachine = Model<typeof knownMachine>;

/**
 * What one sweep leaves for the next, in one object that is written once a sweep. What a sweep starts and reports is in it, too: one that died after the
 * write is completed by the next.
 */
export const sweepState = z.object({
  version: z.literal(1),
  sweptAt: sweepTime,
  everyMinutes: z.int().check(z.minimum(1), z.maximum(60)),
  /** The first sweep without a loss of this object since. */
  begunAt: sweepTime,
  /** The run whose accounts, Regions and clusters it went through. */
  runId: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,80}$/)),
  /** When it really looked; absent in a state of the release before. */
  lookedAt: z.exactOptional(time),
  /** Account-Regions that could not be asked, with the last sweep that asked them. */
  behind: z.array(z.object({ accountId, region, since: time })),
  /** Clusters that the run did not know: `absent` where EKS did not know them either, at that time. */
  newClusters: z.array(
    z.object({
      accountId,
      region,
      cluster,
      status: z.enum(['asked', 'known', 'absent']),
      at: z.exactOptional(time),
    }),
  ),
  machines: z.array(knownMachine),
  /** Items whose answers are awaited. */
  started: z.array(sweepItemSchema),
  /** What this sweep reports to the census. */
  records: z.array(censusRecord),
});
export type SweepState = Model<typeof sweepState>;

/** More would be no state of a sweep: the oldest that nothing is awaited of are left out. */
export const mostKnownMachines = 100_000;
