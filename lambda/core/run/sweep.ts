import * as z from 'zod/mini';
import type { Model } from '../model/node-facts.ts';
import { censusLine, machineShape, time } from './census.ts';
import { clusterName, place } from './item.ts';

/** Of one item. An answer of so many machines is small enough to be read back whole, and one function reads so many in its time. */
export const mostSweptMachines = 500;

/** So many sweeps try to read a machine. */
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
