import * as z from 'zod/mini';
import { environment } from '../contract/environment.ts';
import { itemsFile, runPrefix } from '../contract/names.ts';
import type { AccountScope } from '../contract/settings.ts';
import type { Discovery, Gap } from '../core/run/discovery.ts';
import type { Log } from '../flow/ports.ts';
import { runDiscovery } from '../flow/run/run-discovery.ts';
import type { SweepDone } from '../flow/sweep/run-sweep.ts';
import { openHubPorts } from '../wiring/open/hub.ts';
import { required, settingsFromEnvironment } from '../wiring/settings.ts';
import { namingErrors } from './named-error.ts';
import { isoTime, parseEvent, runId } from './parse-event.ts';
import { sweepHandler } from './sweep.ts';
import { type HubContext, timeLimits } from './time-limits.ts';

/** What the state machine passes on about its execution. A person may start one with the id of an earlier run, whose unfinished items are then audited. */
const discoverEvent = z.object({
  executionName: runId,
  executionStartedAt: isoTime,
  // A person may write it: a mistyped field would start another run.
  input: z.strictObject({ runId: z.optional(runId) }),
});

/** Gaps logged one by one; the summary in S3 names all. */
const mostGapLines = 100;

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
  if (Object(event).sweep !== undefined) {
    const excludes = (accountId: string, { accessPath }: ReturnType<typeof settingsFromEnvironment>) =>
      isExcluded(accountId, accessPath.accounts, context.invokedFunctionArn);
    return sweepHandler(event, context, { excludes });
  }

  return namingErrors(async () => {
    const { executionName, executionStartedAt, input } = parseEvent(
      discoverEvent,
      event,
      'an execution of the state machine the input {} or {"runId": "ID OF A FORMER RUN"}, and name it with letters, digits, - and _',
    );
    const settings = settingsFromEnvironment(process.env);
    const { deadline, signal } = timeLimits(context);
    const ports = await openHubPorts(settings, {
      keys: { requestId: context.awsRequestId },
      env: process.env,
      functionArn: context.invokedFunctionArn,
      deadline,
    });

    try {
      const discovery = await runDiscovery(ports, {
        runId: input.runId ?? executionName,
        startedAt: executionStartedAt,
        regions: settings.accessPath.regions,
        names: [],
        excludeClusters: settings.excludeClusters,
        excludes: (accountId) => isExcluded(accountId, settings.accessPath.accounts, context.invokedFunctionArn),
        deadline,
        signal,
      });
      logDiscovery(ports.log, discovery);
      return {
        runId: discovery.runId,
        startedAt: discovery.startedAt,
        bucket: required(process.env, environment.bucket),
        key: `${runPrefix}${discovery.runId}/${itemsFile}`,
        items: discovery.items.length,
      };
    } finally {
      ports.close();
    }
  });
}

/** What is in no list of the settings is left out by them, but for an organization, whose list is AWS's. */
function isExcluded(accountId: string, accounts: AccountScope, functionArn: string): boolean {
  switch (accounts.kind) {
    case 'own':
      return accountId !== functionArn.split(':')[4];
    case 'accounts':
      return !accounts.accounts.includes(accountId);
    case 'organization':
      return accounts.exclude.includes(accountId);
  }
}

function logDiscovery(log: Log, { runId: run, accounts, regions, items, gaps, skipped }: Discovery): void {
  log.info('discovered', {
    runId: run,
    accounts,
    regions,
    items: items.length,
    gaps: gaps.length,
    skipped: skipped.length,
  });
  for (const gap of gaps.slice(0, mostGapLines)) log.warn(gap.problem.message, fieldsOf(gap));
  if (gaps.length > mostGapLines) log.warn('more gaps', { count: gaps.length - mostGapLines });
}

const fieldsOf = ({ problem: { code, remedy }, ...where }: Gap) => ({ ...where, code, remedy });
