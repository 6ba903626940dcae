import { environment } from '../../lambda/contract/environment.ts';
import { hubFunctions } from '../../lambda/contract/names.ts';
import { bundled } from '../bundles.ts';
import { startFunction } from '../handlers/lab-function.ts';
import { lambdaEnvironment } from '../lab/estate/deployed-hub.ts';
import { deployMember, hub, memberStackTemplate } from '../lab/estate/organization.ts';
import { startLab } from '../lab/lab.ts';
import { addBenchCluster, benchInstanceId } from './bench-lab.ts';
import { probeOutput } from './probe-output.ts';

// `npm run measure:cost`: how long the bundled item function takes for a cluster of 50 nodes and for a Region, and how large a result is.
// By default and complete. docs/cost.md is computed from what it prints (test/docs/measured-items.ts).

const nodes = 50;
const runs = 10;
const { accountId, region } = hub;
const bucket = 'bench-runs';
const name = 'bench';
const item = { partition: 'aws', accountId, region };

const [bundles, lab] = await Promise.all([bundled(), startLab()]);
lab.addAccount(accountId);
lab.s3.createBucket(accountId, region, bucket);
lab.securityHub.enable(accountId, region);
deployMember(lab, memberStackTemplate(), accountId);
let stdout: string | undefined;
await addBenchCluster(lab, {
  accountId,
  region,
  name,
  nodes: Array.from({ length: nodes }, (_, index) => ({
    id: benchInstanceId(index),
    name: `ip-10-0-0-${index}.internal`,
    kubelet: { kind: 'recorded', folder: 'al2023-shape' } as const,
  })),
  printed: (_, { caPem }) => {
    stdout ??= probeOutput('al2023-shape', caPem);
    return stdout;
  },
});

const { functionName, roleName } = hubFunctions.audit;
const session = lab.sts.startSession(`arn:aws:iam::${accountId}:role/${roleName}`, functionName);
const start = (complete: boolean) =>
  startFunction({
    bundle: `${bundles.folder}/item.mjs`,
    functionArn: `arn:aws:lambda:${region}:${accountId}:function:${functionName}`,
    timeoutMs: 60_000,
    environment: () => ({
      ...lambdaEnvironment(lab.endpoint, region, session),
      [environment.bucket]: bucket,
      [environment.publish]: 'true',
      [environment.complete]: String(complete),
    }),
  });

try {
  for (const which of ['default', 'complete'] as const) {
    const audit = start(which === 'complete');
    try {
      const ofCluster = await meanSeconds(audit, which, { ...item, kind: 'cluster', cluster: name });
      const ofRegion = await meanSeconds(audit, which, { ...item, kind: 'region' });
      const result = lab.s3.objects(bucket).get(`runs/${which}-0/results/${accountId}/${region}/${name}.json.gz`);
      console.log(
        `${which}: { secondsPerCluster: ${ofCluster}, secondsPerRegion: ${ofRegion}, bytesPerNode: ${bytesEach(result?.body)} },`,
      );
    } finally {
      await audit.close();
    }
  }
} finally {
  await lab.close();
  await bundles.remove();
}

/** Of invocations of a warm function, each in a run of its own: a cold start is one in many. */
async function meanSeconds(audit: ReturnType<typeof start>, which: string, asked: object): Promise<number> {
  const durations: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const event = {
      runId: `${which}-${run}`,
      startedAt: new Date(Date.UTC(2026, 10, 1 + run)).toISOString(),
      item: asked,
    };
    const { answer, durationMs } = await audit.invoke(event);
    if ('error' in answer) throw new Error(answer.error.message);
    if (run > 0) durations.push(durationMs);
  }
  return Number((durations.reduce((sum, each) => sum + each) / durations.length / 1_000).toFixed(2));
}

function bytesEach(body: Buffer | undefined): number {
  return Math.round((body?.length ?? 0) / nodes);
}
