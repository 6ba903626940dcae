import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { DeployedHub } from '../lab/estate/deployed-hub.ts';
import type { Lab } from '../lab/lab.ts';

const clusterResult = z.object({
  cluster: z.object({ arn: z.object({ arn: z.string() }) }),
  nodes: z.array(
    z.object({
      node: z.object({ key: z.string() }),
      verdicts: z.record(z.string(), z.object({ status: z.string() })),
    }),
  ),
});
type ClusterResult = z.infer<typeof clusterResult>;

const gap = z.object({
  accountId: z.string().optional(),
  region: z.string().optional(),
  cluster: z.string().optional(),
  problem: z.object({ code: z.string(), message: z.string(), remedy: z.string() }),
});
const coverage = z.object({
  accounts: z.number(),
  regions: z.number(),
  clusters: z.object({ found: z.number(), audited: z.number(), gone: z.number(), failed: z.number() }),
  nodes: z.number(),
  unreadableNodes: z.number(),
  failedItems: z.number(),
  complete: z.boolean(),
  gaps: z.array(gap),
  skipped: z.array(gap),
});

/** What a run found, without what differs from run to run: times, and the words of errors, which name who called. */
export type Found = ReturnType<typeof found>;

/** What the terminal printed as JSON. */
export function foundInTerminal(stdout: string): Found {
  const report = z.object({ clusters: z.array(clusterResult), coverage }).parse(JSON.parse(stdout));
  return found(report.clusters, report.coverage);
}

/** What a run of the state machine left in its bucket. */
export function foundInBucket(lab: Lab, { bucket, object }: DeployedHub, runId: string): Found {
  const results = [...lab.s3.objects(bucket)]
    .filter(([key]) => key.startsWith(`runs/${runId}/results/`) && key.endsWith('.json.gz'))
    .map(([, { body }]) => clusterResult.parse(JSON.parse(gunzipSync(body).toString('utf8'))));
  return found(results, coverage.parse(JSON.parse(object(`runs/${runId}/summary.json`) ?? 'null')));
}

function found(clusters: readonly ClusterResult[], { gaps, skipped, ...numbers }: z.infer<typeof coverage>) {
  const all = clusters.flatMap(({ cluster, nodes }) =>
    nodes.flatMap(({ node, verdicts }) =>
      Object.entries(verdicts).map(
        ([control, { status }]) => [`${cluster.arn.arn} ${node.key} ${control}`, status] as const,
      ),
    ),
  );
  return {
    /** `CLUSTER ARN NODE CONTROL` → status. */
    verdicts: new Map(all.toSorted(([one], [other]) => (one < other ? -1 : 1))),
    /** Verdicts that came more than once: none. */
    repeated: all.map(([name]) => name).filter((name, index, names) => names.indexOf(name) !== index),
    coverage: numbers,
    /** `ACCOUNT/REGION/CLUSTER: code`, sorted. */
    gaps: named(gaps),
    skipped: named(skipped),
  };
}

const named = (gaps: readonly z.infer<typeof gap>[]): readonly string[] =>
  gaps
    .map(
      ({ accountId, region, cluster, problem }) =>
        `${[accountId, region, cluster].filter(Boolean).join('/')}: ${problem.code}`,
    )
    .toSorted();
