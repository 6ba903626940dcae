import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { eventSource } from '../contract/events.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import type { Clock } from '../flow/ports.ts';
import type { EventBus } from '../flow/run/ports.ts';
import { type AwsAccess, awsErrorName, awsErrorText, patientSettings } from './aws-access.ts';
import { batchesOf } from './batches.ts';
import { jitteredPause } from './jittered-pause.ts';

/** EventBridge takes at most ten entries and 256 KB in one call. */
const request = { most: 10, mostBytes: 256_000 };
const attempts = 4;

export const eventBridgeClient = (access: AwsAccess): EventBridgeClient =>
  new EventBridgeClient(patientSettings(access));

interface EventBusOptions {
  readonly client: EventBridgeClient;
  readonly clock: Clock;
}

/** The default bus of the caller's account and Region. Entries that the bus did not take are sent again, up to three times. IAM: events:PutEvents. */
export function eventBridge({ client, clock }: EventBusOptions): EventBus {
  return {
    async put(events) {
      const entries = events.map(({ type, detail, time }) => ({
        Source: eventSource,
        DetailType: type,
        Detail: JSON.stringify(detail),
        Time: time,
      }));

      let lost: LostEvents = { count: 0 };
      for (const batch of batchesOf(entries, request)) {
        // A bus that gives no answer is waited for once: a thousand events would take longer than a function lives.
        const missed = lost.cause === undefined ? await send({ client, clock }, batch) : { count: batch.length };
        lost = { ...missed, ...lost, count: lost.count + missed.count };
      }
      if (lost.count > 0) throw notTaken(lost, entries.length);
    },
  };
}

interface LostEvents {
  readonly count: number;
  readonly because?: string;
  readonly cause?: unknown;
}

async function send(
  { client, clock }: EventBusOptions,
  entries: readonly PutEventsRequestEntry[],
): Promise<LostEvents> {
  let left = entries;
  let because = '';

  try {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if (attempt > 1) await clock.sleep(jitteredPause(attempt));

      const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [...left] }));
      const failed = left.flatMap((entry, index) => {
        const result = Entries[index];
        return result?.EventId && !result.ErrorCode ? [] : [{ entry, result }];
      });
      if (failed.length === 0) return { count: 0 };

      left = failed.map((each) => each.entry);
      because = wordsOf(failed[0]?.result);
    }
    return { count: left.length, because };
  } catch (cause) {
    // An event that is too large says nothing about those after it.
    const isAnswer = awsErrorName(cause) === 'ValidationException';
    return { count: left.length, because: awsErrorText(cause), ...(!isAnswer && { cause }) };
  }
}

const wordsOf = (result: PutEventsResultEntry | undefined): string =>
  result
    ? `${result.ErrorCode ?? 'no id'}: ${result.ErrorMessage ?? 'no message'}`
    : 'the answer says nothing about them';

const notTaken = ({ count, because, cause }: LostEvents, all: number): OperatorError =>
  new OperatorError(
    'events-not-taken',
    `the default event bus did not take ${count} of ${all} events (${because}); check that this principal has events:PutEvents on it, then run this part again`,
    { cause },
  );
