import type { Clock, Log } from '../../flow/ports.ts';
import { awsErrorName } from '../aws-access.ts';
import { jitteredPause } from '../jittered-pause.ts';
import { isPassing, isTooFast } from './failure.ts';
import type { TokenBucket } from './token-bucket.ts';

interface Patience {
  readonly clock: Clock;
  readonly bucket: TokenBucket;
  readonly log: Log;
  /** When reading stops, shortly before the invocation is over. */
  readonly deadline?: Date;
}

/** Fifty functions at work in one account and Region take this long in turns: what one may not do now, it may do later. */
const patienceMs = 3 * 60_000;

/** What a call is given even when reading took until the deadline: the minute that is kept for publishing is for this. */
const leastMs = 30_000;

/** A fault that is not the rate is no matter of turns. */
const mostFaults = 6;

/**
 * Sends within the rate, and retries a failure that may pass, with a pause of full jitter. It retries throttling for up to three minutes, and a fault
 * of service or network at most 6 times.
 * @throws the last error, or the first that will not pass
 */
export async function retryThrottled<T>(
  send: () => Promise<T>,
  { clock, bucket, log, deadline }: Patience,
): Promise<T> {
  const now = clock.now().getTime();
  const end = Math.min(now + patienceMs, Math.max(now + leastMs, deadline?.getTime() ?? Number.POSITIVE_INFINITY));
  let faults = 0;

  for (let attempt = 1; ; attempt++) {
    await bucket.take();
    try {
      return await send();
    } catch (error) {
      const tooFast = isTooFast(error);
      if (tooFast) bucket.empty();
      else if (!isPassing(error) || ++faults === mostFaults) throw error;

      const pause = jitteredPause(attempt);
      if (clock.now().getTime() + pause > end) throw error;
      log.info('Security Hub is asked again', { error: awsErrorName(error), attempt, pause });
      await clock.sleep(pause);
    }
  }
}
