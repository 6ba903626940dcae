import * as z from 'zod/mini';
import type { WaiverUse } from '../../judge/waivers/waiver-use.ts';
import { type Manifest, settingOrigins } from '../../model/manifest.ts';
import {
  type Drift,
  type HeldRight,
  holderKinds,
  nodeGroupKinds,
  nodeKinds,
  type Origin,
  type ReadFailure,
  type Verdict,
  vias,
} from '../../model/model.ts';
import { worstFirst } from '../../model/statuses.ts';
import { longestOwner } from '../../model/text/owner-claim.ts';

// The JSON that `audit`, `evaluate` and the deployed run leave, as it is read back: docs/schema/result-1.json is made of this. Fields that this version
// does not know are kept: they may come at any time.

const text = z.string();
const count = z.int().check(z.nonnegative());
const time = z.string().check(z.maxLength(40));
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** The words of a union, all of them: one that the model gets and this does not is an error of the types. */
const words = <T extends string>(all: { readonly [Word in T]: Word }) => z.enum(all);

const via = z.enum(vias);

const origins = {
  running: z.looseObject({ from: z.literal('running') }),
  answer: z.looseObject({ from: z.literal('answer') }),
  flag: z.looseObject({ from: z.literal('flag'), flag: text }),
  'drop-in': z.looseObject({ from: z.literal('drop-in'), file: text }),
  file: z.looseObject({ from: z.literal('file'), file: text }),
  default: z.looseObject({
    from: z.literal('default'),
    of: z.enum(['configuration file', 'no configuration file', 'EKS-optimized AMI']),
    deletedBy: z.exactOptional(text),
  }),
  'user-data': z.looseObject({
    from: z.literal('user-data'),
    file: z.exactOptional(text),
    part: z.exactOptional(count),
    line: z.exactOptional(count),
    flag: z.exactOptional(text),
    key: z.exactOptional(text),
    alone: z.exactOptional(z.literal(true)),
  }),
  node: z.looseObject({ from: z.literal('node'), file: text }),
  handshake: z.looseObject({ from: z.literal('handshake') }),
  grants: z.looseObject({ from: z.literal('grants') }),
} satisfies Record<Origin['from'], unknown>;
const { running, answer, flag, file, node: onNode, handshake, grants } = origins;
export const origin: z.ZodMiniType<Origin> = z.discriminatedUnion('from', [
  running,
  answer,
  flag,
  origins['drop-in'],
  file,
  origins.default,
  origins['user-data'],
  onNode,
  handshake,
  grants,
]);

const mark = z.looseObject({ until: text, by: text, reason: text });

const heldRight = z.looseObject({
  kind: z.enum(holderKinds),
  name: text,
  standing: words<HeldRight['standing']>({
    system: 'system',
    allowed: 'allowed',
    expired: 'expired',
    'not-allowed': 'not-allowed',
  }),
  ways: z.array(text),
  ours: z.exactOptional(z.literal(true)),
  unsure: z.exactOptional(z.literal(true)),
  allowance: z.exactOptional(mark),
});

const evidence = z.looseObject({
  setting: text,
  value: text,
  expected: text,
  origin,
  via: z.enum([...vias, 'apis']),
  notes: z.array(text),
  kubeletVersion: z.exactOptional(text),
  proof: z.exactOptional(z.looseObject({ readAt: time, sha256, keptSha256: z.exactOptional(sha256) })),
  /** For a control about who holds a right: all holders. */
  holders: z.exactOptional(z.array(heldRight)),
});

export const verdict: z.ZodMiniType<Verdict> = z.discriminatedUnion('status', [
  z.looseObject({ status: z.literal('pass'), evidence }),
  z.looseObject({
    status: z.literal('fail'),
    evidence,
    waived: z.exactOptional(mark),
    waiverExpired: z.exactOptional(mark),
    remedy: z.exactOptional(text),
  }),
  z.looseObject({
    status: z.literal('warn'),
    because: text,
    evidence: z.exactOptional(evidence),
    covered: z.exactOptional(mark),
  }),
  z.looseObject({ status: z.literal('unknown'), because: text }),
  z.looseObject({ status: z.literal('not-applicable'), because: text }),
]);

const problem = z.looseObject({ code: text, message: text, remedy: text });

const group = z.looseObject({
  kind: z.enum(nodeGroupKinds),
  name: text,
});

const machine = z.discriminatedUnion('status', [
  z.looseObject({ status: z.literal('confirmed'), instanceId: text }),
  z.looseObject({ status: z.literal('unconfirmed'), because: text }),
  z.looseObject({ status: z.literal('none'), because: text }),
]);

const facts = z.looseObject({ via, notes: z.array(text) });

