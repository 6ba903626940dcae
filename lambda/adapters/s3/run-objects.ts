import * as z from 'zod/mini';
import type { Problem } from '../../core/model/model.ts';
import { openStatuses } from '../../core/model/statuses.ts';
import type { FindingCounts, ItemAnswer } from '../../core/run/answer.ts';
import type { Discovery, Gap } from '../../core/run/discovery.ts';
import { runItem } from '../../core/run/item.ts';
import type { Counts } from '../../core/run/outcome.ts';

// The objects of a run as they are read back. What this release knows is read strictly: anyone who can write to the bucket could have written it. What it
// does not know, a newer release wrote, and it is ignored: within a version fields are only added.

const text = z.string().check(z.maxLength(16_384));
const count = z.int().check(z.nonnegative());

const problem: z.ZodMiniType<Problem> = z.object({ code: text, message: text, remedy: text });
const ofEach = {
  pass: count,
  fail: count,
  warn: count,
  unknown: count,
  'not-applicable': count,
};
const counts: z.ZodMiniType<Counts> = z.object(ofEach);

const findingCounts: z.ZodMiniType<FindingCounts> = z.object({
  created: count,
  updated: count,
  reopened: count,
  refreshed: count,
  archived: count,
  unchanged: count,
  rejected: count,
  notSent: count,
});

const ofEachSeverity = {
  CRITICAL: z.exactOptional(count),
  HIGH: z.exactOptional(count),
  MEDIUM: z.exactOptional(count),
  LOW: z.exactOptional(count),
  INFORMATIONAL: z.exactOptional(count),
};

export const itemAnswer: z.ZodMiniType<ItemAnswer> = z.object({
  item: runItem,
  status: z.enum(['done', 'gone', 'failed']),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  kubernetes: z.exactOptional(text),
  nodes: count,
  unreadableNodes: count,
  bootingNodes: count,
  machinesWithoutKubelet: count,
  suppressed: z.exactOptional(count),
  waived: z.exactOptional(count),
  claims: z.exactOptional(z.object({ nodes: count, named: z.array(text) })),
  nextNodes: z.exactOptional(z.object({ groups: count, failing: count, unknown: count, named: z.array(text) })),
  machinesOfSeveral: z.exactOptional(z.array(text)),
  gaps: z.array(z.object({ nodeGroup: text, problem })),
  complete: z.boolean(),
  verdicts: counts,
  access: z.exactOptional(z.object({ ...ofEach, waived: count })),
  controls: z.record(text, counts),
  open: z.exactOptional(
    z.object({
      groups: z.array(
        z.object({
          control: text,
          group: text,
          standing: z.enum(openStatuses),
          nodes: count,
        }),
      ),
      more: count,
    }),
  ),
  failing: z.exactOptional(
    z.array(
      z.object({
        owner: z.exactOptional(text),
        others: z.exactOptional(z.literal(true)),
        machines: count,
        bySeverity: z.object(ofEachSeverity),
      }),
    ),
  ),
  resultSha256: z.exactOptional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
  findings: findingCounts,
  problems: z.array(problem),
  moreProblems: count,
});

const gap: z.ZodMiniType<Gap> = z.object({
  accountId: z.exactOptional(text),
  region: z.exactOptional(text),
  cluster: z.exactOptional(text),
  nodeGroup: z.exactOptional(text),
  problem,
});

/** A discovery without its items, which have an object of their own; `items` says how many those are. */
export const discoveryHead: z.ZodMiniType<DiscoveryHead> = z.object({
  runId: text,
  startedAt: z.iso.datetime(),
  accounts: count,
  regions: count,
  items: count,
  gaps: z.array(gap),
  skipped: z.array(gap),
});

export type DiscoveryHead = Omit<Discovery, 'items'> & { readonly items: number };
