import { awsCredentials, awsSockets } from '../../adapters/aws-access.ts';
import { s3Bucket, s3Client } from '../../adapters/s3/bucket.ts';
import { s3Census, s3SweepStates } from '../../adapters/s3/sweep-store.ts';
import { sfnClient, stateMachineRuns } from '../../adapters/step-functions.ts';
import { environment } from '../../contract/environment.ts';
import type { RunSweepPorts } from '../../flow/sweep/ports.ts';
import { required, type Settings } from '../settings.ts';
import { type ItemInvocation, openHubPorts } from './hub.ts';

/** What a sweep over accounts and Regions touches. */
export async function openSweepPorts(
  settings: Settings,
  invocation: ItemInvocation,
): Promise<RunSweepPorts & { close(): void }> {
  const { env } = invocation;
  const stateMachineArn = required(env, environment.sweepMachineArn);
  const hub = await openHubPorts(settings, invocation);
  const sockets = awsSockets();
  const access = { region: required(env, 'AWS_REGION'), credentials: awsCredentials(), sockets };
  const bucket = s3Bucket({ client: s3Client(access), bucket: required(env, environment.bucket) });

  return {
    ...hub,
    states: s3SweepStates(bucket, hub),
    census: s3Census(bucket),
    executions: stateMachineRuns({ client: sfnClient(access), stateMachineArn }),
    close() {
      hub.close();
      sockets.close();
    },
  };
}
