import { S3Client } from '@aws-sdk/client-s3';
import { type AwsAccess, clientSettings } from '../aws-access.ts';

export const s3Client = (access: AwsAccess): S3Client => new S3Client({ ...clientSettings(access), maxAttempts: 8 });
