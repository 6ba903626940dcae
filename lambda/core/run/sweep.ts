import * as z from 'zod/mini';
import { accountPattern, clusterPattern, regionPattern } from '../../contract/patterns.ts';
import { type NodeGroup, nodeGroupKinds, type Place, type Problem } from '../model/model.ts';
import type { CensusLine } from './census.ts';
import { censusLine } from './census-record.ts';

/** Of one item. An answer of so many machines is small enough to be read back whole, and one function reads so many in its time. */
export const mostSweptMachines = 500;

/** So many sweeps try to read a machine. */
export const mostAttempts = 3;

/** A machine that a sweep has to read, as EC2 describes it. */
export interface SweptMachine {
  readonly instanceId: string;
  readonly launchedAt: string;
  readonly state: string;
  /** Names that its Node object may have, by EC2's word, the likeliest first: the private DNS name, the resource name. */
  readonly nodeNames: readonly string[];
  /** As its tags say. */
  readonly group: NodeGroup;
  /** How many sweeps have tried before: 0, 1 or 2. */
  readonly attempt: number;
}

/** What one invocation of a sweep reads: some machines of a cluster, or all of a cluster that is new. */
export interface SweepItem extends Place {
  readonly cluster: string;
  /** Other Regions of the account with a cluster of this name. */
  readonly namesakes?: readonly string[] | undefined;
  /** The sweep's one time, to the minute. */
  readonly sweepAt: string;
  /** Counted from 1 within the cluster and sweep. */
  readonly part: number;
  /** Absent for a new cluster: every node of it is read. */
  readonly machines?: readonly SweptMachine[] | undefined;
}

/** What a sweep's item came to. It is stored, and read by what writes the census. */
export interface SweepAnswer {
  readonly item: Omit<SweepItem, 'machines'>;
  /** As of a run's item: `failed` may be done again, and `gone` means that EKS has no such cluster. */
  readonly status: 'done' | 'gone' | 'failed';
  readonly startedAt: string;
  readonly finishedAt: string;
  /** One for each machine of the item. */
  readonly lines: readonly CensusLine[];
  /** What the next sweep has to read, its attempts counted; one that is too young keeps its count. */
  readonly retry: readonly SweptMachine[];
  /** Findings that this item opened: Ids, at most 200. */
  readonly opened: readonly string[];
  readonly problems: readonly Problem[];
}

/** To the minute. */
export const sweepTime = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/));

const isoTime = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/));

const sweptMachine: z.ZodMiniType<SweptMachine> = z.strictObject({
  instanceId: z.string().check(z.regex(/^i-[0-9a-f]{8,17}$/)),
  launchedAt: isoTime,
  state: z.string().check(z.regex(/^[a-z-]{1,20}$/)),
  nodeNames: z.array(z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{0,252}$/))).check(z.maxLength(3)),
  group: z.strictObject({ kind: z.enum(nodeGroupKinds), name: z.string().check(z.maxLength(512)) }),
  attempt: z.int().check(z.minimum(0), z.maximum(mostAttempts - 1)),
});

/** It comes from outside, as an event or an object. It becomes part of S3 keys and of requests, so nothing in it may lead out of them. */
const item = {
  partition: z.string().check(z.regex(/^aws[a-z-]*$/)),
  accountId: z.string().check(z.regex(accountPattern)),
  region: z.string().check(z.regex(regionPattern)),
  cluster: z.string().check(z.regex(clusterPattern)),
  namesakes: z.optional(z.array(z.string().check(z.regex(regionPattern))).check(z.maxLength(100))),
  sweepAt: sweepTime,
  part: z.int().check(z.minimum(1), z.maximum(10_000)),
  machines: z.optional(z.array(sweptMachine).check(z.minLength(1), z.maxLength(mostSweptMachines))),
};
export const sweepItemSchema: z.ZodMiniType<SweepItem> = z.strictObject(item);

const text = z.string().check(z.maxLength(2_000));
const { machines: _, ...itemName } = item;

/** As it is stored. */
export const sweepAnswer: z.ZodMiniType<SweepAnswer> = z.object({
  item: z.strictObject(itemName),
  status: z.enum(['done', 'gone', 'failed']),
  startedAt: isoTime,
  finishedAt: isoTime,
  lines: z.array(censusLine),
  retry: z.array(sweptMachine),
  opened: z.array(text),
  problems: z.array(z.object({ code: text, message: text, remedy: text })),
});