export const failureKind = words<ReadFailure['kind']>({
  'kubelet-refused': 'kubelet-refused',
  'kubelet-denied': 'kubelet-denied',
  'node-gone': 'node-gone',
  cluster: 'cluster',
  unreadable: 'unreadable',
  'not-tried': 'not-tried',
  deadline: 'deadline',
  interrupted: 'interrupted',
});

const clusterNode = z.looseObject({
  key: text,
  name: z.exactOptional(text),
  machine,
  kind: z.enum(nodeKinds),
  group,
  kubeletVersion: z.exactOptional(text),
  osImage: z.exactOptional(text),
  /** What the machine's tag says, by the setting `ownerTag`: a claim. */
  owner: z.exactOptional(text.check(z.maxLength(longestOwner))),
  distrust: z.exactOptional(text),
  groupUnconfirmed: z.exactOptional(text),
  booting: z.exactOptional(z.literal(true)),
  unlisted: z.exactOptional(z.literal(true)),
  claimed: z.exactOptional(z.enum(['without-machine', 'elsewhere'])),
  alsoTaggedFor: z.exactOptional(z.array(text)),
  /** Of a node that does not exist yet. */
  declaredAt: z.exactOptional(z.looseObject({ file: text, line: count })),
});

export const savedNode = z.looseObject({
  node: clusterNode,
  facts: z.exactOptional(facts),
  otherFacts: z.exactOptional(z.array(facts)),
  drift: z.exactOptional(
    z.array(
      z.looseObject({
        setting: text,
        running: text,
        afterRestart: text,
        origin,
        kind: words<Drift['kind']>({ 'edited-not-restarted': 'edited-not-restarted', 'lost-at-boot': 'lost-at-boot' }),
        because: text,
      }),
    ),
  ),
  failures: z.array(z.looseObject({ via, kind: failureKind, because: text })),
  verdicts: z.record(text, verdict),
  /** The headline: whether the API server and all clients are authenticated and authorized. */
  access: z.exactOptional(
    z.looseObject({
      status: z.enum(worstFirst),
      because: text,
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
  inventory: z.looseObject({
    from: z.enum(['kubernetes', 'tags', 'saved', 'none']),
    complete: z.boolean(),
    machinesUnknown: z.exactOptional(z.literal(true)),
    terminated: z.exactOptional(z.array(text)),
    /** Machines that a sweep saw failing and of which EC2, asked by id, shows none pending or running any more. */
    sweptAndGone: z.exactOptional(z.array(text)),
    /** Running machines with the cluster's tags that are not listed, and on which SSM found no kubelet. */
    withoutKubelet: z.exactOptional(z.array(clusterNode)),
    /** Node objects of machines that don't run in the cluster's VPC. */
    claims: z.exactOptional(z.array(clusterNode)),
    /** Running machines with the tags of another cluster too that this one's API server doesn't list. */
    contested: z.exactOptional(z.array(clusterNode)),
  }),
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

const gap = z.looseObject({
  accountId: z.exactOptional(text),
  region: z.exactOptional(text),
  cluster: z.exactOptional(text),
  problem,
});

const coverage = z.looseObject({
  accounts: count,
  regions: count,
  clusters: z.looseObject({ found: count, audited: count, gone: count, failed: count }),
  nodes: count,
  unreadableNodes: count,
  bootingNodes: count,
  machinesWithoutKubelet: count,
  suppressed: z.exactOptional(count),
  claimedNodes: z.exactOptional(count),
  claims: z.exactOptional(
    z.array(
      z.looseObject({
        accountId: text,
        region: text,
        cluster: text,
        nodes: count,
        named: z.array(text),
        groups: z.exactOptional(count),
        groupsNamed: z.exactOptional(z.array(text)),
      }),
    ),
  ),
  /** What node groups launch next, by cluster; only where launch templates were looked at. */
  nextNodes: z.exactOptional(
    z.array(
      z.looseObject({
        accountId: text,
        region: text,
        cluster: text,
        groups: count,
        failing: count,
        unknown: count,
        named: z.array(text),
      }),
    ),
  ),
  failedItems: count,
  complete: z.boolean(),
  gaps: z.array(gap),
  skipped: z.array(gap),
});

/** How it was audited. */
export const manifest: z.ZodMiniType<Manifest> = z.looseObject({
  program: z.looseObject({ name: text, version: text, commit: z.nullable(text) }),
  caller: z.union([z.looseObject({ arn: text }), z.looseObject({ unknown: text })]),
  settings: z.array(z.looseObject({ name: text, value: text, from: z.enum(settingOrigins) })),
  sources: z.array(text),
  controls: z.looseObject({ lookedAt: z.array(text), leftOut: z.array(text) }),
  startedAt: time,
  finishedAt: time,
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
