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
      // A run writes each object once; what is remembered between runs, the next run makes again.
      versioned: false,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        ...[runPrefix, memoryPrefix].map((prefix) => ({ prefix, expiration: Duration.days(resultRetentionDays) })),
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
