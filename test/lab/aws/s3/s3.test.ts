import { PutObjectCommand, type PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { labOfFile } from '../../lab-of-file.ts';
import { failure } from '../../wire/failure.ts';

const [accountId, region, Bucket] = ['111122223333', 'eu-west-1', 'audit-runs'];
const lab = await labOfFile(accountId, '444455556666');
lab.s3.createBucket(accountId, region, Bucket);
lab.s3.createBucket(accountId, region, 'locked', { mode: 'COMPLIANCE', days: 2 });

const client = () => new S3Client({ endpoint: lab.endpoint, region, credentials: lab.credentials(accountId) });
const put = (input: Partial<PutObjectCommandInput>, by = client()) =>
  by.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello', ...input }));

it.each<[what: string, input: Partial<PutObjectCommandInput>, name: string]>([
  ['a checksum of other bytes', { ChecksumCRC32: 'AAAAAA==' }, 'BadDigest'],
  ['a key of more than 1,024 bytes', { Key: 'ü'.repeat(513) }, 'KeyTooLongError'],
  ['a bucket that is not there', { Bucket: 'no-such-bucket' }, 'NoSuchBucket'],
  ['another owner than expected', { ExpectedBucketOwner: '444455556666' }, 'AccessDenied'],
  ['a member that the lab does nothing with', { Tagging: 'a=b' }, 'NotImplemented'],
])('a write with %s is refused', async (_, input, name) => {
  expect(await failure(put(input))).toMatchObject({ name });
  expect(lab.s3.objects(Bucket).size).toBe(0);
});

it('a body that is not the signed one is refused', async () => {
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

it('a write without a checksum is refused in a bucket with Object Lock', async () => {
  const plain = client();
  plain.config.requestChecksumCalculation = async () => 'WHEN_REQUIRED';
  expect(await failure(put({ Bucket: 'locked' }, plain))).toMatchObject({ name: 'InvalidRequest', status: 400 });
});
