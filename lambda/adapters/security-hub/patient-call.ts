import type { Clock, Log } from '../../core/ports.ts';
import { awsErrorName } from '../aws-access.ts';
import { isPassing } from './failure.ts';
import type { TokenBucket } from './token-bucket.ts';

interface Patience {
  readonly clock: Clock;
  readonly bucket: TokenBucket;
  readonly log: Log;
}

const maxAttempts = 6;

/**
 * Sends within the rate, and again after a failure that may pass: at most 6 times, pausing 0.5, 1, 2, 4 and 8 seconds.
 * @throws the last error, or the first that will not pass
 */
export async function patientCall<T>(send: () => Promise<T>, { clock, bucket, log }: Patience): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    await bucket.take();
    try {
      return await send();
    } catch (error) {
      if (!isPassing(error) || attempt === maxAttempts) throw error;

      const pause = 500 * 2 ** (attempt - 1);
      log.info('Security Hub is asked again', { error: awsErrorName(error), attempt, pause });
      await clock.sleep(pause);
    }
  }
}
