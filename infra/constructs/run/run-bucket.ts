import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import {
  censusPrefix,
  goneMemoryPrefix,
  historyPrefix,
  latestPrefix,
  lockPrefix,
  memoryPrefix,
  noncurrentDaysOfRuns,
  runPrefix,
  statementPrefix,
  sweepPrefix,
} from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';
import { ownKey } from '../access/grants.ts';

/** What runs leave behind, for as long as the settings say; it outlives the stack, since it is the evidence of audits. */
export function runBucket(
  scope: Construct,
  {
    resultRetentionDays,
    kmsKey,
    objectLock,
    hasSweeps,
  }: Pick<Settings, 'resultRetentionDays' | 'kmsKey' | 'objectLock'> & { readonly hasSweeps?: boolean },
): Bucket {
  const key = ownKey(scope, kmsKey);
  const bucket = new Bucket(scope, 'Bucket', {
    // A key of the bucket's own below yours: a run asks KMS a few times, and not for each object.
    ...(key
      ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    // Overwriting or deleting evidence or memory leaves the version before.
    versioned: true,
    ...(objectLock && {
      objectLockDefaultRetention:
        objectLock.mode === 'COMPLIANCE'
          ? ObjectLockRetention.compliance(Duration.days(objectLock.days))
          : ObjectLockRetention.governance(Duration.days(objectLock.days)),
    }),
    // A first deployment that fails leaves no bucket behind, whose name would be taken.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    lifecycleRules: [
      // Memory of what is there never expires: it is all that is known of a Region that may no longer be looked into. Nor do history, census and statements.
      ...[runPrefix, goneMemoryPrefix, ...(hasSweeps ? [sweepPrefix] : [])].map((prefix) => ({
        prefix,
        expiration: Duration.days(resultRetentionDays),
        // An expired result becomes a noncurrent version: its days come on top of those of the settings.
        noncurrentVersionExpiration: Duration.days(noncurrentDaysOfRuns),
      })),
      ...[
        memoryPrefix,
        historyPrefix,
        ...(hasSweeps ? [censusPrefix] : []),
        statementPrefix,
        latestPrefix,
        lockPrefix,
      ].map((prefix) => ({
        prefix,
        noncurrentVersionExpiration: Duration.days(resultRetentionDays),
      })),
      {
        // S3 takes this in no rule with an expiration in days.
        expiredObjectDeleteMarker: true,
        abortIncompleteMultipartUploadAfter: Duration.days(7),
      },
    ],
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions::AwsSolutions-S1',
    reason:
      'Who reads it is for the data events of CloudTrail to tell; a bucket of access logs would need the same care again',
  });
  return bucket;
}
