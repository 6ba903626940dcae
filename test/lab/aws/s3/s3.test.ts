import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { labOfFile } from '../../lab-of-file.ts';
import { failure } from '../../wire/failure.ts';

const accountId = '111122223333';
const region = 'eu-west-1';
const Bucket = 'audit-runs';

const lab = await labOfFile();
let s3: S3Client;
beforeAll(() => {
  for (const id of [accountId, '444455556666']) lab.addAccount(id);
  s3 = client();
});

let bucketCount = 0;
let bucket = Bucket;
beforeEach(() => {
  bucketCount += 1;
  bucket = `${Bucket}-${bucketCount}`;
  lab.s3.createBucket(accountId, region, bucket);
});
afterEach(() => lab.faults.clear());

const client = (more: S3ClientConfig = {}) =>
  new S3Client({ endpoint: lab.endpoint, region, credentials: lab.credentials(accountId), maxAttempts: 1, ...more });

const put = (input: Partial<PutObjectCommandInput> = {}, by = s3) =>
  by.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'hello', ...input }));
const get = (Key = 'k', by = s3) => by.send(new GetObjectCommand({ Bucket: bucket, Key }));

describe('a write', () => {
  it('in a bucket with Object Lock is kept under a later write until its days are over; without a checksum it is refused', async () => {
    bucket = `${bucket}-locked`;
    lab.s3.createBucket(accountId, region, bucket, { mode: 'COMPLIANCE', days: 2 });
    await put({ Body: 'first' });
    await put({ Body: 'second' });

    expect(await (await get()).Body?.transformToString()).toBe('second');
    expect(lab.s3.overwritten(bucket, 'k').map(({ body }) => body.toString())).toEqual(['first']);
    expect(await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }))).toMatchObject({
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: expect.any(Date),
    });

    const plain = client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    expect(await failure(put({}, plain))).toMatchObject({ name: 'InvalidRequest', status: 400 });
  });

  it.each<[what: string, input: Partial<PutObjectCommandInput>, name: string]>([
    ['a checksum of other bytes', { ChecksumCRC32: 'AAAAAA==' }, 'BadDigest'],
    ['a key of more than 1,024 bytes', { Key: 'ü'.repeat(513) }, 'KeyTooLongError'],
    ['a bucket that is not there', { Bucket: 'no-such-bucket' }, 'NoSuchBucket'],
    ['another owner than expected', { ExpectedBucketOwner: '444455556666' }, 'AccessDenied'],
    ['a member that the lab does nothing with', { Tagging: 'a=b' }, 'NotImplemented'],
  ])('with %s is refused', async (_, input, name) => {
    expect(await failure(put(input))).toMatchObject({ name });
    expect(lab.s3.objects(bucket).size).toBe(0);
  });
});

it('lists no more than a thousand keys on a page', async () => {
  for (let index = 0; index < 1001; index += 1) lab.s3.putObject(bucket, `k${index}`, '');
  const answer = await s3.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 5000 }));

  expect(answer).toMatchObject({ KeyCount: 1000, MaxKeys: 1000, IsTruncated: true });
});

it('refuses a body that is not the signed one', async () => {
  const tampering = client();
  tampering.middlewareStack.add(
    (next) => (args) => {
      Object.assign(args.request as object, { body: 'jello' });
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );

  expect(await failure(put({}, tampering))).toMatchObject({ name: 'XAmzContentSHA256Mismatch' });
});
