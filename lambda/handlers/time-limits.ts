import type { Context } from 'aws-lambda';

/** The part of Lambda's context that functions with access to accounts use. */
export type HubContext = Pick<Context, 'awsRequestId' | 'invokedFunctionArn' | 'getRemainingTimeInMillis'>;

/** Time kept for judging and publishing once reading stops. */
const reserveMs = 60_000;

/** Time kept to log and to fail in order: Lambda's own timeout leaves no reason. */
const lastWordMs = 5_000;

/** When reading stops, so that what is known is still published, and when everything does. */
export function timeLimits(context: Pick<Context, 'getRemainingTimeInMillis'>): {
  readonly deadline: Date;
  readonly signal: AbortSignal;
} {
  const left = context.getRemainingTimeInMillis();
  return {
    deadline: new Date(Date.now() + left - Math.min(reserveMs, left / 4)),
    signal: AbortSignal.timeout(Math.max(0, Math.floor(left - Math.min(lastWordMs, left / 8)))),
  };
}
