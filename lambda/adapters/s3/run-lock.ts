import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { runLockKey } from '../../contract/names.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { jsonOf } from '../../core/model/text/json-of.ts';
import type { HeldLock, RunLock } from '../../flow/run/ports.ts';
import { awsErrorName, awsErrorText } from '../aws-access.ts';

interface RunLockOptions {
  readonly client: S3Client;
  readonly bucket: string;
}

const content = z.object({
  version: z.literal(1),
  executionArn: z.string().check(z.regex(/^arn:[\w-]+:states:[a-z\d-]+:\d{12}:execution:[\w-]{1,80}:[\w-]{1,80}$/)),
  takenAt: z.iso.datetime(),
  deadline: z.iso.datetime(),
});

/** This program never writes more. */
const mostBytes = 4_096;

/** Another writer was faster, or is writing at this moment. */
const lost = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey']);

/**
 * One object of the hub's bucket, written only on a condition: that it is not there, or that it is still what was read. S3 lets one of several such writes
 * through. IAM: s3:GetObject, s3:PutObject. Source: S3 user guide, "How to prevent object overwrites with conditional writes".
 */
export function s3RunLock({ client, bucket: Bucket }: RunLockOptions): RunLock {
  const Key = runLockKey;
  const address = `s3://${Bucket}/${Key}`;

  return {
    async read(): Promise<HeldLock | undefined> {
      try {
        const { Body, ContentLength = 0, ETag } = await client.send(new GetObjectCommand({ Bucket, Key }));
        const text = ContentLength <= mostBytes ? ((await Body?.transformToString('utf8')) ?? '') : '';
        const parsed = content.safeParse(jsonOf(text));
        if (!parsed.success || ETag === undefined) throw brokenLock(address, parsed.error);

        const { executionArn, takenAt, deadline } = parsed.data;
        return { executionArn, takenAt: new Date(takenAt), deadline: new Date(deadline), tag: ETag };
      } catch (error) {
        if (awsErrorName(error) === 'NoSuchKey') return undefined;
        throw asLockError(error, { address, right: 's3:GetObject' });
      }
    },
    async take({ executionArn, takenAt, deadline }, held) {
      const Body = JSON.stringify({
        version: 1,
        executionArn,
        takenAt: takenAt.toISOString(),
        deadline: deadline.toISOString(),
      } satisfies z.infer<typeof content>);
      const condition = held ? { IfMatch: held.tag } : { IfNoneMatch: '*' };
      try {
        await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json', ...condition }));
        return true;
      } catch (error) {
        if (lost.has(awsErrorName(error))) return false;
        throw asLockError(error, { address, right: 's3:PutObject' });
      }
    },
  };
}

const brokenLock = (address: string, cause: unknown): OperatorError =>
  new OperatorError(
    'run-lock-broken',
    `${address} is not what this version writes there, so that nobody knows whether a run is going; see that none is (docs/runbook.md#start-failed), and delete it`,
    { cause },
  );

const asLockError = (error: unknown, { address, right }: { readonly address: string; readonly right: string }) =>
  error instanceof OperatorError
    ? error
    : new OperatorError(
        'run-lock-unusable',
        `${address} cannot be read or written: ${awsErrorText(error)}; check that the bucket is there, and that this principal has ${right} on it`,
        { cause: error },
      );
