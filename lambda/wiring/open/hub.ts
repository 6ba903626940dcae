import { type AwsSockets, awsCredentials, awsSockets } from '../../adapters/aws-access.ts';
import { systemClock } from '../../adapters/clock.ts';
import { eventBridge, eventBridgeClient } from '../../adapters/event-bus.ts';
import { powertoolsLog, powertoolsMetrics } from '../../adapters/log.ts';
import { s3Bucket, s3Client } from '../../adapters/s3/bucket.ts';
import { s3RunLock } from '../../adapters/s3/run-lock.ts';
import { s3RunMemory, s3SweepMemory, withSweeps } from '../../adapters/s3/run-memory.ts';
import { s3RunStore } from '../../adapters/s3/run-store.ts';
import { s3Census, s3SweepStates, s3SweepStore } from '../../adapters/s3/sweep-store.ts';
import { sfnClient, stateMachineRuns } from '../../adapters/step-functions.ts';
import { environment } from '../../contract/environment.ts';
import type { Place } from '../../core/model/model.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import type { HubPorts, StartPorts } from '../../flow/run/ports.ts';
import { noProgress } from '../no-progress.ts';
import { required, type Settings } from '../settings.ts';
import { openKmsKey } from './signing-key.ts';

export interface Invocation {
  /** What every line of its log carries, such as its request id. */
  readonly keys: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ItemInvocation extends Invocation {
  /** `invokedFunctionArn`: shows partition, account and Region of the hub without a call. */
  readonly functionArn: string;
  /** When reading stops: a busy Security Hub is waited for until then, and half a minute longer. */
  readonly deadline?: Date;
}

/** What discovery and the audit of an item touch. */
export async function openHubPorts(settings: Settings, { functionArn, deadline, ...invocation }: ItemInvocation) {
  // Loaded here: the functions that start and summarise a run never need the clients of the members' services.
  const { openRunPorts } = await import('./run.ts');
  const hub = openSummaryPorts(invocation);
  const run = await openRunPorts(settings, {
    log: hub.log,
    progress: noProgress,
    self: placeOfFunction(functionArn),
    ...(deadline && { deadline }),
  });

  return {
    ...run,
    ...hub,
    close() {
      run.close();
      hub.close();
    },
  };
}

/** What the summary of a run touches: nothing of any member account. */
export function openSummaryPorts({ keys, env }: Invocation) {
  const { sockets, access, bucket } = openBucket(env);
  const log = powertoolsLog(keys);
  const runMemory = s3RunMemory(bucket, { log });
  const sweepMemory = s3SweepMemory(bucket, { log });
  return {
    clock: systemClock,
    log,
    sweeps: s3SweepStore(bucket, { log }),
    sweepMemory,
    runMemory,
    runs: s3RunStore(bucket, { log }),
    memory: withSweeps(runMemory, sweepMemory),
    events: eventBridge({ client: eventBridgeClient(access), clock: systemClock }),
    metrics: powertoolsMetrics(),
    ...(env[environment.sweep] && {
      lastSweep: async () => (await s3SweepStates(bucket, { log }).read())?.state?.sweptAt,
    }),
    ...signingOf(env, sockets),
    close: () => sockets.close(),
  };
}

/** How the deployment signs, if it does. */
function signingOf(env: Invocation['env'], sockets: AwsSockets): Pick<HubPorts, 'signing'> {
  const arn = env[environment.signingKey];
  if (!arn) return {};
  const open = (key: string) => openKmsKey(key, { credentials: awsCredentials(), sockets });
  const before = env[environment.previousSigningKey];
  return {
    signing: {
      key: () => open(arn),
      ...(before && { keyBefore: () => open(before) }),
      keptDays: Number(required(env, environment.resultRetentionDays)),
    },
  };
}

/** What the start of a run touches: the state machine, and the lock. */
export function openStartPorts({ keys, env }: Invocation): StartPorts & { close(): void } {
  const stateMachineArn = required(env, environment.stateMachineArn);
  const { sockets, access, bucket } = openBucket(env);
  return {
    clock: systemClock,
    log: powertoolsLog(keys),
    executions: stateMachineRuns({ client: sfnClient(access), stateMachineArn }),
    lock: s3RunLock(bucket),
    close: () => sockets.close(),
  };
}

function openBucket(env: Invocation['env']) {
  const name = required(env, environment.bucket);
  const sockets = awsSockets();
  const access = { region: required(env, 'AWS_REGION'), credentials: awsCredentials(), sockets };
  return { sockets, access, bucket: s3Bucket({ client: s3Client(access), bucket: name }) };
}

/** `arn:aws:lambda:eu-west-1:111122223333:function:NAME`, with or without an alias. */
function placeOfFunction(functionArn: string): Place {
  const pattern = /^arn:(aws[a-z-]*):lambda:([a-z0-9-]+):(\d{12}):function:/;
  const [, partition, region, accountId] = pattern.exec(functionArn) ?? [];
  if (!partition || !region || !accountId) throw new UsageError(`'${functionArn}' is not the ARN of a Lambda function`);

  return { partition, accountId, region };
}

/** What a sweep over accounts and Regions touches. */
export async function openSweepPorts(settings: Settings, invocation: ItemInvocation) {
  const stateMachineArn = required(invocation.env, environment.sweepMachineArn);
  const hub = await openHubPorts(settings, invocation);
  const { sockets, access, bucket } = openBucket(invocation.env);

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
