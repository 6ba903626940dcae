import * as z from 'zod/mini';
import type { Model } from '../model/node-facts.ts';
import { censusLine, censusMachine, censusRecord, machineShape, time } from './census.ts';
import { clusterName, place } from './item.ts';

/** Of one item. An answer of so many machines is small enough to be read back whole, and one function reads so many in its time. */
export const mostSweptMachines = 500;

export const mostAttempts = 3;

/** To the minute. */
export const sweepTime = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/));

/** A machine that a sweep has to read, as EC2 describes it and its tags say. */
const sweptMachine = z.strictObject({
  ...machineShape,
  group: z.strictObject(machineShape.group.shape),
  state: z.string().check(z.regex(/^[a-z-]{1,20}$/)),
  /** Names that its Node object may have, by EC2's word, the likeliest first: the private DNS name, the resource name. */
  nodeNames: z.array(z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{0,252}$/))).check(z.maxLength(3)),
  /** How many sweeps have tried before: 0, 1 or 2. */
  attempt: z.int().check(z.minimum(0), z.maximum(mostAttempts - 1)),
});
export type SweptMachine = Model<typeof sweptMachine>;

const itemName = {
  ...place,
  ...clusterName,
  /** The sweep's one time. */
  sweepAt: sweepTime,
  /** Counted from 1 within the cluster and sweep. */
  part: z.int().check(z.minimum(1), z.maximum(10_000)),
};

/** What one invocation of a sweep reads: some machines of a cluster, or all of a cluster that is new. */
export const sweepItemSchema = z.strictObject({
  ...itemName,
  /** Absent for a new cluster: every node of it is read. */
  machines: z.optional(z.array(sweptMachine).check(z.minLength(1), z.maxLength(mostSweptMachines))),
});
export type SweepItem = Model<typeof sweepItemSchema>;

const text = z.string().check(z.maxLength(2_000));

/** What a sweep's item came to. It is stored, and read by what writes the census. */
export const sweepAnswer = z.object({
  item: z.strictObject(itemName),
  /** As of a run's item: `failed` may be done again, and `gone` means that EKS has no such cluster. */
  status: z.enum(['done', 'gone', 'failed']),
  startedAt: time,
  finishedAt: time,
  /** One for each machine of the item. */
  lines: z.array(censusLine),
  /** What the next sweep has to read, its attempts counted; one that is too young keeps its count. */
  retry: z.array(sweptMachine),
  /** Findings that this item opened: Ids, at most 200. */
  opened: z.array(text),
  problems: z.array(z.object({ code: text, message: text, remedy: text })),
});
export type SweepAnswer = Model<typeof sweepAnswer>;

const { accountId, region, cluster } = censusMachine;

const knownMachine = z.object({
  ...censusMachine,
  nodeNames: z.array(z.string().check(z.maxLength(253))).check(z.maxLength(3)),
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
