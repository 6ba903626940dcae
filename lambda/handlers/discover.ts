import * as z from 'zod/mini';
import { environment } from '../contract/environment.ts';
import { itemsFile, runPrefix } from '../contract/names.ts';
import { runDiscovery } from '../flow/run/run-discovery.ts';
import type { SweepDone } from '../flow/sweep/run-sweep.ts';
import { openHubPorts } from '../wiring/open/hub.ts';
import { required } from '../wiring/settings.ts';
import {
  beginInvocation,
  type HubContext,
  isoTime,
  logGaps,
  namingErrors,
  parseEvent,
  runId,
  withPorts,
} from './invocation.ts';
import { sweepHandler } from './sweep.ts';

/** What the state machine passes on about its execution. A person may start one with the id of an earlier run, whose unfinished items are then audited. */
const discoverEvent = z.object({
  executionName: runId,
  executionStartedAt: isoTime,
  // A person may write it: a mistyped field would start another run.
  input: z.strictObject({ runId: z.optional(runId) }),
});

/** Where the items are that the state machine reads next, and the run's one time. */
interface DiscoverOutput {
  readonly runId: string;
  readonly startedAt: string;
  readonly bucket: string;
  readonly key: string;
  readonly items: number;
}

/** Lists what to audit, into S3; or sweeps, where the schedule of sweeps calls. */
export function handler(event: unknown, context: HubContext): Promise<DiscoverOutput | SweepDone> {
  if (Object(event).sweep !== undefined) return sweepHandler(event, context);

  return namingErrors(async () => {
    const { executionName, executionStartedAt, input } = parseEvent(
      discoverEvent,
      event,
      'an execution of the state machine the input {} or {"runId": "ID OF A FORMER RUN"}, and name it with letters, digits, - and _',
    );
    const { settings, deadline, signal, isAudited, invocation } = beginInvocation(context);

    return await withPorts(openHubPorts(settings, invocation), async (ports) => {
      const discovery = await runDiscovery(ports, {
        runId: input.runId ?? executionName,
        startedAt: executionStartedAt,
        regions: settings.accessPath.regions,
        names: [],
        excludeClusters: settings.excludeClusters,
        excludes: (accountId) => !isAudited(accountId),
        deadline,
        signal,
      });
      const { runId: run, startedAt, accounts, regions, gaps, skipped } = discovery;
      const items = discovery.items.length;
      const counts = { items, gaps: gaps.length, skipped: skipped.length };
      ports.log.info('discovered', { runId: run, accounts, regions, ...counts });
      logGaps(ports.log, gaps);
      const bucket = required(process.env, environment.bucket);
      return { runId: run, startedAt, bucket, key: `${runPrefix}${run}/${itemsFile}`, items };
    });
  });
}
