import * as z from 'zod/mini';
import type { WaiverUse } from '../../judge/waivers/waiver-use.ts';
import { stateOrder } from '../../model/access-states.ts';
import { manifest } from '../../model/manifest.ts';
import { clusterNode, drift, inventory, kubeletFacts, problem, readFailure, verdict } from '../../model/model.ts';
import { time } from '../../model/node-facts.ts';
import { worstFirst } from '../../model/statuses.ts';
import { coverage } from '../../run/coverage.ts';

// The JSON that `audit`, `evaluate` and the deployed run leave, as it is read back: docs/schema/result-1.json is made of this. Fields that this version
// does not know are kept: they may come at any time.

const text = z.string();
const count = z.int().check(z.nonnegative());

/** Results of earlier releases have these fields of what is read of a kubelet, and fewer of the others. */
const facts = z.pick(kubeletFacts, { via: true, notes: true, assumes: true });
const failure = z.pick(readFailure, { via: true, kind: true, because: true });

export const savedNode = z.looseObject({
  node: clusterNode,
  facts: z.exactOptional(facts),
  otherFacts: z.exactOptional(z.array(facts)),
  /** A newer release may name a setting that this one does not know. */
  drift: z.exactOptional(z.array(z.extend(drift, { setting: text }))),
  failures: z.array(failure),
  verdicts: z.record(text, verdict),
  /** The headline: whether the API server and all clients are authenticated and authorized. */
  access: z.exactOptional(
    z.looseObject({
      status: z.enum(worstFirst),
      /** Who gets in; absent in results of an older release. */
      state: z.exactOptional(z.enum(stateOrder)),
      because: text,
      /** The verdict of each door of the kubelet. */
      doors: z.exactOptional(z.record(text, z.enum(worstFirst))),
    }),
  ),
});

const arn = z.looseObject({ arn: text, partition: text, region: text, accountId: text, name: text });

/** A cluster but for its nodes. */
export const savedClusterHead = z.looseObject({
  cluster: z.looseObject({
    name: text,
    arn: z.exactOptional(arn),
    version: z.exactOptional(text),
    compute: z.looseObject({ autoMode: z.boolean(), fargate: z.boolean(), hybrid: z.boolean() }),
  }),
  auditedAt: time,
  /** Of a result saved under `auto`: the version of the benchmark that its numbers have. */
  benchmark: z.exactOptional(text),
  inventory,
  /** Slugs: the controls that were judged, and those that its sources can't show. */
  controls: z.looseObject({ lookedAt: z.array(text), leftOut: z.array(text) }),
  /** What kept nothing from being read. */
  notes: z.exactOptional(z.array(problem)),
  /** What the node groups' next nodes will be; only where the audit looked at launch templates. */
  nextNodes: z.exactOptional(
    z.looseObject({
      complete: z.boolean(),
      withoutKarpenter: z.exactOptional(z.literal(true)),
      nodes: z.array(z.looseObject({ node: clusterNode, source: text, verdicts: z.record(text, verdict) })),
    }),
  ),
  /** The verdict of each control about the cluster itself, by its slug. */
  clusterVerdicts: z.exactOptional(z.record(text, verdict)),
  problems: z.array(problem),
  /** Failures and warnings without a waiver that are suppressed in Security Hub. */
  suppressed: z.exactOptional(count),
});

const control = z.looseObject({
  slug: text,
  number: z.exactOptional(text),
  /** Under `auto`, by the version of the benchmark. */
  numbers: z.exactOptional(z.record(text, text)),
  title: text,
  severity: z.enum(['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']),
  expected: text,
});

/** What comes before the clusters. */
export const savedStart = z.looseObject({
  schemaVersion: z.literal(1),
  startedAt: time,
  benchmark: text,
  /** What every verdict is about, by its slug. */
  controls: z.exactOptional(z.array(control)),
});

/** Of the waivers of an audit. */
const waiverUse: z.ZodMiniType<WaiverUse> = z.looseObject({
  waivers: count,
  everyCluster: count,
  everyNodeGroup: count,
  unmatched: count,
  named: z.array(text),
});

/** What comes after the clusters. */
export const savedEnd = z.looseObject({
  finishedAt: time,
  problems: z.array(problem),
  coverage: z.exactOptional(coverage),
  waivers: z.exactOptional(waiverUse),
  /** One; one of each, where a report was made of several results. */
  manifests: z.exactOptional(z.array(manifest)),
});

const counts = z.looseObject({ pass: count, fail: count, warn: count, unknown: count, 'not-applicable': count });

/** A whole result, as other programs may rely on it: fields come, and none goes or changes its meaning while `schemaVersion` stays. */
export const wholeResult = z.looseObject({
  ...savedStart.shape,
  clusters: z.array(z.looseObject({ ...savedClusterHead.shape, nodes: z.array(savedNode) })),
  ...savedEnd.shape,
  counts,
  waived: count,
  access: z.exactOptional(z.record(text, count)),
  /** Nodes by state: they add up to all nodes. */
  states: z.exactOptional(z.record(text, count)),
});

/** What a deployed run leaves as `summary.json`: the part of its coverage that a report shows. */
export const savedSummary = z.looseObject({
  ...coverage.shape,
  schemaVersion: z.literal(1),
  runId: text,
  startedAt: time,
  finishedAt: time,
  benchmark: text,
  waivers: z.exactOptional(waiverUse),
});

export type SavedStart = z.infer<typeof savedStart>;
export type SavedEnd = z.infer<typeof savedEnd>;
export type SavedCluster = z.infer<typeof savedClusterHead> & { readonly nodes: readonly z.infer<typeof savedNode>[] };
