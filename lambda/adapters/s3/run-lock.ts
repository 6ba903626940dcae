import * as z from 'zod/mini';
import { runLockKey } from '../../contract/names.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { jsonOf } from '../../core/model/text/words.ts';
import type { RunLock } from '../../flow/run/ports.ts';
import type { Bucket } from './bucket.ts';

const content = z.object({
  version: z.literal(1),
  executionArn: z.string().check(z.regex(/^arn:[\w-]+:states:[a-z\d-]+:\d{12}:execution:[\w-]{1,80}:[\w-]{1,80}$/)),
  takenAt: z.iso.datetime(),
  deadline: z.iso.datetime(),
});

/** This program never writes more. */
const mostBytes = 4_096;

/**
 * One object of the hub's bucket, written only on a condition: that it is not there, or that it is still what was read. S3 lets one of several such writes
 * through. IAM: s3:GetObject, s3:PutObject. Source: S3 user guide, "How to prevent object overwrites with conditional writes".
 */
export const s3RunLock = (bucket: Bucket): RunLock => ({
  async read() {
    const { bytes, tag } = (await bucket.tagged(runLockKey, mostBytes)) ?? {};
    if (tag === undefined) return undefined;

    const { success, data, error } = content.safeParse(jsonOf(`${bytes}`));
    if (!success) throw brokenLock(bucket.address(runLockKey), error);
    return { ...data, takenAt: new Date(data.takenAt), deadline: new Date(data.deadline), tag };
  },
  take: ({ executionArn, takenAt, deadline }, held) =>
    bucket.writeFrom(
      runLockKey,
      { body: JSON.stringify({ version: 1, executionArn, takenAt, deadline }), type: 'application/json' },
      held?.tag,
    ),
});

const brokenLock = (address: string, cause: unknown): OperatorError =>
  new OperatorError(
    'run-lock-broken',
    `${address} is not what this version writes there, so that nobody knows whether a run is going; see that none is (docs/runbook.md#start-failed), and delete it`,
    { cause },
  );
