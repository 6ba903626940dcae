import { awsCredentials, awsSockets } from '../../adapters/aws-access.ts';
import { systemClock } from '../../adapters/clock.ts';
import { eventBridge, eventBridgeClient } from '../../adapters/event-bus.ts';
import { s3Bucket, s3Client } from '../../adapters/s3/bucket.ts';
import { s3RunMemory, s3SweepMemory, withSweeps } from '../../adapters/s3/run-memory.ts';
import { sfnClient, stateMachineRuns } from '../../adapters/step-functions.ts';
import { latestPrefix, stateMachineName } from '../../contract/names.ts';
import type { Place } from '../../core/model/model.ts';
import type { RunPorts } from '../../flow/run/ports.ts';
import type { WithdrawPorts } from '../../flow/withdraw/ports.ts';
import type { AwsAccessPath } from '../access-path.ts';
import type { Settings } from '../settings.ts';
import { openRunPorts } from './run.ts';

interface OpenWithdrawOptions extends Pick<RunPorts, 'log' | 'progress'> {
  readonly bucket: string;
  /** The hub's account and Region: the caller's. */
  readonly hub: Place;
}

/** What `withdraw` touches: accounts as an audit from a terminal enters them, and the hub with the caller's own credentials. */
export async function openWithdrawPorts(
  settings: Settings & { readonly accessPath: AwsAccessPath },
  { bucket: name, hub, log, progress }: OpenWithdrawOptions,
): Promise<WithdrawPorts & { readonly page: string; close(): void }> {
  const run = await openRunPorts(settings, { log, progress, self: hub });
  const sockets = awsSockets();
  const access = { region: hub.region, credentials: awsCredentials(settings.accessPath.profile), sockets };
  const bucket = s3Bucket({ client: s3Client(access), bucket: name });
  const stateMachineArn = `arn:${hub.partition}:states:${hub.region}:${hub.accountId}:stateMachine:${stateMachineName}`;

  return {
    ...run,
    memory: withSweeps(s3RunMemory(bucket, { log }), s3SweepMemory(bucket, { log })),
    events: eventBridge({ client: eventBridgeClient(access), clock: systemClock }),
    executions: stateMachineRuns({ client: sfnClient(access), stateMachineArn }),
    page: bucket.address(`${latestPrefix}report.html`),
    close() {
      run.close();
      sockets.close();
    },
  };
}
