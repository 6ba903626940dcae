import { Match } from 'aws-cdk-lib/assertions';
import { it } from 'vitest';
import { RunBucket } from '../../../../infra/constructs/run/run-bucket.ts';
import { templateOf } from '../../synthesise.ts';

const template = templateOf((stack) => new RunBucket(stack, 'Runs', { resultRetentionDays: 30 }));

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

it('forgets what is older than the settings say', () => {
  template.hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: {
      Rules: [
        { Prefix: 'runs/', ExpirationInDays: 30, Status: 'Enabled' },
        {
          NoncurrentVersionExpiration: { NoncurrentDays: 30 },
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
  templateOf((stack) => new RunBucket(stack, 'Runs', settings)).hasResourceProperties('AWS::S3::Bucket', {
    VersioningConfiguration: { Status: 'Enabled' },
    ObjectLockEnabled: true,
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: mode, Days: 20 } },
    },
  });
});

it('outlives the stack', () => {
  template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
});
