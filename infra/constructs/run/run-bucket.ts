import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { memoryPrefix, runPrefix } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';

/** What runs leave behind, for as long as the settings say; it outlives the stack, since it is the evidence of audits. */
export class RunBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { resultRetentionDays }: Pick<Settings, 'resultRetentionDays'>) {
    super(scope, id);

    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      // Whoever overwrites or deletes evidence or memory leaves the version before.
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        // What is remembered never expires by itself: of a Region that nobody may look into any more it is all that tells.
        {
          prefix: runPrefix,
          expiration: Duration.days(resultRetentionDays),
          noncurrentVersionExpiration: Duration.days(resultRetentionDays),
        },
        { prefix: memoryPrefix, noncurrentVersionExpiration: Duration.days(resultRetentionDays) },
        { abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions::AwsSolutions-S1',
      reason:
        'Who reads it is for the data events of CloudTrail to tell; a bucket of access logs would need the same care again',
    });
  }
}
