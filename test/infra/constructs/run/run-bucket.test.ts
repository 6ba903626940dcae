import { Match } from 'aws-cdk-lib/assertions';
import { it } from 'vitest';
import { runBucket } from '../../../../infra/constructs/run/run-bucket.ts';
import { templateOf } from '../../synthesise.ts';

const template = templateOf((stack) => runBucket(stack, { resultRetentionDays: 30 }));

it('is encrypted, closed to the public and reached by TLS only', () => {
  template.hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
  });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: { Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] },
  });
});

it('forgets results and clusters that are gone after the days of the settings and 14 more, older memory after those days, and each marker of nothing', () => {
  template.hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: {
      Rules: [
        ...['runs/', 'memory/gone/'].map((Prefix) => ({
          Prefix,
          ExpirationInDays: 30,
          NoncurrentVersionExpiration: { NoncurrentDays: 14 },
          Status: 'Enabled',
        })),
        ...['memory/', 'history/', 'statements/', 'latest/', 'lock/'].map((Prefix) => ({
          Prefix,
          // Never the current one: of a Region that may not be looked into any more, nothing else is known.
          ExpirationInDays: Match.absent(),
          NoncurrentVersionExpiration: { NoncurrentDays: 30 },
          Status: 'Enabled',
        })),
        {
          Prefix: Match.absent(),
          ExpiredObjectDeleteMarker: true,
          ExpirationInDays: Match.absent(),
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
          Status: 'Enabled',
        },
      ],
    },
  });
});

it('keeps the version before of whatever is overwritten or deleted', () => {
  template.hasResourceProperties('AWS::S3::Bucket', { VersioningConfiguration: { Status: 'Enabled' } });
});

it('locks no object unless the settings say so', () => {
  template.hasResourceProperties('AWS::S3::Bucket', {
    ObjectLockEnabled: Match.absent(),
    ObjectLockConfiguration: Match.absent(),
  });
});

it.each(['GOVERNANCE', 'COMPLIANCE'] as const)('locks each object for the days of the settings, in mode %s', (mode) => {
  const settings = { resultRetentionDays: 30, objectLock: { days: 20, mode } };
  templateOf((stack) => runBucket(stack, settings)).hasResourceProperties('AWS::S3::Bucket', {
    VersioningConfiguration: { Status: 'Enabled' },
    ObjectLockEnabled: true,
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: mode, Days: 20 } },
    },
  });
});

it('outlives the stack, but not a first deployment that fails', () => {
  template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
});
