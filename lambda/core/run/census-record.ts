import * as z from 'zod/mini';
import { accountPattern, clusterPattern, regionPattern } from '../../contract/patterns.ts';
import { nodeGroupKinds, vias } from '../model/model.ts';
import type { CensusLine } from './census.ts';

/** The first line of each object of the census: how often sweeps come, and since when there is a census without a break in what it remembers. */
interface CensusSweep {
  readonly version: 1;
  readonly sweepAt: string;
  readonly everyMinutes: number;
  readonly begunAt: string;
}

/** A time in which no sweep looked: at nothing, or at one account's Region. */
export interface CensusGap {
  readonly version: 1;
  readonly sweepAt: string;
  readonly gap: { readonly from: string; readonly to: string; readonly because: string };
  readonly accountId?: string;
  readonly region?: string;
}

/** A line of `census/DATE/HHMM.jsonl`. */
export type CensusRecord = CensusSweep | CensusGap | CensusLine;

const time = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/));
const words = z.string().check(z.maxLength(2_000));
const account = z.string().check(z.regex(accountPattern));
const region = z.string().check(z.regex(regionPattern));
const common = { version: z.literal(1), sweepAt: time };

export const censusEnd = z.object({ seenAt: time, at: z.exactOptional(time), because: words });
export const censusJudged = z.object({
  at: time,
  by: z.enum(['run', 'sweep']),
  via: z.enum(vias),
  worst: z.enum(['pass', 'fail', 'warn', 'waived', 'unknown', 'not-applicable']),
  partOfList: z.exactOptional(z.literal(true)),
});
export const censusNotJudged = z.object({
  kind: z.enum(['too-young', 'unreadable', 'waiting', 'ended', 'never-joined', 'contested']),
  because: words,
});

export const censusLine: z.ZodMiniType<CensusLine> = z.object({
  ...common,
  accountId: account,
  region,
  cluster: z.string().check(z.regex(clusterPattern)),
  instanceId: z.string().check(z.regex(/^i-[0-9a-f]{8,17}$/)),
  group: z.object({ kind: z.enum(nodeGroupKinds), name: z.string().check(z.maxLength(512)) }),
  launchedAt: time,
  ended: z.exactOptional(censusEnd),
  judged: z.exactOptional(censusJudged),
  notJudged: z.exactOptional(censusNotJudged),
});

export const censusRecord: z.ZodMiniType<CensusRecord> = z.union([
  censusLine,
  z.object({
    ...common,
    gap: z.object({ from: time, to: time, because: words }),
    accountId: z.exactOptional(account),
    region: z.exactOptional(region),
  }),
  z.object({ ...common, everyMinutes: z.int().check(z.minimum(1), z.maximum(60)), begunAt: time }),
]);
