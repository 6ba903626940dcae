import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../../../lambda/contract/environment.ts';
import { eventSource } from '../../../lambda/contract/events.ts';
import { waiversFile } from '../../../lambda/contract/names.ts';
import { addCounts } from '../../../lambda/core/model/add-counts.ts';
import type { FindingCounts } from '../../../lambda/core/run/answer.ts';
import { noFindings } from '../../../lambda/core/run/answer-of.ts';
import { executionName } from '../../../lambda/core/run/item.ts';
import { runDiscovery } from '../../../lambda/flow/run/run-discovery.ts';
import { runItem } from '../../../lambda/flow/run/run-item.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { deployedWaivers } from '../../../lambda/wiring/deployed-waivers.ts';
import { openHubPorts } from '../../../lambda/wiring/open/hub.ts';
import { settingsFromEnvironment } from '../../../lambda/wiring/settings.ts';
import { auditedWith } from '../../core/run/complete-run.ts';
import type { LabEvent } from '../aws/events/events.ts';
import { bucket, type HistoryEstate, place } from './history-estate.ts';

/** What one run came to: as the program counts it, and as Security Hub and the bus saw it. */
export interface HistoryRun {
  readonly runId: string;
  readonly counts: FindingCounts;
  readonly imports: number;
  readonly events: readonly LabEvent[];
}

const { accountId, region } = place;
const functionArn = `arn:aws:lambda:${region}:${accountId}:function:eks-kubelet-audit-item`;

/** The environment of the hub's functions, without waivers. */
export const functionEnvironment = ({ signingKey }: HistoryEstate): Readonly<Record<string, string>> => ({
  AWS_REGION: region,
  [environment.bucket]: bucket,
  [environment.regions]: region,
  [environment.sources]: 'configz',
  [environment.controls]: 'kubelet-client-ca-file,kubelet-anonymous-auth',
  [environment.publish]: 'true',
  [environment.signingKey]: signingKey,
  [environment.resultRetentionDays]: '365',
  [environment.sweep]: '1',
});

export function eventsSince({ lab }: HistoryEstate): () => readonly LabEvent[] {
  const before = lab.events.events(accountId, region).length;
  return () =>
    lab.events
      .events(accountId, region)
      .slice(before)
      .filter(({ source }) => source === eventSource);
}

/** A run as Step Functions would do it, one step after another: the program's own ports, as its functions open them, against the lab. */
export async function runOnce(estate: HistoryEstate, folder: string): Promise<HistoryRun> {
  const { lab } = estate;
  const env = {
    ...functionEnvironment(estate),
    [environment.waivers]: existsSync(join(folder, waiversFile)) ? waiversFile : '',
  };
  const settings = settingsFromEnvironment(env);
  const waivers = await deployedWaivers({ env, folder, ...settings });
  const { signal } = new AbortController();
  const runStartedAt = new Date();
  const runId = executionName(runStartedAt);
  const since = eventsSince(estate);
  const before = imports(lab.securityHub);

  const ports = {
    ...(await openHubPorts(settings, { keys: {}, env, functionArn })),
    metrics: { publish: () => undefined },
  };
  try {
    const discovered = {
      runId,
      startedAt: runStartedAt.toISOString(),
      regions: [region],
      names: [],
      excludes: () => false,
      publish: true,
      signal,
    };
    const { items } = await runDiscovery(ports, discovered);
    let counts = noFindings;
    for (const item of items) {
      const options = { ...settings, waivers, signal, runStartedAt };
      const { answer } = await runItem(ports, { runId, item }, options);
      const { findings, problems } = answer;
      const [problem] = problems;
      if (problem && problem.code !== 'security-hub-off') throw new Error(`${problem.code}: ${problem.message}`);
      counts = addCounts(counts, findings);
    }
    await runSummary(ports, { runId, partition: 'aws', ...settings, auditedWith, waivers });

    return {
      runId,
      counts,
      imports: imports(lab.securityHub) - before,
      events: since(),
    };
  } finally {
    ports.close();
  }
}

function imports(securityHub: HistoryEstate['lab']['securityHub']): number {
  const { created, updated, ignored, failed } = securityHub.importsOf(accountId, region);
  return created + updated + ignored + failed;
}
