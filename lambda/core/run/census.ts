import * as z from 'zod/mini';
import { nodeGroupKinds, vias } from '../model/model.ts';
import type { Model } from '../model/node-facts.ts';
import { clusterName, place } from './item.ts';

export const time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/));
const words = z.string().check(z.maxLength(2_000));
const common = { version: z.literal(1), sweepAt: time };

export const machineShape = {
  instanceId: z.string().check(z.regex(/^i-[0-9a-f]{8,17}$/)),
  group: z.object({ kind: z.enum(nodeGroupKinds), name: z.string().check(z.maxLength(512)) }),
  launchedAt: time,
};

export const notJudgedKinds = ['too-young', 'unreadable', 'waiting', 'ended', 'never-joined', 'contested'] as const;

const fate = {
  /** Absent while it runs. `at` is EC2's word, and absent where EC2 names no time. */
  ended: z.exactOptional(z.object({ seenAt: time, at: z.exactOptional(time), because: words })),
  /** The first time that all of its chosen controls were judged, with the worst verdict. */
  judged: z.exactOptional(
    z.object({
      /** When its cluster's nodes were listed. */
      at: time,
      by: z.enum(['run', 'sweep']),
      via: z.enum(vias),
      /** `waived`: every failure is. `unknown`: some controls could not be answered, and none is worse. */
      worst: z.enum(['pass', 'fail', 'warn', 'waived', 'unknown', 'not-applicable']),
      /** Only a part of the cluster's nodes was listed, so its pass ends nothing. */
      partOfList: z.exactOptional(z.literal(true)),
    }),
  ),
  /**
   * Absent once it is judged.
   * - `too-young`: younger than the boot grace when looked at. `unreadable`: no source could read it, in the last of three sweeps too.
   * - `waiting`: it will be read again by the next sweep. `ended`: it ended before it could be read.
   * - `never-joined`: no API server lists it, and SSM found no kubelet on it. `contested`: it has the tags of several clusters.
   */
  notJudged: z.exactOptional(
    z.object({
      kind: z.enum(notJudgedKinds),
      because: words,
    }),
  ),
};

export const censusMachine = {
  accountId: place.accountId,
  region: place.region,
  cluster: clusterName.cluster,
  ...machineShape,
  ...fate,
};

/** One machine as one sweep knows it: a line of `census/DATE/HHMM.jsonl`, where the last line about a machine counts. Texts are bounded and printable. */
export const censusLine = z.object({ ...common, ...censusMachine });
export type CensusLine = Model<typeof censusLine>;
export type MachineJudged = NonNullable<CensusLine['judged']>;
export type NotJudgedKind = (typeof notJudgedKinds)[number];

/** A time in which no sweep looked: at nothing, or at one account's Region. */
const censusGap = z.object({
  ...common,
  gap: z.object({ from: time, to: time, because: words }),
  accountId: z.exactOptional(place.accountId),
  region: z.exactOptional(place.region),
});
export type CensusGap = Model<typeof censusGap>;

/** The first line of each object of the census: how often sweeps come, and since when there is a census without a break in what it remembers. */
const censusSweep = z.object({ ...common, everyMinutes: z.int().check(z.minimum(1), z.maximum(60)), begunAt: time });

export const censusRecord = z.union([censusLine, censusGap, censusSweep]);
export type CensusRecord = Model<typeof censusRecord>;
